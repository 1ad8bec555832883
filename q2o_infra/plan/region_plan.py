"""The plan of one region: settings in, recording out."""

from __future__ import annotations

from collections.abc import Collection

from q2o_infra import program
from q2o_infra.plan.recorder import Recording, record
from q2o_infra.releases import Release
from q2o_infra.settings import Settings


def plan_region(
    stack: str, settings: Settings, *, release: Release | None = None, overridden: Collection[str] = ()
) -> Recording:
    """Return what the program would make of `settings` and `release` (the stack's own where none is given).

    Raises `SettingsError`, `ComponentError`, `PlanError`.
    """
    return record(
        lambda: program.run(stack, settings, release=release, overridden=overridden, gated=False), stack=stack
    )

"""A simulated world without a cluster, and programs for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from sandbox.backends.cloud import CloudBackend
from sandbox.backends.helm import ReleaseBackend
from sandbox.backends.kubernetes import KubernetesBackend
from sandbox.backends.router import Router
from sandbox.engines.embedded import EmbeddedEngine
from sandbox.engines.state import State
from sandbox.engines.steps import Action, Journal
from sandbox.world import World

Program = Callable[[pulumi.ResourceOptions], None]


class CloudOnly:
    """One sandbox folder; each `up` and `down` is a command of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World(folder / "world")

    def engine(self, journal: Journal) -> EmbeddedEngine:
        self.world = World(self.folder / "world")
        none = cast("Any", None)
        router = Router(
            self.world,
            CloudBackend(self.world),
            KubernetesBackend(self.world, none, field_manager="none"),
            ReleaseBackend(self.world, none, progress=none),
        )
        return EmbeddedEngine(State(self.folder / "state"), router, journal)

    def up(self, program: Program, *, region: str = "us-east-1") -> list[str]:
        """Run `program` and return what was done, in words."""
        journal = Journal()

        def whole() -> None:
            provider = aws.Provider("home", region=region, allowed_account_ids=["111122223333"])
            program(pulumi.ResourceOptions(provider=provider))

        self.engine(journal).up(whole, stack="us-east")
        return self._words(journal)

    def down(self) -> list[str]:
        journal = Journal()
        self.engine(journal).down()
        return self._words(journal)

    def engine_state(self) -> State:
        """Return what the engine believes stands, to be changed behind its back."""
        return State(self.folder / "state")

    @staticmethod
    def _words(journal: Journal) -> list[str]:
        return [
            f"{step.action} {step.name}{f' ({step.detail})' if step.detail else ''}"
            for step in journal.steps()
            if step.action is not Action.SAME
        ]

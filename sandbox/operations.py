"""What a person does with a sandbox: bring a region up, take it down, look at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from components.base.errors import SandboxError
from q2o_infra import program
from q2o_infra.phases.contract import missing
from q2o_infra.plan.document import component_of
from q2o_infra.plan.recorder import Recording
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.stack_files import read_settings
from sandbox import session as sessions
from sandbox.edge_summary import wait_answering
from sandbox.engine.engine import Engine
from sandbox.engine.journal import Journal
from sandbox.screen import Screen
from sandbox.settle import wait_settled, workload_statuses
from sandbox.summary import Summary, summarise

OVERRIDES: Mapping[str, Any] = {"environment": "sandbox", "deletion_protection": False}
"""What the sandbox puts over every stack file."""


def up(
    stack: str,
    *,
    root: Path,
    screen: Screen,
    overrides: Mapping[str, Any] | None = None,
) -> Summary:
    """Bring the region up and return when every pod runs.

    Raises `SettingsError` before anything is touched, `SandboxError` when it does not come up; then what was created
    remains, and the next call goes on.
    """
    given = {**OVERRIDES, **(overrides or {})}
    named = [key for key, value in (overrides or {}).items() if value is not None]
    settings = read_settings(stack, overrides=given)
    plan = plan_region(stack, settings, overridden=named)
    journal = Journal(screen.say)
    with sessions.opened(stack, root=root, progress=screen.say) as session:
        session.cluster.prepare()
        engine = Engine(session, journal, program=partial(program.run, stack, settings, overridden=named))
        session.accounts.closing = session.closing_mark.exists()
        with screen.watching(journal, total=sum(row.custom for row in plan.resources)):
            engine.up()
        session.closing_mark.unlink(missing_ok=True)
        client = session.cluster.client()
        workloads = wait_settled(client, progress=screen.say)
        wait_answering(client)
        return summarise(
            cloud=session.cloud,
            stack=stack,
            engine=engine.name,
            changes=journal.counts(),
            resources_by_component=resources_by_component(plan),
            client=client,
            workloads=workloads,
            kubeconfig=session.cluster.kubeconfig,
            missing=missing(settings.phase),
        )


@dataclass(frozen=True, kw_only=True)
class Gone:
    """What taking a region down came to."""

    changes: dict[str, int] = field(default_factory=dict)
    """How often each action was done; empty where nothing stood."""
    kept: tuple[str, ...] = ()
    """What the program keeps when its region goes, by type and id."""
    account_closed: bool = True
    """Whether that went too, with the simulated account."""


def down(stack: str, *, root: Path, screen: Screen, keep_account: bool = False) -> Gone:
    """Take everything down and verify that nothing is left but what the program keeps on purpose.

    The simulated account is then closed and takes that along, so that the next `up` begins with nothing; with
    `keep_account` it stays, as it would in a cloud. Raises `SandboxError` naming what is left.
    """
    folder = root / stack
    if not folder.exists():
        return Gone()
    journal = Journal(screen.say)
    with sessions.opened(stack, root=root, progress=screen.say) as session:
        engine = Engine(session, journal)
        if not keep_account:
            session.closing_mark.touch()
        with screen.watching(journal, total=len(session.world.entries())):
            engine.down()
        kept = [entry for entry in session.world.entries() if entry.kept]
        left = [f"{entry.type} {entry.id}" for entry in session.world.entries() if not entry.kept]
        if left:
            raise SandboxError(
                f"sandbox {stack}: {len(left)} things are still there, the first is {left[0]}; run `make down` again."
            )
        if not keep_account:
            session.world.close()
            session.closing_mark.unlink()
        session.cluster.wipe()
    return Gone(
        changes=journal.counts(),
        kept=tuple(f"{entry.type} {entry.id}" for entry in kept),
        account_closed=not keep_account,
    )


def status(stack: str, *, root: Path, screen: Screen, overrides: Mapping[str, Any] | None = None) -> Summary:
    """Return what stands now. Raises `SandboxError` when nothing does."""
    given = {**OVERRIDES, **(overrides or {})}
    nothing = SandboxError(f"sandbox {stack}: no region stands there; bring it up with `make up STACK={stack}`.")
    if not (root / stack).exists():
        raise nothing
    with sessions.opened(stack, root=root, progress=screen.say) as session:
        if not session.cluster.is_up:
            raise nothing
        client = session.cluster.client()
        # Whoever brought it up may have named another cloud than the file does.
        given["cloud"] = session.cloud
        settings = read_settings(stack, overrides=given)
        return summarise(
            cloud=session.cloud,
            stack=stack,
            engine=Engine(session, Journal()).name,
            changes={},
            resources_by_component=resources_by_component(plan_region(stack, settings)),
            client=client,
            workloads=workload_statuses(client),
            kubeconfig=session.cluster.kubeconfig,
            missing=missing(settings.phase),
        )


def resources_by_component(plan: Recording) -> dict[str, int]:
    """Return how many resources, without components, each outermost component has."""
    owners = component_of(plan)
    return dict(Counter(owners[row.urn] or "(program)" for row in plan.resources if row.custom))

"""What a person does with a sandbox: bring a region up, take it down, look at it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from components.base.errors import SandboxError
from q2o_infra import program
from q2o_infra.plan.document import component_of
from q2o_infra.plan.recorder import Recording
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.stack_files import read_settings
from sandbox import session as sessions
from sandbox.edge_summary import wait_answering
from sandbox.engines.cli import CliEngine
from sandbox.engines.cli_process import find_cli
from sandbox.engines.cli_project import stack_config
from sandbox.engines.embedded import EmbeddedEngine
from sandbox.engines.steps import Journal
from sandbox.screen import Screen
from sandbox.session import Session
from sandbox.settle import wait_settled, workload_statuses
from sandbox.summary import Summary, summarise

OVERRIDES: Mapping[str, Any] = {"environment": "sandbox", "deletion_protection": False}
"""What the sandbox puts over every stack file."""


class EngineChoice(StrEnum):
    """Which engine carries the program out."""

    AUTO = "auto"
    """The one that made what stands; else the Pulumi CLI where it is on PATH, the embedded engine elsewhere."""
    PULUMI = "pulumi"
    EMBEDDED = "embedded"


class _Engine(Protocol):
    name: str

    def up(self) -> None: ...

    def down(self) -> None: ...


class _Embedded:
    """The embedded engine on a region's program."""

    name = "embedded, in this process"

    def __init__(self, session: Session, overrides: Mapping[str, Any], journal: Journal) -> None:
        self._session = session
        self._overrides = overrides
        self._engine = EmbeddedEngine(session.state, session.router, journal)

    def up(self) -> None:
        settings = read_settings(self._session.stack, overrides=self._overrides)
        self._engine.up(lambda: program.run(self._session.stack, settings), stack=self._session.stack)

    def down(self) -> None:
        self._engine.down()


class _Pulumi:
    """The Pulumi CLI on a region's program."""

    def __init__(self, session: Session, overrides: Mapping[str, Any], journal: Journal, screen: Screen) -> None:
        config = stack_config(session.stack, overrides=overrides)
        self._engine = CliEngine(session, journal, config=config, progress=screen.say)
        self.name = f"Pulumi CLI {self._engine.version()}"

    def up(self) -> None:
        self._engine.up()

    def down(self) -> None:
        self._engine.down()


def up(
    stack: str,
    *,
    root: Path,
    screen: Screen,
    choice: EngineChoice = EngineChoice.AUTO,
    overrides: Mapping[str, Any] | None = None,
) -> Summary:
    """Bring the region up and return when every pod runs.

    Raises `SettingsError` before anything is touched, `SandboxError` when it does not come up; then what stands
    stays, and the next call goes on.
    """
    given = {**OVERRIDES, **(overrides or {})}
    named = [key for key, value in (overrides or {}).items() if value is not None]
    plan = plan_region(stack, read_settings(stack, overrides=given), overridden=named)
    journal = Journal(screen.say)
    with sessions.opened(stack, root=root, progress=screen.say) as session:
        engine = _engine(session, given, journal, screen, choice)
        session.cluster.prepare()
        session.router.account_closes = session.closing_mark.exists()
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
        engine = _engine(session, OVERRIDES, journal, screen, EngineChoice.AUTO)
        if not keep_account:
            session.closing_mark.touch()
        with screen.watching(journal, total=len(session.world.entries())):
            engine.down()
        kept = [entry for entry in session.world.entries() if entry.kept]
        left = [f"{entry.type} {entry.id}" for entry in session.world.entries() if not entry.kept]
        left += [resource.urn for resource in session.state.resources()]
        if left:
            raise SandboxError(
                f"sandbox {stack}: {len(left)} things are still there, the first is {left[0]}; run `make down` again."
            )
        if not keep_account:
            session.world.close()
            session.closing_mark.unlink()
        session.cluster.wipe()
        shutil.rmtree(folder / "state", ignore_errors=True)
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
        return summarise(
            cloud=session.cloud,
            stack=stack,
            engine=_engine(session, given, Journal(), screen, EngineChoice.AUTO).name,
            changes={},
            resources_by_component=resources_by_component(plan_region(stack, read_settings(stack, overrides=given))),
            client=client,
            workloads=workload_statuses(client),
            kubeconfig=session.cluster.kubeconfig,
        )


def _engine(
    session: Session, overrides: Mapping[str, Any], journal: Journal, screen: Screen, choice: EngineChoice
) -> _Engine:
    """Return the engine to use. Raises `SandboxError` when another one than `choice` made what stands."""
    made_by = None
    if CliEngine.stands(session):
        made_by = EngineChoice.PULUMI
    elif session.state.resources():
        made_by = EngineChoice.EMBEDDED
    if choice is EngineChoice.AUTO:
        choice = made_by or (EngineChoice.PULUMI if find_cli() else EngineChoice.EMBEDDED)
    if made_by not in {None, choice}:
        raise SandboxError(
            f"engine: {choice.value!r} cannot go on with {session.stack}, which the {made_by} engine brought up; "
            f"leave the engine out, or take the region down first."
        )
    if choice is EngineChoice.PULUMI:
        return _Pulumi(session, overrides, journal, screen)
    return _Embedded(session, overrides, journal)


def resources_by_component(plan: Recording) -> dict[str, int]:
    """Return how many resources, without components, each outermost component has."""
    owners = component_of(plan)
    return dict(Counter(owners[row.urn] or "(program)" for row in plan.resources if row.custom))

"""A sandbox for one test, in which the real engine works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import session as sessions
from sandbox.engines.cli import CliEngine
from sandbox.engines.steps import Journal
from sandbox.session import Session

STACK = "us-east"
PROGRAM = Path(__file__).parent / "programs" / "network"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """One command's view: the session, the engine, and what it did."""

    session: Session
    engine: CliEngine
    journal: Journal

    @property
    def changes(self) -> list[tuple[str, str]]:
        """What was done, as (action, logical name), sorted."""
        return sorted((step.action.value, step.name) for step in self.journal.changes())

    @property
    def names(self) -> list[str]:
        """Logical names of everything that exists and is complete, sorted."""
        return sorted(entry.urn.rsplit("::", 1)[-1] for entry in self.session.world.entries() if entry.complete)

    def id_of(self, name: str) -> str:
        """Physical id of the one thing of that logical name."""
        [found] = [entry.id for entry in self.session.world.entries() if entry.urn.endswith(f"::{name}")]
        return found


@dataclass(frozen=True, kw_only=True)
class Place:
    """A sandbox on disk, opened anew for each command as `make up` does."""

    root: Path
    program: Path = PROGRAM

    @contextmanager
    def opened(self, *, time_scale: float = 0.0, **settings: Any) -> Iterator[Opened]:
        """Hold the sandbox; `settings` is what the stack's file would say."""
        config = {
            "pulumi:disable-default-providers": ["*"],
            **{f"q2o-infra:{key}": value for key, value in settings.items()},
        }
        journal = Journal()
        with sessions.opened(STACK, root=self.root, progress=print, time_scale=time_scale) as session:
            engine = CliEngine(session, journal, config=config, program=self.program)
            yield Opened(session=session, engine=engine, journal=journal)

    def up(self, **settings: Any) -> Opened:
        """Bring the program up."""
        with self.opened(**settings) as run:
            run.engine.up()
        return run

    def down(self) -> Opened:
        """Take it down."""
        with self.opened() as run:
            run.engine.down()
        return run

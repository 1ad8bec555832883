"""What an engine did, resource by resource, for the screen and for tests."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What is done to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    SAME = "same"
    IMPORT = "import"
    """Take over what stands already."""
    KEEP = "keep"
    """Leave it where it is and forget it."""
    CLEAN = "clean up"
    """Remove what an interrupted run had begun."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing done; `detail` names the inputs that changed."""

    action: Action
    type: str
    name: str
    detail: str = ""
    seconds: float = 0.0


class Journal:
    """Collects steps from many threads and tells a listener as they begin and end."""

    def __init__(self, listener: Callable[[str], None] = lambda _: None) -> None:
        self._lock = threading.Lock()
        self._listener = listener
        self._steps: list[Step] = []
        self._tokens = itertools.count()
        self._running: dict[int, tuple[str, float]] = {}

    @contextmanager
    def step(self, action: Action, urn: str, detail: str = "") -> Iterator[None]:
        """Note that `action` is under way, and, if it succeeds, that it was done."""
        type_, name = urn.split("::")[-2].rsplit("$", 1)[-1], urn.rsplit("::", maxsplit=1)[-1]
        started = time.monotonic()
        token = next(self._tokens)
        with self._lock:
            self._running[token] = (f"{action} {type_.rsplit(':', 1)[-1]} {name}", started)
        try:
            yield
        finally:
            with self._lock:
                self._running.pop(token, None)
        step = Step(action=action, type=type_, name=name, detail=detail, seconds=time.monotonic() - started)
        with self._lock:
            self._steps.append(step)
        if action is not Action.SAME:
            self._listener(f"{action} {type_} {name}{f' ({detail})' if detail else ''}")

    def steps(self) -> list[Step]:
        """Return what was done so far."""
        with self._lock:
            return list(self._steps)

    def changes(self) -> list[Step]:
        """Return what was done so far, without what stayed as it was."""
        return [step for step in self.steps() if step.action is not Action.SAME]

    def counts(self) -> dict[str, int]:
        """Return how often each action was done."""
        return dict(Counter(step.action.value for step in self.steps()))

    def slow(self, seconds: float = 2.0) -> list[str]:
        """Return what has been under way for longer than `seconds`, longest first."""
        now = time.monotonic()
        with self._lock:
            rows = [(now - started, what) for what, started in self._running.values()]
        return [f"{what} ({elapsed:.0f} s)" for elapsed, what in sorted(rows, reverse=True) if elapsed > seconds]

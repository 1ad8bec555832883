"""The steps of the engine, resource by resource, for the screen and for tests."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata

from q2o_infra.plan.monitor import PROVIDER_PREFIX


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


_ACTIONS = {
    OpType.CREATE: Action.CREATE,
    OpType.CREATE_REPLACEMENT: Action.REPLACE,
    OpType.DELETE: Action.DELETE,
    OpType.DELETE_REPLACED: Action.DELETE,
    OpType.IMPORT: Action.IMPORT,
    OpType.IMPORT_REPLACEMENT: Action.IMPORT,
    OpType.SAME: Action.SAME,
    OpType.UPDATE: Action.UPDATE,
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One completed operation; `detail` names the inputs that changed."""

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
        self._running: dict[tuple[Action, str], float] = {}

    def hear(self, event: EngineEvent) -> None:
        """Take an event of the engine: the begin, the end or the failure of an operation on a resource."""
        if event.resource_pre_event and (found := _operation(event.resource_pre_event.metadata)):
            self._begin(*found)
        elif event.res_outputs_event and (found := _operation(event.res_outputs_event.metadata)):
            self._end(*found, detail=_detail(event.res_outputs_event.metadata))
        elif event.res_op_failed_event and (found := _operation(event.res_op_failed_event.metadata)):
            with self._lock:
                self._running.pop(found, None)

    @contextmanager
    def step(self, action: Action, urn: str) -> Iterator[None]:
        """Note that `action` is under way, and, if it succeeds, that it is done."""
        self._begin(action, urn)
        try:
            yield
        except BaseException:
            with self._lock:
                self._running.pop((action, urn), None)
            raise
        self._end(action, urn)

    def _begin(self, action: Action, urn: str) -> None:
        with self._lock:
            self._running[action, urn] = time.monotonic()

    def _end(self, action: Action, urn: str, *, detail: str = "") -> None:
        now = time.monotonic()
        type_, name = named(urn)
        with self._lock:
            started = self._running.pop((action, urn), now)
            self._steps.append(Step(action=action, type=type_, name=name, detail=detail, seconds=now - started))
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
        """Return the operations that have been under way for longer than `seconds`, longest first."""
        now = time.monotonic()
        with self._lock:
            rows = [(now - started, action, urn) for (action, urn), started in self._running.items()]
        return [
            f"{action} {named(urn)[0].rsplit(':', 1)[-1]} {named(urn)[1]} ({elapsed:.0f} s)"
            for elapsed, action, urn in sorted(rows, reverse=True)
            if elapsed > seconds
        ]


def named(urn: str) -> tuple[str, str]:
    """Return the type and the logical name in a URN."""
    return urn.split("::")[2].rsplit("$", 1)[-1], urn.rsplit("::", maxsplit=1)[-1]


def _operation(metadata: StepEventMetadata) -> tuple[Action, str] | None:
    """Return the action on a resource; None for components, providers and the engine's own bookkeeping."""
    state = metadata.new or metadata.old
    action = _ACTIONS.get(OpType(metadata.op))
    if action is None or state is None or not state.custom or metadata.type.startswith(PROVIDER_PREFIX):
        return None
    if action is Action.DELETE and metadata.old is not None and metadata.old.retain_on_delete:
        action = Action.KEEP
    return action, metadata.urn


def _detail(metadata: StepEventMetadata) -> str:
    if metadata.op == OpType.CREATE_REPLACEMENT:
        return ", ".join(sorted(metadata.keys or ()))
    # Some providers name the inputs, some the paths inside them.
    paths = metadata.diffs or metadata.detailed_diff or ()
    return ", ".join(sorted({re.split(r"[.\[]", path)[0] for path in paths}))

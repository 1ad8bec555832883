"""The longest chain of things that must be made one after another: no engine can bring the program up faster.

Pure: a recording and a duration per resource in, the chain out. What waits for what is taken from the registrations,
as every Pulumi engine sees it: data flow, `depends_on`, the provider, and what a resource is deleted with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from graphlib import TopologicalSorter
from itertools import pairwise

from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording

Duration = Callable[[Registration], float]
"""Seconds that one resource takes; 0 for what exists only in the engine (components, providers)."""


class Reason(StrEnum):
    """Why a resource waits for another one. A parent is no reason: it exists as soon as it is declared."""

    DATA = "data flow"
    """An input comes from an output of the other one."""
    EXPLICIT = "depends_on"
    """Somebody wrote it down."""
    PROVIDER = "provider"
    """The other one is the provider that makes it."""
    DELETED_WITH = "deleted_with"
    """It goes when the other one goes, so the engine must know the other one first."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One resource on the path. It begins when the step before it ends."""

    urn: str
    type: str
    name: str
    seconds: float
    ends_seconds: float
    """When it stands, counted from the start of the program."""
    reason: Reason | None
    """Why it waits for the step before it; `None` for the first."""


@dataclass(frozen=True, kw_only=True)
class Path:
    """A chain of resources, each waiting for the one before."""

    steps: tuple[Step, ...]

    @property
    def seconds(self) -> float:
        """How long the whole chain takes."""
        return self.steps[-1].ends_seconds if self.steps else 0.0


@dataclass(frozen=True, kw_only=True)
class EdgeCost:
    """How much shorter the path would be if no resource of one type had to wait for another resource."""

    waiting_type: str
    waiting: tuple[str, ...]
    """Logical names of all resources of the type that have this edge, sorted."""
    awaited: str
    """Logical name."""
    reason: Reason
    seconds: float


Edge = tuple[str, str]
"""URN of the waiting resource, URN of the awaited one."""


def waits_of(row: Registration) -> dict[str, Reason]:
    """Return the URNs that `row` waits for, and why; where there are several reasons, the one that binds most."""
    waits = {urn: Reason.DATA for urns in row.property_dependencies.values() for urn in urns}
    for reason, urns in (
        (Reason.EXPLICIT, row.dependencies),
        (Reason.PROVIDER, (row.provider.rpartition("::")[0],)),
        (Reason.DELETED_WITH, (row.deleted_with,)),
    ):
        for urn in urns:
            if urn:
                waits.setdefault(urn, reason)
    return waits


def critical_path(recording: Recording, seconds: Duration) -> Path:
    """Return the longest path of `recording`; of equally long ones, the one whose URNs sort first."""
    return _longest(recording, seconds, without=frozenset())


def edge_costs(recording: Recording, seconds: Duration) -> tuple[EdgeCost, ...]:
    """Return what the waits on the critical path that no data flow asks for cost, the dearest first.

    Alike edges count together: of twelve Deployments that wait for one thing, freeing one gains nothing. Each cost is
    measured with all other edges in place, so costs do not add up. What gains nothing is left out.
    """
    path = critical_path(recording, seconds)
    costs = []
    for before, step in pairwise(path.steps):
        if step.reason not in {Reason.EXPLICIT, Reason.DELETED_WITH}:
            continue
        alike = [row for row in recording.of_type(step.type) if waits_of(row).get(before.urn) is step.reason]
        without = frozenset((row.urn, before.urn) for row in alike)
        saved = path.seconds - _longest(recording, seconds, without=without).seconds
        if saved > 0:
            names = tuple(sorted(row.name for row in alike))
            costs.append(
                EdgeCost(waiting_type=step.type, waiting=names, awaited=before.name, reason=step.reason, seconds=saved)
            )
    return tuple(sorted(costs, key=lambda cost: (-cost.seconds, cost.waiting)))


def _longest(recording: Recording, seconds: Duration, *, without: frozenset[Edge]) -> Path:
    rows = recording.by_urn()
    waits = {
        urn: {other: why for other, why in waits_of(row).items() if other in rows and (urn, other) not in without}
        for urn, row in rows.items()
    }
    ends: dict[str, float] = {}
    for urn in TopologicalSorter(waits).static_order():
        begins = max((ends[other] for other in waits[urn]), default=0.0)
        ends[urn] = begins + seconds(rows[urn])
    return Path(steps=tuple(_walk_back(rows, waits, ends, seconds)))


def _walk_back(
    rows: Mapping[str, Registration],
    waits: Mapping[str, Mapping[str, Reason]],
    ends: Mapping[str, float],
    seconds: Duration,
) -> list[Step]:
    steps: list[Step] = []
    urn = _last(ends, ends)
    while urn:
        row = rows[urn]
        before = _last(ends, waits[urn])
        steps.append(
            Step(
                urn=urn,
                type=row.type,
                name=row.name,
                seconds=seconds(row),
                ends_seconds=ends[urn],
                reason=waits[urn][before] if before else None,
            )
        )
        urn = before
    return steps[::-1]


def _last(ends: Mapping[str, float], urns: Iterable[str]) -> str:
    """Return which of `urns` ends last, "" if there is none."""
    return min(urns, key=lambda urn: (-ends[urn], urn), default="")

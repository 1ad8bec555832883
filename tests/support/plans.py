"""Plans as they would be had somebody written the program otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from q2o_infra.order.checks import matching
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording


def without(recording: Recording, later: str, earlier: str) -> Recording:
    """Return the plan without the edges between what the two patterns mean."""
    gone = _urns(recording, earlier)
    return _changed(
        recording,
        later,
        lambda row: replace(row, dependencies=tuple(urn for urn in row.dependencies if urn not in gone)),
    )


def linked(recording: Recording, later: str, earlier: str) -> Recording:
    """Return the plan with edges, written with `depends_on`, between what the two patterns mean."""
    more = _urns(recording, earlier)
    return _changed(recording, later, lambda row: replace(row, dependencies=(*row.dependencies, *more)))


def gone_with(recording: Recording, pattern: str, other: str) -> Recording:
    """Return the plan in which what the first pattern means is deleted with the one that the second means."""
    (urn,) = _urns(recording, other)
    return _changed(recording, pattern, lambda row: replace(row, deleted_with=urn))


def beside(recording: Recording, type_: str, name: str, *dependencies: str) -> Recording:
    """Return the plan with one resource more, after what the patterns mean."""
    extra = Registration(
        urn=f"urn:pulumi:us-east::q2o-infra::{type_}::{name}",
        type=type_,
        name=name,
        dependencies=tuple(urn for pattern in dependencies for urn in _urns(recording, pattern)),
    )
    return Recording(resources=(*recording.resources, extra), exports={})


def _urns(recording: Recording, pattern: str) -> tuple[str, ...]:
    return tuple(row.urn for row in matching(recording, pattern))


def _changed(recording: Recording, pattern: str, change: Callable[[Registration], Registration]) -> Recording:
    meant = _urns(recording, pattern)
    rows = tuple(change(row) if row.urn in meant else row for row in recording.resources)
    return Recording(resources=rows, exports=recording.exports)

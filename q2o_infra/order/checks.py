"""Holds a plan against tables of order, usually those of its cloud.

Finds edges that no row explains, rows that explain nothing, and what would fall too early.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter

from q2o_infra.order.everywhere import BUILT_IN_API_GROUPS
from q2o_infra.order.rows import Order, Row
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording

KUBERNETES = "kubernetes:"


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One edge of a plan, both ends as "Kind logical-name"; or a pair that lacks one."""

    dependent: str
    prerequisite: str

    def __str__(self) -> str:
        return f"{self.dependent} -> {self.prerequisite}"


def label(row: Registration) -> str:
    """Return what patterns are matched against: kind and logical name."""
    return f"{row.type.rpartition(':')[2]} {row.name}"


def matching(recording: Recording, pattern: str) -> tuple[Registration, ...]:
    """Return the resources that a pattern means."""
    return tuple(row for row in recording.resources if fnmatchcase(label(row), pattern))


def unexplained(recording: Recording, order: Order) -> list[Edge]:
    """Return the edges that somebody wrote down, with `depends_on` or `deleted_with`, and no row explains."""
    return [
        edge
        for edges, table in _written(recording, order)
        for edge in edges
        if not any(_explains(row, pattern, edge) for row in table for pattern in row.prerequisites)
    ]


def unused(recording: Recording, order: Order) -> list[Row]:
    """Return the rows that explain nothing in the plan, each with the prerequisites that are not there."""
    found = []
    for edges, table in _written(recording, order):
        for row in table:
            idle = [
                pattern for pattern in row.prerequisites if not any(_explains(row, pattern, edge) for edge in edges)
            ]
            if idle:
                found.append(replace(row, prerequisites=tuple(idle)))
    return found


def prerequisites(recording: Recording) -> Mapping[str, frozenset[str]]:
    """Return, by URN, all that stands before a resource and falls after it, however far.

    That is what it reads, waits for, is a child of and is provided by. Raises `graphlib.CycleError`.
    """
    known = recording.by_urn()
    direct = {
        row.urn: {
            urn
            for urn in (*row.dependencies, row.parent, row.provider.rpartition("::")[0], row.deleted_with)
            if urn in known
        }
        for row in recording.resources
    }
    found: dict[str, frozenset[str]] = {}
    for urn in TopologicalSorter(direct).static_order():
        found[urn] = frozenset(direct[urn]).union(*(found[before] for before in direct[urn]))
    return found


def disordered(recording: Recording, later: str, earlier: str) -> list[Edge]:
    """Return each pair of resources, meant by the two patterns, of which the first does not wait for the second."""
    before = prerequisites(recording)
    return [
        Edge(dependent=label(row), prerequisite=label(needed))
        for row in matching(recording, later)
        for needed in matching(recording, earlier)
        if needed is not row and needed.urn not in before[row.urn]
    ]


def unoperated(recording: Recording, order: Order) -> list[Edge]:
    """Return each custom resource that does not wait for its definitions or its operator, with what it lacks."""
    before = prerequisites(recording)
    found = []
    for row in recording.resources:
        group = row.type.removeprefix(KUBERNETES).split("/")[0]
        if not row.type.startswith(KUBERNETES) or group in BUILT_IN_API_GROUPS:
            continue
        rows = [operator for operator in order.operators if group in operator.api_groups]
        lacking = [
            pattern
            for operator in rows
            for pattern in dict.fromkeys((operator.definitions, operator.operator))
            if not any(needed.urn in before[row.urn] for needed in matching(recording, pattern))
        ]
        if not rows:
            lacking = [f"a row of operators for {group}"]
        found += [Edge(dependent=label(row), prerequisite=missing) for missing in lacking]
    return found


def unawaited(recording: Recording, order: Order) -> list[Edge]:
    """Return each resource that awaits something outside the program, with what would fall before that is gone."""
    return [
        edge
        for row in order.outside
        for awaiting in row.awaited_by
        for needed in row.outlived_by
        for edge in disordered(recording, awaiting, needed)
    ]


def _written(recording: Recording, order: Order) -> tuple[tuple[list[Edge], tuple[Row, ...]], ...]:
    known = recording.by_urn()

    def edges(pairs: Iterable[tuple[Registration, str]]) -> list[Edge]:
        return [Edge(dependent=label(row), prerequisite=label(known[urn])) for row, urn in pairs]

    return (
        (edges((row, urn) for row in recording.resources for urn in row.explicit_dependencies), order.depends_on),
        (edges((row, row.deleted_with) for row in recording.resources if row.deleted_with), order.deleted_with),
    )


def _explains(row: Row, pattern: str, edge: Edge) -> bool:
    return fnmatchcase(edge.dependent, row.dependent) and fnmatchcase(edge.prerequisite, pattern)

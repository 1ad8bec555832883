"""How a resource type is treated: priced by a meter, or free for a reason. There is no third way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from components.base.errors import CostError
from q2o_infra.cost.line import Line
from q2o_infra.cost.site import Site
from q2o_infra.plan.monitor import Registration

Meter = Callable[[Site, Registration], Iterator[Line]]


@dataclass(frozen=True)
class Free:
    """Costs nothing itself."""

    reason: str


@dataclass(frozen=True)
class Priced:
    """Costs what `meter` says."""

    meter: Meter
    what: str


Treatment = Free | Priced
Table = Mapping[str, Treatment]

_EVERY_KIND = "*"
"""Instead of a kind: all kinds of an API group, of which none costs anything."""


def treatment_of(table: Table, row: Registration, *, table_file: str) -> Treatment:
    """Return how `row` is treated. Raises `CostError` for a type that the table does not know."""
    group, _, _ = row.type.rpartition(":")
    found = table.get(row.type) or table.get(f"{group}:{_EVERY_KIND}")
    if found is None:
        raise CostError(
            f"{row.type}: this type ({row.name}) is neither priced nor declared free, and what is unknown is never "
            f"taken for nothing; add it to {table_file} with a meter, or as free with the reason."
        )
    return found

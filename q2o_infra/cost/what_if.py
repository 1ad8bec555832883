"""What a person may change for a look: `nodes`, `hours`, `users`, `backup_interval_minutes` and every assumption."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from components.base.errors import CostError, refused
from q2o_infra.cost.assumptions import Assumptions
from q2o_infra.cost.nodes import Pools
from q2o_infra.cost.quantity import HOURS_PER_MONTH, Quantity

NODES, HOURS, USERS, INTERVAL, FEWER = "nodes", "hours", "users", "backup_interval_minutes", "elastic_nodes"
OWN_KEYS = {
    NODES: "nodes of both pools that stand for `hours` of the month, instead of those expected",
    HOURS: "hours of the month for `nodes`; without `nodes`, for as many as the phase allows",
    USERS: "concurrent users of the region",
    INTERVAL: "minutes between two backups of Redis",
    FEWER: "elastic nodes that are expected on average",
}
"""Keys that are no assumption, and what each means."""


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """What differs from the plan as it is."""

    nodes: int | None = None
    hours: Decimal | None = None
    users: int | None = None
    backup_interval_minutes: Decimal | None = None
    elastic_nodes: int | None = None
    assumptions: dict[str, Decimal] = field(default_factory=dict)

    @property
    def entries(self) -> tuple[str, ...]:
        """What was given, as `KEY=NUMBER`, in the order of the keys."""
        own = {
            NODES: self.nodes,
            HOURS: self.hours,
            USERS: self.users,
            INTERVAL: self.backup_interval_minutes,
            FEWER: self.elastic_nodes,
        }
        given = {**own, **dict(sorted(self.assumptions.items()))}
        return tuple(f"{key}={value}" for key, value in given.items() if value is not None)

    def node_hours(self, pools: Pools, nodes_maximum: int) -> Quantity:
        """Return the elastic node-hours of a month. Raises `CostError` for more or fewer nodes than there can be."""
        usual = pools.elastic_node_hours
        if self.elastic_nodes is not None:
            _check_elastic(self.elastic_nodes, usual)
            usual = Quantity(usual.floor, self.elastic_nodes * HOURS_PER_MONTH, usual.ceiling)
        if self.nodes is None and self.hours is None:
            return usual
        nodes = nodes_maximum if self.nodes is None else self.nodes
        hours = HOURS_PER_MONTH if self.hours is None else self.hours
        if not pools.system_nodes <= nodes <= nodes_maximum:
            raise CostError(
                refused(
                    f"what-if.{NODES}",
                    nodes,
                    f"the system pool alone has {pools.system_nodes}, and the phase allows {nodes_maximum}",
                    "choose a number between them",
                )
            )
        # For those hours they stand instead of the expected ones, never instead of what the fewest pods need.
        there = max(Decimal(nodes - pools.system_nodes), usual.floor / HOURS_PER_MONTH)
        expected = usual.expected * (HOURS_PER_MONTH - hours) / HOURS_PER_MONTH + there * hours
        return Quantity(usual.floor, expected, max(usual.ceiling, expected))


def _check_elastic(nodes: int, usual: Quantity) -> None:
    least, most = usual.floor / HOURS_PER_MONTH, usual.ceiling / HOURS_PER_MONTH
    if not least <= nodes <= most:
        raise CostError(
            refused(
                f"what-if.{FEWER}",
                nodes,
                f"the fewest pods need {least:.0f}, and the elastic pool has {most:.0f} at most",
                "choose a number between them",
            )
        )


def parse_what_if(given: Iterable[str]) -> WhatIf:
    """Return what `KEY=NUMBER` entries mean. Raises `CostError` for an unknown key or an impossible number."""
    numbers: dict[str, Decimal] = {}
    for entry in given:
        key, equals, text = entry.partition("=")
        if not equals:
            raise CostError(refused("what-if", entry, "an entry is KEY=NUMBER", "write it as nodes=100"))
        if key not in OWN_KEYS and key not in Assumptions.model_fields:
            known = ", ".join((*OWN_KEYS, *Assumptions.model_fields))
            raise CostError(refused("what-if", key, f"the keys are {known}", "choose one of these"))
        if key in numbers:
            raise CostError(refused("what-if", key, "it is given twice", "keep one of the two"))
        numbers[key] = _number(key, text)
    assumptions = {key: value for key, value in numbers.items() if key in Assumptions.model_fields}
    _check(assumptions)
    return WhatIf(
        nodes=_whole(numbers, NODES),
        hours=_hours(numbers),
        users=_whole(numbers, USERS),
        backup_interval_minutes=_interval(numbers),
        elastic_nodes=_whole(numbers, FEWER),
        assumptions=assumptions,
    )


def _number(key: str, text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise CostError(refused(f"what-if.{key}", text, "a quantity is a number, 0 or more", "give one"))
    return value


def _whole(numbers: dict[str, Decimal], key: str) -> int | None:
    value = numbers.get(key)
    if value is not None and value != value.to_integral_value():
        raise CostError(refused(f"what-if.{key}", str(value), "it counts whole things", "give a whole number"))
    return None if value is None else int(value)


def _hours(numbers: dict[str, Decimal]) -> Decimal | None:
    value = numbers.get(HOURS)
    if value is not None and value > HOURS_PER_MONTH:
        raise CostError(
            refused(f"what-if.{HOURS}", str(value), f"a month has {HOURS_PER_MONTH} hours", "give no more than those")
        )
    return value


def _interval(numbers: dict[str, Decimal]) -> Decimal | None:
    value = numbers.get(INTERVAL)
    if value is not None and value < 1:
        raise CostError(refused(f"what-if.{INTERVAL}", str(value), "1 or more", "give the minutes between two backups"))
    return value


def _check(assumptions: dict[str, Decimal]) -> None:
    try:
        Assumptions.model_validate(assumptions)
    except ValidationError as error:
        fault = error.errors()[0]
        key = str(fault["loc"][0])
        raise CostError(
            refused(f"what-if.{key}", str(assumptions[key]), fault["msg"].lower(), "give a number in that range")
        ) from None

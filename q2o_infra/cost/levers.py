"""What would make a region cheaper, and by how much: each lever is the same estimate with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from q2o_infra.cost.estimate import Estimate, Options
from q2o_infra.cost.line import Group
from q2o_infra.cost.quantity import HOURS_PER_MONTH
from q2o_infra.cost.what_if import WhatIf

BIGGEST = 3
"""Levers that a refusal names."""

Again = Callable[[Options], Estimate]
"""Estimates the same plan with other options."""


@dataclass(frozen=True, kw_only=True)
class Lever:
    """Something that somebody can do."""

    action: str
    saves_usd_per_month: Decimal


def levers(found: Estimate, again: Again) -> tuple[Lever, ...]:
    """Return the levers that save something, the biggest first."""
    rows = [
        Lever(action=action, saves_usd_per_month=found.usd.expected - again(options).usd.expected)
        for action, options in _changes(found)
    ]
    rows += _less_hardware(found)
    return tuple(
        sorted(
            (row for row in rows if row.saves_usd_per_month > 0), key=lambda row: (-row.saves_usd_per_month, row.action)
        )
    )


def _changes(found: Estimate) -> Iterator[tuple[str, Options]]:
    options, what_if, assumed = found.options, found.options.what_if, found.usage.assumptions
    if not options.savings_plan:
        yield "commit to the system nodes for a year (--savings-plan)", replace(options, savings_plan=True)
    interval = what_if.backup_interval_minutes or Decimal(found.facts.settings.redis.backup_interval_minutes)
    yield (
        f"set redis.backup_interval_minutes to {interval * 2:.0f}, which doubles what a lost region loses",
        _with(options, backup_interval_minutes=interval * 2),
    )
    yield (
        "halve the bytes of an answer, by compression or smaller pages",
        _assumed(options, response_kb=assumed.response_kb / 2),
    )
    yield (
        "keep one hop of a request in its zone (trafficDistribution: PreferSameZone)",
        _assumed(options, hops=max(Decimal(0), assumed.hops - 1)),
    )
    nodes = found.pools.elastic_nodes
    if nodes.expected - 1 >= nodes.floor:
        yield (
            f"run {nodes.expected - 1:.0f} elastic nodes instead of {nodes.expected:.0f}, without room for a rollout",
            _with(options, nodes=None, hours=None, elastic_nodes=int(nodes.expected) - 1),
        )


def _less_hardware(found: Estimate) -> Iterator[Lever]:
    gateways = [line for line in found.lines if line.what == "NAT gateway"]
    count = sum(line.quantity.expected for line in gateways) / HOURS_PER_MONTH
    if count > 1:
        saved = sum((line.usd.expected for line in gateways), start=Decimal(0)) * (count - 1) / count
        yield Lever(
            action="set network.nat to single, which makes one zone's loss cut the way out", saves_usd_per_month=saved
        )
    endpoints = [line for line in found.lines if line.what == "interface endpoint"]
    saved = sum((line.usd.expected for line in endpoints), start=Decimal(0))
    yield Lever(action="leave the registry endpoints out and pull through NAT", saves_usd_per_month=saved)
    logs = sum(
        (line.usd.expected for line in found.lines if line.group is Group.LOGS and "control-plane" in line.what),
        start=Decimal(0),
    )
    yield Lever(action="record no audit log of the control plane, which SOC 2 asks for", saves_usd_per_month=logs)


def _with(options: Options, **changes: object) -> Options:
    return replace(options, what_if=replace(options.what_if, **changes))  # type: ignore[arg-type]


def _assumed(options: Options, **changes: Decimal) -> Options:
    what_if: WhatIf = options.what_if
    return replace(options, what_if=replace(what_if, assumptions={**what_if.assumptions, **changes}))


@dataclass(frozen=True, kw_only=True)
class NodeHours:
    """What of a ceiling over budget elastic nodes cause."""

    ceiling_hours: Decimal
    affordable_hours: Decimal
    """Elastic node-hours beside the expected ones that the budget still pays, at the expected price."""
    usd_per_hour: Decimal


def node_hours(found: Estimate) -> NodeHours:
    """Return how many node-hours the ceiling counts and how many the budget has room for."""
    expected = found.pools.elastic_node_hours.expected
    spent = found.by_group().get(Group.ELASTIC_NODES)
    per_hour = spent.expected / expected if spent and expected else Decimal(0)
    room = max(Decimal(0), found.budget_usd - found.usd.expected)
    return NodeHours(
        ceiling_hours=found.pools.elastic_node_hours.ceiling,
        affordable_hours=room / per_hour if per_hour else Decimal(0),
        usd_per_hour=per_hour,
    )

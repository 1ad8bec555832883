"""The capacity of a region as a document: for machines as JSON, for people as tables."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from q2o_infra.capacity.scheduling import Node
from q2o_infra.packing.quotas import Quota
from q2o_infra.packing.report import (
    LEAST_PACKING_PERCENT,
    MOST_BILL_OVER_LOWER_BOUND,
    Capacity,
    shares,
)
from q2o_infra.region import RegionFacts

HOURS_PER_MONTH = 730


def capacity_document(facts: RegionFacts, found: Capacity, quotas: tuple[Quota, ...]) -> dict[str, Any]:
    """Return it for machines."""
    bill = found.bill
    return {
        "stack": facts.stack,
        "cloud": facts.settings.cloud.value,
        "location": facts.location.name,
        "phase": int(facts.contract.phase),
        "environment": facts.settings.environment.value,
        "nodes": [_node(found, node) for node in found.nodes],
        "nodes_by_machine": _by_machine(found),
        "pods_wanted": found.pods_wanted,
        "pods_placed": found.packing.placed,
        "pods_waiting": dict(found.packing.waiting),
        "binding_resource": found.binding,
        "packing_percent": round(found.packing_percent, 1),
        "packing_percent_by_resource": {name: round(value, 1) for name, value in found.shares.items()},
        "packing_percent_by_pool": {
            pool: {name: round(value, 1) for name, value in shares(_of_pool(found, pool)).items()}
            for pool in _pools(found)
        },
        "packing_percent_promised": LEAST_PACKING_PERCENT,
        "bill_usd_per_hour": round(bill.usd_per_hour, 4),
        "bill_usd_per_month": round(bill.usd_per_hour * HOURS_PER_MONTH, 2),
        "lower_bound_usd_per_hour": round(bill.lower_bound_usd_per_hour, 4),
        "bill_over_lower_bound": round(bill.over_lower_bound, 3),
        "bill_over_lower_bound_promised": MOST_BILL_OVER_LOWER_BOUND,
        "pods_to_next_node": found.to_next_node(),
        "jobs_without_room": found.jobs_without_room,
        "quotas": [row.document() for row in quotas],
        "is_met": found.is_met,
    }


def capacity_table(facts: RegionFacts, found: Capacity, quotas: tuple[Quota, ...]) -> RenderableType:
    """Return it for people."""
    bill = found.bill
    heading = (
        f"{facts.stack} on {facts.settings.cloud.value} at {facts.location.name}, phase {int(facts.contract.phase)}: "
        f"{found.packing.placed} of {found.pods_wanted} pods on {len(found.nodes)} nodes, "
        f"{bill.usd_per_hour:.4f} USD an hour"
    )
    parts: list[RenderableType] = [Text(heading), _nodes_table(found), _pods_table(found)]
    parts += [Text(line) for line in _verdicts(found)]
    parts += [_quotas_table(quotas), *(Text(row.sentence()) for row in quotas if row.raise_to is not None)]
    return Group(*parts)


def _pools(found: Capacity) -> list[str]:
    return list(dict.fromkeys(node.place.pool for node in found.nodes))


def _of_pool(found: Capacity, pool: str) -> list[Node]:
    return [node for node in found.nodes if node.place.pool == pool]


def _by_machine(found: Capacity) -> dict[str, int]:
    counts: dict[str, int] = {}
    for node in found.nodes:
        counts[node.machine.name] = counts.get(node.machine.name, 0) + 1
    return counts


def _node(found: Capacity, node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "pool": node.place.pool,
        "machine": node.machine.name,
        "zone": node.zone,
        "capacity_type": _capacity_type(node),
        "usd_per_hour": round(found.bill.prices[node.name], 5),
        "cpu_percent": round(100 * node.used["cpu"], 1),
        "memory_percent": round(100 * node.used["memory"], 1),
        "pods_percent": round(100 * node.used["pods"], 1),
        "pods": dict(sorted(node.pods.items())),
        "pods_count": node.pods.total(),
        "volumes": node.volumes,
    }


def _capacity_type(node: Node) -> str:
    return "spot" if node.place.spot else "on-demand"


def _nodes_table(found: Capacity) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("node", "machine", "bought", "USD/h", "pods", "cpu %", "memory %", "volumes"):
        table.add_column(heading, justify="left" if heading in {"node", "machine", "bought"} else "right")
    for node in found.nodes:
        table.add_row(
            node.name,
            node.machine.name,
            _capacity_type(node),
            f"{found.bill.prices[node.name]:.4f}",
            f"{node.pods.total()} of {node.machine.pods}",
            f"{100 * node.used['cpu']:.0f}",
            f"{100 * node.used['memory']:.0f}",
            f"{node.volumes} of {node.machine.volumes}",
        )
    return table


def _pods_table(found: Capacity) -> Table:
    """Return which pods sit where: a row for each set, a column for each node."""
    table = Table(box=None, pad_edge=False)
    table.add_column("pods")
    for node in found.nodes:
        table.add_column(node.name.partition(".")[0], justify="right")
    for name in sorted({name for node in found.nodes for name in node.pods}):
        table.add_row(name, *(str(node.pods[name] or "") for node in found.nodes))
    return table


def _verdicts(found: Capacity) -> list[str]:
    by_resource = ", ".join(f"{name} {value:.1f} %" for name, value in found.shares.items())
    bill = found.bill
    full = f"{found.packing_percent:.1f} % of {found.binding}, at least {LEAST_PACKING_PERCENT:.0f} % promised"
    dear = f"{bill.over_lower_bound:.3f}, at most {MOST_BILL_OVER_LOWER_BOUND} promised"
    rooms = [f"{count} more pods like {name}" for name, count in found.to_next_node().items()]
    lines = [
        f"packing: {full} ({by_resource})",
        f"bill over lower bound: {dear} ({bill.usd_per_hour:.4f} over {bill.lower_bound_usd_per_hour:.4f} USD an hour)",
        f"to the next node: {' or '.join(rooms)}",
    ]
    lines += [f"waiting: {count} pods of {name}" for name, count in found.packing.waiting.items()]
    lines += [f"no room for the job {name} when it runs" for name in found.jobs_without_room]
    return lines


def _quotas_table(quotas: tuple[Quota, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("quota", "needed", "at most", "default"):
        table.add_column(heading, justify="left" if heading == "quota" else "right")
    for row in quotas:
        table.add_row(
            row.name, str(row.expected), str(row.most), "unknown" if row.default is None else str(row.default)
        )
    return table

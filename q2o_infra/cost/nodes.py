"""The two pools of nodes of a plan, and how many nodes of each stand in the three cases.

System nodes are of a fixed number. Elastic ones are at least those that the fewest pods are packed on, as
`q2o capacity` shows them; expected is that with a spare machine for a rollout, or what the phase's contract budgets,
whichever is more; and at most they are what the plan's own limit says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from components.base.errors import CostError
from q2o_infra.capacity.elastic import SPARE_NODES
from q2o_infra.cost.quantity import HOURS_PER_MONTH, Quantity
from q2o_infra.packing.prices import MachinePrices
from q2o_infra.packing.report import region_capacity
from q2o_infra.plan.recorder import Recording
from q2o_infra.region import RegionFacts


@dataclass(frozen=True, kw_only=True)
class FewestNodes:
    """The elastic nodes that the fewest pods of everything are packed on."""

    by_machine: tuple[tuple[str, int], ...]
    """Machine and how many of it, the one with most of them first."""

    @property
    def machine(self) -> str:
        """The machine that further nodes are of."""
        return self.by_machine[0][0]

    @property
    def nodes(self) -> int:
        """All of them."""
        return sum(count for _, count in self.by_machine)


@dataclass(frozen=True, kw_only=True)
class DeclaredPools:
    """What the resources of a plan say of its pools."""

    system_machine: str
    system_nodes: int
    system_disk_gib: int
    elastic_machines: tuple[str, ...]
    """All that the autoscaler may take."""
    elastic_limit: int
    """The most nodes that it may have at a time."""
    elastic_disk_gib: int
    spot: bool
    """Whether elastic nodes are spot machines with on-demand ones behind them."""


@dataclass(frozen=True, kw_only=True)
class Pools(DeclaredPools):
    """What stands."""

    fewest: FewestNodes
    elastic_node_hours: Quantity

    @property
    def elastic_nodes(self) -> Quantity:
        """Elastic nodes on average over the month."""
        return self.elastic_node_hours / HOURS_PER_MONTH

    @property
    def nodes(self) -> Quantity:
        """All nodes on average over the month."""
        return self.elastic_nodes.each(lambda value: value + self.system_nodes)

    def hours_by_machine(self) -> Iterator[tuple[str, Quantity]]:
        """Yield the node-hours of each machine: the packed number of the others, and all the rest of the first."""
        rest = self.elastic_node_hours
        for machine, count in self.fewest.by_machine[1:]:
            hours = count * HOURS_PER_MONTH
            yield machine, Quantity(hours, hours, Decimal(0))
            rest = Quantity(rest.floor - hours, rest.expected - hours, rest.ceiling)
        yield self.fewest.machine, rest


def fewest_nodes(facts: RegionFacts, recording: Recording, prices: MachinePrices) -> FewestNodes:
    """Return the elastic nodes that a plan's fewest pods are packed on.

    Raises `CostError` where they are packed on none, `ComponentError` and `PlanError` as packing does.
    """
    found = region_capacity(facts, recording, prices)
    pool = found.places.elastic.name
    counts = Counter(node.machine.name for node in found.nodes if node.place.pool == pool)
    if not counts:
        raise CostError("plan: no pod needs an elastic node, and the estimate counts with one at least.")
    return FewestNodes(by_machine=tuple(counts.most_common()))


def standing_pools(declared: DeclaredPools, fewest: FewestNodes, *, budgeted: int) -> Pools:
    """Return the pools with their node-hours; `budgeted` are the elastic nodes that the contract counts with."""
    limit = declared.elastic_limit
    counts = (fewest.nodes, min(limit, max(fewest.nodes + SPARE_NODES, budgeted)), limit)
    hours = Quantity(*(Decimal(count) for count in counts)) * HOURS_PER_MONTH
    return Pools(**vars(declared), fewest=fewest, elastic_node_hours=hours)

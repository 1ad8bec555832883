"""The two pools of nodes of a plan, and how many nodes of each stand in the three cases.

System nodes are of a fixed number. Elastic ones are at least what the fewest pods need; expected is that with a spare
machine for a rollout, which is the number that the budget's guard reduces to, or what the phase's contract budgets,
whichever is more; and at most they are what the plan's own limit says.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from q2o_infra.capacity.elastic import SPARE_NODES
from q2o_infra.cost.quantity import HOURS_PER_MONTH, Quantity
from q2o_infra.phases.spending import reduced_nodes
from q2o_infra.region import RegionFacts


@dataclass(frozen=True, kw_only=True)
class Pools:
    """What stands."""

    system_machine: str
    system_nodes: int
    system_disk_gib: int
    elastic_machine: str
    """The machine that the arithmetic counts with."""
    elastic_machines: tuple[str, ...]
    """All that the autoscaler may take."""
    elastic_disk_gib: int
    elastic_node_hours: Quantity
    spot: bool
    """Whether elastic nodes are spot machines with on-demand ones behind them."""

    @property
    def elastic_nodes(self) -> Quantity:
        """Elastic nodes on average over the month."""
        return self.elastic_node_hours / HOURS_PER_MONTH

    @property
    def nodes(self) -> Quantity:
        """All nodes on average over the month."""
        return self.elastic_nodes.each(lambda value: value + self.system_nodes)


def elastic_hours(facts: RegionFacts, limit: int) -> Quantity:
    """Return the elastic node-hours of a month; `limit` is the most nodes that the plan's pool allows."""
    reduced = reduced_nodes(facts)
    expected = min(limit, max(reduced, facts.contract.elastic_nodes_budgeted))
    counts = (reduced - SPARE_NODES, expected, limit)
    return Quantity(*(Decimal(count) for count in counts)) * HOURS_PER_MONTH

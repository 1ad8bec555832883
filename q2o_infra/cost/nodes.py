"""The two pools of nodes of a plan, and how many nodes of each stand in the three cases.

System nodes are of a fixed number. Elastic ones are at least what the fewest pods need, which the budget's guard
declares as its reduced number together with a spare machine; the phase expects what its contract budgets or what a
rollout needs, whichever is more; and at most what the pool's own limit says.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from q2o_infra.capacity.elastic import SPARE_NODES
from q2o_infra.cost.quantity import HOURS_PER_MONTH, Quantity
from q2o_infra.errors import CostError
from q2o_infra.plan.recorder import Recording

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
REDUCED = "NODES_REDUCED"
USUAL = "NODES_USUAL"


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


def elastic_counts(recording: Recording, budgeted: int) -> tuple[int, int, int]:
    """Return elastic nodes at least, expected and at most.

    `budgeted` is what the phase's contract counts on average. Raises `CostError` when the plan declares no numbers.
    """
    for row in recording.of_type(CONFIG_MAP):
        numbers = row.inputs.get("data") or {}
        if REDUCED in numbers and USUAL in numbers:
            reduced, usual = int(numbers[REDUCED]), int(numbers[USUAL])
            return reduced - SPARE_NODES, min(usual, max(reduced, budgeted)), usual
    raise CostError(
        f"plan: no ConfigMap declares {REDUCED} and {USUAL}, so the elastic pool has no bounds that could be priced; "
        f"register the budget's guard with its numbers."
    )


def hours(counts: tuple[int, int, int]) -> Quantity:
    """Return the node-hours of a month in which so many nodes stand all the time."""
    return Quantity(*(Decimal(count) for count in counts)) * HOURS_PER_MONTH

"""What the drill of scaling measured: figures for machines, tables for readers, and what was promised and not kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median

from rich.console import RenderableType

from drills.harness.command import Figures, Report, figures, table
from drills.scale.cluster import CONSOLIDATE_AFTER, DISRUPTION_BUDGET

MOST_RATIO = 1.2
_HOURS_PER_MONTH = 730


@dataclass(frozen=True, kw_only=True)
class Rise:
    """One time up and down."""

    up_seconds: float
    down_seconds: float
    nodes: int
    """All nodes at the top, those of the system pool included."""
    bought: Counter[tuple[str, str]]
    """Elastic nodes at the top, by machine and kind of capacity."""
    lost: int
    """Pods that did not run."""


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """What it was to lose spot."""

    nodes: int
    spot_usd_per_hour: float
    on_demand_usd_per_hour: float
    moved_seconds: float
    """From the loss until every pod ran again, on demand."""
    back_seconds: float
    """From the day that spot was offered again until nothing on demand was left."""
    extra_usd: float
    """Paid beyond the spot price meanwhile."""

    @property
    def extra_usd_per_hour(self) -> float:
        """The difference of the two prices."""
        return self.on_demand_usd_per_hour - self.spot_usd_per_hour


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Everything that was measured."""

    pods: int
    system_nodes: int
    ours: tuple[Rise, ...]
    bare: tuple[Rise, ...]
    prices: dict[tuple[str, str], float]
    withdrawal: Withdrawal
    control_lost: int

    @property
    def up_ratio(self) -> float:
        """Our time up over that of bare Karpenter: of each pair of runs the ratio, and of the ratios the median."""
        return median(ours.up_seconds / bare.up_seconds for ours, bare in zip(self.ours, self.bare, strict=True))

    @property
    def usd_per_hour(self) -> float:
        """What the elastic nodes cost at the top of the last run."""
        return self.cost(self.ours[-1].bought)

    def cost(self, nodes: Counter[tuple[str, str]]) -> float:
        """Return USD an hour of elastic nodes."""
        return sum(self.prices[key] * count for key, count in nodes.items())


def words(counts: Counter[tuple[str, str]]) -> str:
    """Return nodes by machine and kind of capacity for a reader."""
    return ", ".join(f"{count} {machine} {kind}" for (machine, kind), count in sorted(counts.items()))


def report(outcome: Outcome, *, short: bool) -> Report:
    """Return everything that the drill prints."""
    return Report(figures=flat(outcome), views=views(outcome), missed=missed(outcome, short=short))


def flat(outcome: Outcome) -> Figures:
    """Return everything flat, units in the names."""
    ours, bare, lost = outcome.ours, outcome.bare, outcome.withdrawal
    ups = [row.up_seconds for row in ours]
    return figures(
        gaps=ups,
        lost=sum(row.lost for row in ours),
        control_lost=outcome.control_lost,
        nodes_from=outcome.system_nodes,
        nodes_to=min(row.nodes for row in ours),
        pods=outcome.pods,
        up_seconds=ups,
        up_median_seconds=median(ups),
        bare_up_seconds=[row.up_seconds for row in bare],
        bare_up_median_seconds=median(row.up_seconds for row in bare),
        bare_nodes_to=min(row.nodes for row in bare),
        bare_lost=sum(row.lost for row in bare),
        up_over_bare_ratio=outcome.up_ratio,
        down_seconds=[row.down_seconds for row in ours],
        down_median_seconds=median(row.down_seconds for row in ours),
        bare_down_median_seconds=median(row.down_seconds for row in bare),
        nodes_by_machine={" ".join(key): count for key, count in sorted(ours[-1].bought.items())},
        elastic_usd_per_hour=outcome.usd_per_hour,
        spot_nodes=lost.nodes,
        spot_usd_per_hour=lost.spot_usd_per_hour,
        without_spot_usd_per_hour=lost.on_demand_usd_per_hour,
        without_spot_extra_usd_per_hour=lost.extra_usd_per_hour,
        without_spot_extra_usd_per_month=_HOURS_PER_MONTH * lost.extra_usd_per_hour,
        spot_lost_moved_seconds=lost.moved_seconds,
        spot_back_seconds=lost.back_seconds,
        spot_lost_extra_usd=lost.extra_usd,
    )


def missed(outcome: Outcome, *, short: bool) -> list[str]:
    """Return every promise that was not kept; times are asked of the full run only, for CI's machine is shared."""
    found = []
    wanted = outcome.pods + outcome.system_nodes
    for name, rises in (("our machines", outcome.ours), ("Karpenter's own", outcome.bare)):
        for row in rises:
            if row.lost:
                found.append(f"{row.lost} of {outcome.pods} pods did not run on {name}")
            if row.nodes != wanted:
                found.append(f"{row.nodes} nodes instead of {wanted} of {name}")
    if not outcome.control_lost:
        found.append("without Karpenter every pod ran too, so this drill would not see one that does not")
    if not short and outcome.up_ratio > MOST_RATIO:
        found.append(f"{outcome.up_ratio:.2f} times as long as bare Karpenter, at most {MOST_RATIO} is promised")
    return found


def views(outcome: Outcome) -> list[RenderableType]:
    """Return the tables for a reader."""
    rises = table(
        *("run", "machines", "nodes", "up s", "down s", "elastic nodes", "USD/h"),
        rows=[
            [number, name, row.nodes, row.up_seconds, row.down_seconds, words(row.bought), cost]
            for number, (ours, bare) in enumerate(zip(outcome.ours, outcome.bare, strict=True), start=1)
            for name, row, cost in (("ours", ours, outcome.cost(ours.bought)), ("Karpenter's own", bare, ""))
        ],
    )
    lost = outcome.withdrawal
    extra = lost.extra_usd_per_hour
    moved = f"every pod on demand after {lost.moved_seconds:.1f} s, back on spot {lost.back_seconds:.1f} s after it is"
    dearer = f"{extra:.4f} USD an hour more ({lost.spot_usd_per_hour:.4f} to {lost.on_demand_usd_per_hour:.4f})"
    summed = f"{extra * _HOURS_PER_MONTH:.2f} in a month without spot; {lost.extra_usd:.5f} in this drill"
    return [
        rises,
        "",
        f"time up over bare Karpenter, median of the runs: {outcome.up_ratio:.2f}, at most {MOST_RATIO} promised",
        f"spot taken from {lost.nodes} nodes: {moved} offered again",
        f"until then {dearer}, {summed}",
        "simulated: nodes (KWOK), which register at once; nothing waits for a machine to boot",
        f"changed in both pools: nodes go after {CONSOLIDATE_AFTER}, {DISRUPTION_BUDGET} of them at once if need be",
    ]

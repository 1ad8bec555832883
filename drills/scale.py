"""From 3 nodes to 100 and back by the real Karpenter, with our machines and prices, beside Karpenter with its own.

Real: Karpenter, API server, scheduler, controllers, the plan's elastic pool. Simulated: the nodes (KWOK), which
register at once, and what runs on them. Each pod of the load nearly fills the preferred machine and wants a node to
itself, in zones evenly; so the pods are as many as the nodes, and neither side can answer with a few large machines.

Then spot is taken away: the nodes are reclaimed as an interruption does it, Karpenter starts again without an offer of
spot, and once more with one; counted is what the on-demand machines cost until spot is back.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click
from rich.console import RenderableType

from drills import karpenter, scale_types
from drills.scale_cluster import (
    API_VERSION,
    CONSOLIDATE_AFTER,
    DISRUPTION_BUDGET,
    Ground,
    Manifest,
    bare_pool,
    bought,
    control_plane,
    elastic_nodes,
    ground_of,
    our_pool,
    ready,
    scale,
)
from drills.screen import Figures, Progress, finish, show, table
from q2o_infra.errors import DrillError, Q2OError
from q2o_infra.packing.prices import book_prices
from q2o_infra.vocabulary import Cloud
from sandbox.control_plane.client import Client

RUNS = 3
SHORT_NODES = 12
MOST_RATIO = 1.2
_HOURS_PER_MONTH = 730
_UP_SECONDS = 300.0
_DOWN_SECONDS = 600.0
_BACK_SECONDS = 900.0
_POLL_SECONDS = 0.25
_CONTROL_PODS = 3
_CONTROL_SECONDS = 5.0


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
    """What was paid beyond the spot price meanwhile."""


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


class Scene:
    """One control plane on which Karpenter is started again and again."""

    def __init__(
        self, client: Client, kubeconfig: Path, folder: Path, binary: Path, ground: Ground, progress: Progress
    ) -> None:
        self.client = client
        self.ground = ground
        self.progress = progress
        self._kubeconfig = kubeconfig
        self._folder = folder
        self._binary = binary

    @contextmanager
    def running(self, pool: Manifest, instance_types: Path | None) -> Iterator[None]:
        """Run Karpenter with `pool`, which is ready when the block begins."""
        with karpenter.karpenter(
            self._binary,
            kubeconfig=self._kubeconfig,
            instance_types=instance_types,
            log=self._folder / "karpenter.log",
        ):
            name = pool["metadata"]["name"]
            self.client.apply(pool)
            self.wait(lambda: self._pool_is_ready(name), f"the pool {name} is ready", _UP_SECONDS)
            yield

    def rise(self, pods: int) -> Rise:
        """Go up to `pods` nodes beside the system pool's, and down again."""
        started = time.monotonic()
        scale(self.client, pods)
        try:
            self.wait(lambda: ready(self.client) == pods, f"{pods} pods run", _UP_SECONDS)
        except DrillError as error:
            self.progress.say(error.message)
        up = time.monotonic() - started
        lost = pods - ready(self.client)
        found = elastic_nodes(self.client)
        counts = bought(found)
        self.progress.say(f"{len(found)} elastic nodes after {up:.1f} s: {_words(counts)}")
        started = time.monotonic()
        scale(self.client, 0)
        self.wait(lambda: not elastic_nodes(self.client), "the elastic nodes are gone", _DOWN_SECONDS)
        down = time.monotonic() - started
        self.progress.say(f"back after {down:.1f} s")
        return Rise(
            up_seconds=up,
            down_seconds=down,
            nodes=len(found) + len(self.ground.standing),
            bought=counts,
            lost=lost,
        )

    def wait(self, holds: Callable[[], bool], what: str, seconds: float) -> None:
        """Wait until it holds. Raises `DrillError` after `seconds`."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise DrillError(f"not so after {seconds:.0f} s: {what}.")
            time.sleep(_POLL_SECONDS)

    def forget(self, pool: Manifest) -> None:
        """Take the pool away; nothing is left of it."""
        name = pool["metadata"]["name"]
        self.client.delete(API_VERSION, "NodePool", name)
        self.wait(
            lambda: self.client.find(API_VERSION, "NodePool", name) is None, f"the pool {name} is gone", _UP_SECONDS
        )

    def _pool_is_ready(self, name: str) -> bool:
        conditions = (self.client.get(API_VERSION, "NodePool", name).get("status") or {}).get("conditions") or []
        return any(row["type"] == "Ready" and row["status"] == "True" for row in conditions)


def drill(ground: Ground, *, runs: int, pods: int, progress: Progress) -> Outcome:
    """Go up and down with our machines and with Karpenter's own, then take spot away."""
    binary = karpenter.locate(progress.say)
    with tempfile.TemporaryDirectory(prefix="q2o-drill-") as name:
        folder = Path(name)
        rows = _rows(ground, spot=True)
        with_spot = scale_types.write(rows, folder / "spot.json")
        without_spot = scale_types.write(_rows(ground, spot=False), folder / "on-demand.json")
        with control_plane(folder / "control-plane", ground, say=progress.say) as plane:
            scene = Scene(plane.client, plane.kubeconfig, folder, binary, ground, progress)
            control_lost = _control(scene)
            ours: list[Rise] = []
            bare: list[Rise] = []
            sides = (
                ("our machines", our_pool(ground), with_spot, ours),
                ("Karpenter's own machines", bare_pool(ground), None, bare),
            )
            for number in range(1, runs + 1):
                # Turn about, so that a machine that grows slower or faster favours neither.
                for what, pool, types, rises in sides[:: 1 if number % 2 else -1]:
                    progress.say(f"run {number} of {runs}: {what}")
                    with scene.running(pool, types):
                        rises.append(scene.rise(pods))
                        scene.forget(pool)
            prices = scale_types.price_table(rows)
            withdrawal = _withdraw(scene, with_spot, without_spot, prices, nodes=min(ground.budgeted, pods))
    return Outcome(
        pods=pods,
        system_nodes=len(ground.standing),
        ours=tuple(ours),
        bare=tuple(bare),
        prices=prices,
        withdrawal=withdrawal,
        control_lost=control_lost,
    )


def _rows(ground: Ground, *, spot: bool) -> scale_types.Rows:
    return scale_types.instance_types(
        ground.machines, zones=ground.zones, location=ground.location, prices=book_prices(Cloud.AWS), spot=spot
    )


def _control(scene: Scene) -> int:
    """Ask for pods while no autoscaler runs, and return how many stay without a node."""
    scale(scene.client, _CONTROL_PODS)
    time.sleep(_CONTROL_SECONDS)
    lost = _CONTROL_PODS - ready(scene.client)
    scale(scene.client, 0)
    scene.progress.say(f"without Karpenter {lost} of {_CONTROL_PODS} pods stay without a node")
    return lost


def _withdraw(
    scene: Scene, with_spot: Path, without_spot: Path, prices: dict[tuple[str, str], float], *, nodes: int
) -> Withdrawal:
    client, pool = scene.client, our_pool(scene.ground)
    meter = _Meter(client, prices)

    def only(kind: str) -> bool:
        found = bought(elastic_nodes(client))
        return ready(client) == nodes and all(key[1] == kind for key in found) and found.total() == nodes

    with scene.running(pool, with_spot):
        scale(client, nodes)
        scene.wait(lambda: only(scale_types.SPOT), f"{nodes} pods run on spot", _UP_SECONDS)
    spot_usd = meter.usd_per_hour()
    scene.progress.say(f"{nodes} spot nodes at {spot_usd:.4f} USD an hour; spot is taken away")
    meter.start()
    with scene.running(pool, without_spot):
        started = time.monotonic()
        for claim in client.list_objects(API_VERSION, "NodeClaim"):
            client.delete(API_VERSION, "NodeClaim", claim["metadata"]["name"])
        scene.wait(lambda: meter.tick() and only(scale_types.ON_DEMAND), f"{nodes} pods run on demand", _UP_SECONDS)
        moved = time.monotonic() - started
        on_demand_usd = meter.usd_per_hour()
        scene.progress.say(f"on demand after {moved:.1f} s at {on_demand_usd:.4f} USD an hour; spot is offered again")
    with scene.running(pool, with_spot):
        started = time.monotonic()
        scene.wait(lambda: meter.tick() and only(scale_types.SPOT), f"{nodes} pods run on spot again", _BACK_SECONDS)
        back = time.monotonic() - started
    scene.progress.say(f"back on spot after {back:.1f} s")
    return Withdrawal(
        nodes=nodes,
        spot_usd_per_hour=spot_usd,
        on_demand_usd_per_hour=on_demand_usd,
        moved_seconds=moved,
        back_seconds=back,
        extra_usd=meter.usd - spot_usd * meter.hours,
    )


class _Meter:
    """Adds up what the elastic nodes cost while they stand."""

    def __init__(self, client: Client, prices: dict[tuple[str, str], float]) -> None:
        self._client = client
        self._prices = prices
        self._last = 0.0
        self.usd = 0.0
        self.hours = 0.0

    def usd_per_hour(self) -> float:
        """Return what they cost now."""
        return sum(self._prices[key] * count for key, count in bought(elastic_nodes(self._client)).items())

    def start(self) -> None:
        """Begin to count."""
        self._last = time.monotonic()

    def tick(self) -> bool:
        """Count the time since the last call at what the nodes cost now."""
        now = time.monotonic()
        hours = (now - self._last) / 3600
        self.usd += self.usd_per_hour() * hours
        self.hours += hours
        self._last = now
        return True


def _words(counts: Counter[tuple[str, str]]) -> str:
    return ", ".join(f"{count} {machine} {kind}" for (machine, kind), count in sorted(counts.items()))


def figures(outcome: Outcome) -> Figures:
    """Return everything flat, units in the names."""
    ups = [row.up_seconds for row in outcome.ours]
    lost = outcome.withdrawal
    return {
        "runs": len(outcome.ours),
        "gap_median_seconds": median(ups),
        "gap_worst_seconds": max(ups),
        "lost": sum(row.lost for row in outcome.ours),
        "control_lost": outcome.control_lost,
        "nodes_from": outcome.system_nodes,
        "nodes_to": min(row.nodes for row in outcome.ours),
        "pods": outcome.pods,
        "up_seconds": ups,
        "up_median_seconds": median(ups),
        "bare_up_seconds": [row.up_seconds for row in outcome.bare],
        "bare_up_median_seconds": median(row.up_seconds for row in outcome.bare),
        "bare_nodes_to": min(row.nodes for row in outcome.bare),
        "bare_lost": sum(row.lost for row in outcome.bare),
        "up_over_bare_ratio": outcome.up_ratio,
        "down_seconds": [row.down_seconds for row in outcome.ours],
        "down_median_seconds": median(row.down_seconds for row in outcome.ours),
        "bare_down_median_seconds": median(row.down_seconds for row in outcome.bare),
        "nodes_by_machine": {" ".join(key): count for key, count in sorted(outcome.ours[-1].bought.items())},
        "elastic_usd_per_hour": outcome.usd_per_hour,
        "spot_nodes": lost.nodes,
        "spot_usd_per_hour": lost.spot_usd_per_hour,
        "without_spot_usd_per_hour": lost.on_demand_usd_per_hour,
        "without_spot_extra_usd_per_hour": lost.on_demand_usd_per_hour - lost.spot_usd_per_hour,
        "without_spot_extra_usd_per_month": _HOURS_PER_MONTH * (lost.on_demand_usd_per_hour - lost.spot_usd_per_hour),
        "spot_lost_moved_seconds": lost.moved_seconds,
        "spot_back_seconds": lost.back_seconds,
        "spot_lost_extra_usd": lost.extra_usd,
        "network": "loopback",
    }


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
        "run",
        "machines",
        "nodes",
        "up s",
        "down s",
        "elastic nodes",
        "USD/h",
        rows=[
            [number, name, row.nodes, row.up_seconds, row.down_seconds, _words(row.bought), cost]
            for number, (ours, bare) in enumerate(zip(outcome.ours, outcome.bare, strict=True), start=1)
            for name, row, cost in (("ours", ours, outcome.cost(ours.bought)), ("Karpenter's own", bare, ""))
        ],
    )
    lost = outcome.withdrawal
    extra = lost.on_demand_usd_per_hour - lost.spot_usd_per_hour
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


@click.command()
@click.argument("stack", default="us-east")
@click.option("--short", is_flag=True, help="What CI runs: a dozen nodes, once.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def main(stack: str, *, short: bool, as_json: bool) -> None:
    """Scale STACK up to its limit and back. Exit code 1: a promise was not kept; 2: something is missing here."""
    progress = Progress()
    try:
        ground = ground_of(stack)
        pods = SHORT_NODES if short else ground.most
        outcome = drill(ground, runs=1 if short else RUNS, pods=pods, progress=progress)
    except Q2OError as error:
        click.echo(f"error: {error.message}", err=True)
        sys.exit(error.exit_code)
    show(figures(outcome), views(outcome), as_json=as_json)
    finish(missed(outcome, short=short))


if __name__ == "__main__":
    main()

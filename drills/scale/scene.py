"""One control plane on which Karpenter is started again and again, and what happens on it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.base.errors import DrillError
from drills.harness.cluster import Manifest
from drills.harness.command import Progress
from drills.harness.processes import Stage
from drills.harness.waiting import wait
from drills.scale import karpenter, types
from drills.scale.cluster import API_VERSION, Ground, bought, elastic_nodes, our_pool, ready, scale
from drills.scale.report import Rise, Withdrawal, words
from sandbox.control_plane.client import Client
from sandbox.control_plane.plane import ControlPlane

_UP_SECONDS = 300.0
_DOWN_SECONDS = 600.0
_BACK_SECONDS = 900.0
_CONTROL_PODS = 3
_CONTROL_SECONDS = 5.0


class Scene:
    """One control plane on which Karpenter is started again and again."""

    def __init__(self, stage: Stage, plane: ControlPlane, binary: Path, ground: Ground, progress: Progress) -> None:
        self.client = plane.client
        self.ground = ground
        self.progress = progress
        self._stage = stage
        self._kubeconfig = plane.kubeconfig
        self._binary = binary

    @contextmanager
    def running(self, pool: Manifest, instance_types: Path | None) -> Iterator[None]:
        """Run Karpenter with `pool`, which is ready when the block begins."""
        with karpenter.karpenter(self._stage, self._binary, kubeconfig=self._kubeconfig, instance_types=instance_types):
            name = pool["metadata"]["name"]
            self.client.apply(pool)
            wait(lambda: self._is_ready(name), what=f"the pool {name} is ready", within_seconds=_UP_SECONDS)
            yield

    def rise(self, pods: int) -> Rise:
        """Go up to `pods` nodes beside the system pool's, and down again."""
        started = time.monotonic()
        scale(self.client, pods)
        try:
            wait(lambda: ready(self.client) == pods, what=f"{pods} pods run", within_seconds=_UP_SECONDS)
        except DrillError as error:
            self.progress.say(error.message)
        up = time.monotonic() - started
        lost = pods - ready(self.client)
        found = elastic_nodes(self.client)
        counts = bought(found)
        self.progress.say(f"{len(found)} elastic nodes after {up:.1f} s: {words(counts)}")
        started = time.monotonic()
        scale(self.client, 0)
        wait(lambda: not elastic_nodes(self.client), what="the elastic nodes are gone", within_seconds=_DOWN_SECONDS)
        down = time.monotonic() - started
        self.progress.say(f"back after {down:.1f} s")
        return Rise(
            up_seconds=up,
            down_seconds=down,
            nodes=len(found) + len(self.ground.standing),
            bought=counts,
            lost=lost,
        )

    def forget(self, pool: Manifest) -> None:
        """Take the pool away; nothing is left of it."""
        name = pool["metadata"]["name"]
        self.client.delete(API_VERSION, "NodePool", name)

        def gone() -> bool:
            return self.client.find(API_VERSION, "NodePool", name) is None

        wait(gone, what=f"the pool {name} is gone", within_seconds=_UP_SECONDS)

    def _is_ready(self, name: str) -> bool:
        conditions = (self.client.get(API_VERSION, "NodePool", name).get("status") or {}).get("conditions") or []
        return any(row["type"] == "Ready" and row["status"] == "True" for row in conditions)


def without_karpenter(scene: Scene) -> int:
    """Ask for pods while no autoscaler runs, and return how many stay without a node."""
    scale(scene.client, _CONTROL_PODS)
    time.sleep(_CONTROL_SECONDS)
    lost = _CONTROL_PODS - ready(scene.client)
    scale(scene.client, 0)
    scene.progress.say(f"without Karpenter {lost} of {_CONTROL_PODS} pods stay without a node")
    return lost


def withdraw(
    scene: Scene, with_spot: Path, without_spot: Path, prices: dict[tuple[str, str], float], *, nodes: int
) -> Withdrawal:
    """Take spot from `nodes` nodes, offer it again, and return what that took and cost."""
    client, pool = scene.client, our_pool(scene.ground)
    meter = _Meter(client, prices)

    def only(kind: str, within_seconds: float = _UP_SECONDS) -> float:
        """Wait until all of it runs on this kind of capacity and on nothing else; return the seconds."""

        def so() -> bool:
            meter.tick()
            found = bought(elastic_nodes(client))
            return ready(client) == nodes and all(key[1] == kind for key in found) and found.total() == nodes

        return wait(so, what=f"{nodes} pods run on {kind} nodes", within_seconds=within_seconds)

    with scene.running(pool, with_spot):
        scale(client, nodes)
        only(types.SPOT)
    spot_usd = meter.usd_per_hour()
    scene.progress.say(f"{nodes} spot nodes at {spot_usd:.4f} USD an hour; spot is taken away")
    meter.start()
    with scene.running(pool, without_spot):
        started = time.monotonic()
        for claim in client.list_objects(API_VERSION, "NodeClaim"):
            client.delete(API_VERSION, "NodeClaim", claim["metadata"]["name"])
        only(types.ON_DEMAND)
        moved = time.monotonic() - started
        on_demand_usd = meter.usd_per_hour()
        scene.progress.say(f"on demand after {moved:.1f} s at {on_demand_usd:.4f} USD an hour; spot is offered again")
    with scene.running(pool, with_spot):
        back = only(types.SPOT, _BACK_SECONDS)
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
    """Adds up what the elastic nodes cost while they exist."""

    def __init__(self, client: Client, prices: dict[tuple[str, str], float]) -> None:
        self._client = client
        self._prices = prices
        self._last: float | None = None
        self.usd = 0.0
        self.hours = 0.0

    def usd_per_hour(self) -> float:
        """Return what the nodes cost now."""
        return sum(self._prices[key] * count for key, count in bought(elastic_nodes(self._client)).items())

    def start(self) -> None:
        """Begin to count."""
        self._last = time.monotonic()

    def tick(self) -> None:
        """Count the time since the last call at the price of the nodes now, once it was started."""
        now = time.monotonic()
        if self._last is not None:
            hours = (now - self._last) / 3600
            self.usd += self.usd_per_hour() * hours
            self.hours += hours
            self._last = now

"""What every stand-in for an autoscaler of nodes does: look, add nodes for pods that wait, remove empty ones.

None of them moves a pod to pack nodes better, and all add too many rather than too few; a cloud's own weighs prices.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator

from clouds.machine import InstanceType
from components.base.quantities import mebibytes, millicores
from q2o_infra.capacity.amount import Amount
from sandbox.cluster import LocalCluster
from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client
from sandbox.standins.loop import Loop
from sandbox.standins.machines import drain
from sandbox.standins.unscheduled import Manifest, is_of_every_node, may_use, requests, unscheduled
from sandbox.world import World

_EMPTY_SECONDS = 20.0
_EMPTY_LOOK_SECONDS = 3.0
# The scheduler looks again at a pod that found no place after a back-off of 1 to 10 s, or at once when a node comes.
_PATIENCE_SECONDS = 11.0


class NodeAutoscaler(Loop):
    """The part that all share; `look` finds the pools and calls `reconcile`."""

    def __init__(self, cluster: LocalCluster, world: World, *, report: Callable[[str], None]) -> None:
        super().__init__(cluster, report=report)
        self._world = world
        self._waiting_since: float | None = None
        self._empty_since: dict[str, float] = {}
        self._look_for_empty_at = 0.0

    def reconcile(self, client: Client, mine: list[Manifest], add: Callable[[list[Manifest]], None]) -> None:
        """Call `add` with the pods for which there are no nodes, or remove those of `mine` that are empty."""
        if not all(nodes.is_ready(row) for row in mine):
            return
        waiting = [pod for pod in unscheduled(client) if may_use(pod)]
        if not waiting:
            self._waiting_since = None
            self._remove_empty(client, mine)
        elif not self._might_fit(client, mine, waiting):
            self._waiting_since = None
            add(waiting)

    def _might_fit(self, client: Client, mine: list[Manifest], waiting: list[Manifest]) -> bool:
        """Answer whether the nodes have room for all, one of them for one, and the scheduler no time yet to use it."""
        wanted = [requests(pod) for pod in waiting]
        held = _held(client, mine)
        whole = {row["metadata"]["name"]: _allocatable(row) for row in mine}
        enough = (_sum(wanted) + _sum(held.values())).fits(_sum(whole.values()))
        if not enough or not any((held[name] + pod).fits(whole[name]) for name in whole for pod in wanted):
            return False
        now = time.monotonic()
        if self._waiting_since is None:
            self._waiting_since = now
        return now - self._waiting_since < _PATIENCE_SECONDS

    def _remove_empty(self, client: Client, mine: list[Manifest]) -> None:
        # Listing all pods costs as much as everything else here together, and no empty node is in a hurry.
        if not mine or time.monotonic() < self._look_for_empty_at:
            return
        self._look_for_empty_at = time.monotonic() + _EMPTY_LOOK_SECONDS
        busy = {pod["spec"].get("nodeName") for pod in client.list_objects("v1", "Pod") if not is_of_every_node(pod)}
        now = time.monotonic()
        names = {row["metadata"]["name"] for row in mine}
        for name in names & busy:
            self._empty_since.pop(name, None)
        for name in names - busy:
            self._empty_since.setdefault(name, now)
        drain(client, [name for name in sorted(names - busy) if now - self._empty_since[name] > _EMPTY_SECONDS])


def machines_for(pods: list[Manifest], machine: InstanceType) -> int:
    """Return how many machines the pods would fill, at least one."""
    asked = _sum(requests(pod) for pod in pods)
    return max(
        1,
        asked.cpu_millicores // machine.allocatable_millicores,
        asked.memory_mib // machine.allocatable_memory_mib,
    )


def zones_in_turn(mine: list[Manifest], zones: Collection[str], machines: int) -> Iterator[str]:
    """Yield the zone of each of so many more machines: the one that has the fewest by then."""
    used = Counter(row["metadata"]["labels"]["topology.kubernetes.io/zone"] for row in mine)
    for _ in range(machines):
        zone = min(zones, key=lambda name: (used[name], name))
        used[zone] += 1
        yield zone


def _held(client: Client, mine: list[Manifest]) -> dict[str, Amount]:
    """Return what the pods of each node ask for together."""
    held = {row["metadata"]["name"]: Amount() for row in mine}
    for pod in client.list_objects("v1", "Pod"):
        if (node := pod["spec"].get("nodeName")) in held:
            held[node] += requests(pod)
    return held


def _allocatable(node: Manifest) -> Amount:
    given = node["status"]["allocatable"]
    return Amount(cpu_millicores=millicores(given["cpu"]), memory_mib=mebibytes(given["memory"]))


def _sum(amounts: Iterable[Amount]) -> Amount:
    return sum(amounts, start=Amount())

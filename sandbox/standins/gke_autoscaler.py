"""Stands in for GKE's autoscaler of nodes: adds nodes while pods find no place, removes empty ones.

It opens spot pools before on-demand ones, those of small machines first, N4A before the dearer C4A, and goes on to the
next where one is full. GKE's own weighs prices, and packs the pods of nearly empty nodes onto others.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from q2o_infra.capacity.instances import InstanceType
from q2o_infra.capacity.quantities import mebibytes, millicores
from q2o_infra.plan import wire
from sandbox.cluster import LocalCluster
from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client
from sandbox.control_plane.errors import ApiError
from sandbox.standins.gke import NODE_POOL, machine_of, pool_node, pool_nodes
from sandbox.standins.machines import drain
from sandbox.standins.unscheduled import may_use, requests, unscheduled
from sandbox.world import Entry, World

Manifest = dict[str, Any]

_PAUSE_SECONDS = 0.4
_EMPTY_SECONDS = 20.0
# The scheduler looks again at a pod that found no place after a back-off of 1 to 10 s, or at once when a node comes.
_PATIENCE_SECONDS = 4.0


class GkeAutoscalerStandIn(threading.Thread):
    """Looks at the cluster a few times a second until told to stop."""

    def __init__(self, cluster: LocalCluster, world: World, *, report: Callable[[str], None]) -> None:
        super().__init__(name="gke-autoscaler-stand-in", daemon=True)
        self._cluster = cluster
        self._world = world
        self._report = report
        self._ended = threading.Event()
        self._waiting_since: float | None = None
        self._empty_since: dict[str, float] = {}

    def stop(self) -> None:
        """End the loop and wait for it."""
        self._ended.set()
        self.join()

    def run(self) -> None:
        """Look, act, pause."""
        while not self._ended.wait(_PAUSE_SECONDS):
            pools = self._pools()
            if not (pools and self._cluster.is_up):
                continue
            try:
                self.reconcile(self._cluster.client(), pools)
            except ApiError as error:
                # The cluster may be stopping, or another process may have changed what was read; the next look tells.
                if self._cluster.is_up and error.status not in {0, 404, 409}:
                    self._report(f"GKE autoscaler stand-in: {error.message}")

    def _pools(self) -> list[Entry]:
        """Return the autoscaled pools that stand, in the order in which they are opened."""
        found = [
            entry
            for entry in self._world.entries()
            if entry.type == NODE_POOL and entry.complete and entry.inputs.get("autoscaling")
        ]
        return sorted(found, key=_preference)

    def reconcile(self, client: Client, pools: list[Entry]) -> None:
        """Add nodes where pods wait, or remove what is empty."""
        standing = {entry.id: pool_nodes(client, entry) for entry in pools}
        mine = [row for rows in standing.values() for row in rows]
        if not all(nodes.is_ready(row) for row in mine):
            return
        waiting = [pod for pod in unscheduled(client) if may_use(pod)]
        if not waiting:
            self._waiting_since = None
            self._remove_empty(client, mine)
        elif not self._might_fit(client, mine, waiting):
            self._waiting_since = None
            self._add(client, pools, standing, waiting)

    def _might_fit(self, client: Client, mine: list[Manifest], waiting: list[Manifest]) -> bool:
        """Answer whether the nodes have room enough and the scheduler has not had the time to use it."""
        names = {row["metadata"]["name"] for row in mine}
        bound = [pod for pod in client.list_objects("v1", "Pod") if pod["spec"].get("nodeName") in names]
        for resource, parse in (("cpu", millicores), ("memory", mebibytes)):
            room = sum(parse(row["status"]["allocatable"][resource]) for row in mine)
            if sum(requests(pod, resource, parse) for pod in (*bound, *waiting)) > room:
                return False
        now = time.monotonic()
        self._waiting_since = self._waiting_since or now
        return now - self._waiting_since < _PATIENCE_SECONDS

    def _add(
        self, client: Client, pools: list[Entry], standing: dict[str, list[Manifest]], waiting: list[Manifest]
    ) -> None:
        for entry in pools:
            inputs = wire.unwrap(entry.inputs)
            room = int(inputs["autoscaling"]["totalMaxNodeCount"]) - len(standing[entry.id])
            if room > 0:
                wanted = min(room, _machines_for(waiting, machine_of(inputs)))
                self._add_to(client, entry, inputs["nodeLocations"], standing[entry.id], wanted)
                return

    def _add_to(self, client: Client, entry: Entry, zones: list[str], standing: list[Manifest], wanted: int) -> None:
        used = Counter(row["metadata"]["labels"]["topology.kubernetes.io/zone"] for row in standing)
        taken = {row["metadata"]["name"] for row in standing}
        for _ in range(wanted):
            zone = min(zones, key=lambda name: (used[name], name))
            used[zone] += 1
            number = 0
            while (fresh := pool_node(entry, zone, number))["metadata"]["name"] in taken:
                number += 1
            taken.add(fresh["metadata"]["name"])
            nodes.create_nodes(client, [fresh])

    def _remove_empty(self, client: Client, mine: list[Manifest]) -> None:
        busy = {
            pod["spec"].get("nodeName")
            for pod in client.list_objects("v1", "Pod")
            if not any(owner["kind"] == "DaemonSet" for owner in pod["metadata"].get("ownerReferences", []))
        }
        now = time.monotonic()
        names = {row["metadata"]["name"] for row in mine}
        for name in names & busy:
            self._empty_since.pop(name, None)
        for name in names - busy:
            self._empty_since.setdefault(name, now)
        drain(client, [name for name in sorted(names - busy) if now - self._empty_since[name] > _EMPTY_SECONDS])


def _preference(entry: Entry) -> tuple[bool, int, int, bool]:
    inputs = wire.unwrap(entry.inputs)
    machine = machine_of(inputs)
    return not inputs["nodeConfig"].get("spot"), machine.vcpus, machine.memory_gib, not machine.name.startswith("n4a-")


def _machines_for(pods: list[Manifest], machine: InstanceType) -> int:
    cpu = sum(requests(pod, "cpu", millicores) for pod in pods)
    memory = sum(requests(pod, "memory", mebibytes) for pod in pods)
    return max(1, math.floor(cpu / machine.allocatable_millicores), math.floor(memory / machine.allocatable_memory_mib))

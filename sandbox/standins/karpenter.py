"""Stands in for Karpenter: adds nodes while pods find no place, removes empty ones, drains a pool that is deleted.

It takes the first instance type that the node pool names and the zone with the fewest nodes, and never moves a pod to
pack nodes better; Karpenter itself weighs prices and consolidates.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from q2o_infra.capacity.instances import INSTANCE_TYPES, InstanceType
from q2o_infra.capacity.quantities import mebibytes, millicores
from sandbox.cluster import LocalCluster
from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client
from sandbox.control_plane.errors import ApiError
from sandbox.standins.eks import drain, node, subnet_zone
from sandbox.standins.unscheduled import may_use, requests, unscheduled
from sandbox.world import World

Manifest = dict[str, Any]

API_VERSION = "karpenter.sh/v1"
POOL_LABEL = "karpenter.sh/nodepool"
CAPACITY_LABEL = "karpenter.sh/capacity-type"
FINALIZER = "karpenter.sh/termination"
DISCOVERY_TAG = "karpenter.sh/discovery"
_PAUSE_SECONDS = 0.4
_EMPTY_SECONDS = 20.0
# The scheduler looks again at a pod that found no place after a back-off of 1 to 10 s, or at once when a node comes.
_PATIENCE_SECONDS = 4.0


class KarpenterStandIn(threading.Thread):
    """Looks at the cluster a few times a second until told to stop."""

    def __init__(self, cluster: LocalCluster, world: World, *, report: Callable[[str], None]) -> None:
        super().__init__(name="karpenter-stand-in", daemon=True)
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
            if not self._cluster.is_up:
                continue
            try:
                client = self._cluster.client()
                for pool in _pools(client):
                    self._reconcile(client, pool)
            except ApiError as error:
                # The cluster may be stopping, or another process may have changed what was read; the next look tells.
                if self._cluster.is_up and error.status not in {0, 404, 409}:
                    self._report(f"Karpenter stand-in: {error.message}")

    def _reconcile(self, client: Client, pool: Manifest) -> None:
        metadata = pool["metadata"]
        name = metadata["name"]
        mine = nodes.list_nodes(client, f"{POOL_LABEL}={name}")
        if metadata.get("deletionTimestamp"):
            drain(client, [row["metadata"]["name"] for row in mine])
            client.patch(API_VERSION, "NodePool", name, {"metadata": {"finalizers": None}})
            return
        if FINALIZER not in metadata.get("finalizers", []):
            client.patch(API_VERSION, "NodePool", name, {"metadata": {"finalizers": [FINALIZER]}})
        if not all(nodes.is_ready(row) for row in mine):
            return
        waiting = [pod for pod in unscheduled(client) if may_use(pod)]
        if not waiting:
            self._waiting_since = None
            self._remove_empty(client, mine)
        elif not self._might_fit(client, mine, waiting):
            self._waiting_since = None
            self._add(client, pool, mine, waiting)

    def _might_fit(self, client: Client, mine: list[Manifest], waiting: list[Manifest]) -> bool:
        """Answer whether the nodes have room enough and the scheduler has not had the time to use it."""
        names = {row["metadata"]["name"] for row in mine}
        bound = [pod for pod in client.list_objects("v1", "Pod") if pod["spec"].get("nodeName") in names]
        for resource, parse in (("cpu", millicores), ("memory", mebibytes)):
            room = sum(parse(row["status"]["allocatable"][resource]) for row in mine)
            wanted = sum(requests(pod, resource, parse) for pod in (*bound, *waiting))
            if wanted > room:
                return False
        now = time.monotonic()
        self._waiting_since = self._waiting_since or now
        return now - self._waiting_since < _PATIENCE_SECONDS

    def _add(self, client: Client, pool: Manifest, mine: list[Manifest], waiting: list[Manifest]) -> None:
        name = pool["metadata"]["name"]
        machine = _machine(pool)
        room = _limit(pool, machine) - len(mine)
        wanted = min(room, _machines_for(waiting, machine))
        zones = self._zones()
        used = Counter(row["metadata"]["labels"]["topology.kubernetes.io/zone"] for row in mine)
        labels = dict(pool["spec"]["template"].get("metadata", {}).get("labels") or {})
        taken = {row["metadata"]["name"] for row in mine}
        number = 0
        for _ in range(wanted):
            zone = min(zones, key=lambda row: (used[row[0]], row[0]))
            used[zone[0]] += 1
            while (fresh := nodes.node_name(f"{name}-{number}", zone[0])) in taken:
                number += 1
            taken.add(fresh)
            manifest = node(
                name=fresh,
                machine=machine,
                zone=zone,
                location=zone[0][:-1],
                labels={**labels, POOL_LABEL: name, CAPACITY_LABEL: "spot"},
                taints=[],
            )
            nodes.create_nodes(client, [manifest])

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
        gone = [name for name in sorted(names - busy) if now - self._empty_since[name] > _EMPTY_SECONDS]
        drain(client, gone)

    def _zones(self) -> list[tuple[str, str]]:
        return sorted(
            {
                subnet_zone(self._world, entry.id)
                for entry in self._world.entries()
                if entry.type == "aws:ec2/subnet:Subnet" and DISCOVERY_TAG in (entry.inputs.get("tags") or {})
            }
        )


def _pools(client: Client) -> list[Manifest]:
    try:
        return client.list_objects(API_VERSION, "NodePool")
    except ApiError as error:
        if error.status == 404:
            return []
        raise


def _requirement(pool: Manifest, key: str) -> list[str]:
    rows = pool["spec"]["template"]["spec"]["requirements"]
    return [value for row in rows if row["key"] == key for value in row.get("values", [])]


def _machine(pool: Manifest) -> InstanceType:
    return INSTANCE_TYPES[_requirement(pool, "node.kubernetes.io/instance-type")[0]]


def _limit(pool: Manifest, machine: InstanceType) -> int:
    limits = pool["spec"].get("limits") or {}
    by_count = int(limits["nodes"]) if "nodes" in limits else None
    by_cpu = millicores(str(limits["cpu"])) // (machine.vcpus * 1000) if "cpu" in limits else None
    return min(limit for limit in (by_count, by_cpu, 10_000) if limit is not None)


def _machines_for(pods: list[Manifest], machine: InstanceType) -> int:
    cpu = sum(requests(pod, "cpu", millicores) for pod in pods)
    memory = sum(requests(pod, "memory", mebibytes) for pod in pods)
    return max(1, math.floor(cpu / machine.allocatable_millicores), math.floor(memory / machine.allocatable_memory_mib))

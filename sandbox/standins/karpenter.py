"""Stands in for Karpenter: adds nodes while pods find no place, removes empty ones, drains a pool that is deleted.

It takes the first instance type that the node pool names and the zone with the fewest nodes, a node in each zone to
begin with, as pods that spread over zones need one in each.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from clouds.machine import InstanceType
from clouds.machines import INSTANCE_TYPES
from components.base.quantities import millicores
from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client
from sandbox.control_plane.errors import ApiError
from sandbox.standins.eks import subnet_zone
from sandbox.standins.machines import Zone, drain, machine_node
from sandbox.standins.node_autoscaler import NodeAutoscaler, machines_for, zones_in_turn

Manifest = dict[str, Any]

API_VERSION = "karpenter.sh/v1"
POOL_LABEL = "karpenter.sh/nodepool"
CAPACITY_LABEL = "karpenter.sh/capacity-type"
FINALIZER = "karpenter.sh/termination"
DISCOVERY_TAG = "karpenter.sh/discovery"
ZONE_LABEL = "topology.kubernetes.io/zone"


class KarpenterStandIn(NodeAutoscaler):
    """Looks after every NodePool of the cluster."""

    words = "Karpenter stand-in"

    def look(self, client: Client) -> None:
        """Serve pool after pool."""
        for pool in _pools(client):
            metadata = pool["metadata"]
            name = metadata["name"]
            mine = nodes.list_nodes(client, f"{POOL_LABEL}={name}")
            if metadata.get("deletionTimestamp"):
                drain(client, [row["metadata"]["name"] for row in mine])
                client.patch(API_VERSION, "NodePool", name, {"metadata": {"finalizers": None}})
                continue
            if FINALIZER not in metadata.get("finalizers", []):
                client.patch(API_VERSION, "NodePool", name, {"metadata": {"finalizers": [FINALIZER]}})
            self.reconcile(client, mine, partial(self._add, client, pool, mine))

    def _add(self, client: Client, pool: Manifest, mine: list[Manifest], waiting: list[Manifest]) -> None:
        name = pool["metadata"]["name"]
        machine = _machine(pool)
        room = _limit(pool, machine) - len(mine)
        zones = {zone.name: zone for zone in self._zones(pool)}
        without = len(zones) - len({row["metadata"]["labels"][ZONE_LABEL] for row in mine})
        wanted = min(room, max(machines_for(waiting, machine), min(len(waiting), without)))
        labels = dict(pool["spec"]["template"].get("metadata", {}).get("labels") or {})
        taken = {row["metadata"]["name"] for row in mine}
        number = 0
        for place in zones_in_turn(mine, zones, wanted):
            zone = zones[place]
            while (fresh := nodes.node_name(f"{name}-{number}", zone.name)) in taken:
                number += 1
            taken.add(fresh)
            manifest = machine_node(
                name=fresh,
                machine=machine,
                zone=zone,
                labels={**labels, **_own_labels(pool, zone), POOL_LABEL: name, CAPACITY_LABEL: "spot"},
                taints=[],
            )
            nodes.create_nodes(client, [manifest])

    def _zones(self, pool: Manifest) -> list[Zone]:
        """Return the zones that the pool names; on AWS it names their ids, and the subnets know the rest."""
        if named := _requirement(pool, ZONE_LABEL):
            return [Zone(name=zone, location=zone.rpartition("-")[0]) for zone in sorted(named)]
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


def _own_labels(pool: Manifest, zone: Zone) -> dict[str, str]:
    """Return the labels that the cloud's own provider of Karpenter puts on its nodes."""
    kind = pool["spec"]["template"]["spec"]["nodeClassRef"]["kind"]
    if kind != "AKSNodeClass":
        return {}
    return {"kubernetes.azure.com/mode": "user", "topology.disk.csi.azure.com/zone": zone.name}


def _machine(pool: Manifest) -> InstanceType:
    return INSTANCE_TYPES[_requirement(pool, "node.kubernetes.io/instance-type")[0]]


def _limit(pool: Manifest, machine: InstanceType) -> int:
    limits = pool["spec"].get("limits") or {}
    by_count = int(limits["nodes"]) if "nodes" in limits else None
    by_cpu = millicores(str(limits["cpu"])) // (machine.vcpus * 1000) if "cpu" in limits else None
    return min(limit for limit in (by_count, by_cpu, 10_000) if limit is not None)

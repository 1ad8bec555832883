"""What GKE does besides keeping records: a node pool has nodes, the system pool also the pods that GKE runs by itself.

The control plane is the same as on any cloud (`standins.eks.ClusterConsequence`).
"""

from __future__ import annotations

from typing import Any

from clouds.machine import InstanceType
from clouds.machines import INSTANCE_TYPES
from components.base.pods import POOL_LABEL, SYSTEM_POOL
from components.cluster.gcp_pods import GKE_WORKLOADS
from q2o_infra.plan import wire
from sandbox.cluster import LocalCluster
from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client
from sandbox.standins import pods
from sandbox.standins.machines import Zone, bring_nodes, drain, machine_node, shouted_taint
from sandbox.world import Entry

NODE_POOL = "gcp:container/nodePool:NodePool"
POOL_NAME_LABEL = "cloud.google.com/gke-nodepool"
SPOT_LABEL = "cloud.google.com/gke-spot"

Manifest = dict[str, Any]


class NodePoolConsequence:
    """Nodes: as many in each zone as a fixed pool says; of an autoscaled one, what its autoscaler made."""

    def __init__(self, cluster: LocalCluster) -> None:
        self._cluster = cluster

    def bring(self, entry: Entry) -> None:
        """Make the nodes that are missing, drain those that are too many, and wait until all are ready."""
        inputs = wire.unwrap(entry.inputs)
        if inputs.get("autoscaling"):
            return
        client = self._cluster.client()
        wanted = [
            pool_node(entry, zone, number)
            for zone in inputs["nodeLocations"]
            for number in range(int(inputs["nodeCount"]))
        ]
        bring_nodes(client, wanted, present=pool_nodes(client, entry))
        if is_system(inputs):
            for workload in GKE_WORKLOADS:
                pods.apply(client, workload, owner="gke")

    def remove(self, entry: Entry) -> None:
        """Drain and delete all nodes of the pool; with the system pool go the pods that GKE runs by itself."""
        client = self._cluster.client()
        if is_system(wire.unwrap(entry.inputs)):
            for workload in GKE_WORKLOADS:
                pods.remove(client, workload, owner="gke")
        drain(client, [row["metadata"]["name"] for row in pool_nodes(client, entry)])


def is_system(inputs: Manifest) -> bool:
    """Answer whether a node pool is the system pool."""
    return bool((inputs["nodeConfig"].get("labels") or {}).get(POOL_LABEL) == SYSTEM_POOL)


def pool_name(entry: Entry) -> str:
    """Return the physical name of a node pool."""
    return entry.id.rpartition("/")[2]


def pool_nodes(client: Client, entry: Entry) -> list[Manifest]:
    """Return the nodes of a pool."""
    return nodes.list_nodes(client, f"{POOL_NAME_LABEL}={pool_name(entry)}")


def machine_of(inputs: Manifest) -> InstanceType:
    """Return the machine that a node pool consists of."""
    return INSTANCE_TYPES[inputs["nodeConfig"]["machineType"]]


def pool_node(entry: Entry, zone: str, number: int) -> Manifest:
    """Return one node of a pool, with the labels that GKE gives it."""
    inputs = wire.unwrap(entry.inputs)
    config, machine = inputs["nodeConfig"], machine_of(inputs)
    return machine_node(
        name=nodes.node_name(f"gke-{pool_name(entry)}-{number}", zone),
        machine=machine,
        zone=Zone(name=zone, location=zone.rpartition("-")[0]),
        labels={
            **(config.get("labels") or {}),
            "cloud.google.com/gke-boot-disk": config.get("diskType", ""),
            "cloud.google.com/machine-family": machine.name.partition("-")[0],
            POOL_NAME_LABEL: pool_name(entry),
            **({SPOT_LABEL: "true"} if config.get("spot") else {}),
        },
        taints=[shouted_taint(row) for row in config.get("taints") or []],
    )

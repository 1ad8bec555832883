"""Nodes of simulated machines, and how a cloud takes them away, the same on every cloud."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from clouds.machine import InstanceType
from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client
from sandbox.readiness import wait_gone, wait_ready

_SHOUTED_EFFECTS: dict[str, nodes.Effect] = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}


@dataclass(frozen=True, kw_only=True, order=True)
class Zone:
    """Where a node stands."""

    name: str
    id: str = ""
    """What AWS calls it by, beside its name."""
    location: str


def machine_node(
    *, name: str, machine: InstanceType, zone: Zone, labels: dict[str, str], taints: list[nodes.Taint]
) -> dict[str, Any]:
    """Return a Node of one machine."""
    return nodes.node_manifest(
        name=name,
        instance_type=machine.name,
        zone=zone.name,
        zone_id=zone.id,
        region=zone.location,
        arch="arm64",
        capacity=nodes.NodeResources(
            cpu_millicores=machine.vcpus * 1000, memory_mib=machine.capacity_memory_mib, pods=machine.pods
        ),
        allocatable=nodes.NodeResources(
            cpu_millicores=machine.allocatable_millicores,
            memory_mib=machine.allocatable_memory_mib,
            pods=machine.pods,
        ),
        labels=labels,
        taints=taints,
    )


def bring_nodes(client: Client, wanted: list[dict[str, Any]], *, present: list[dict[str, Any]]) -> None:
    """Make the nodes that are missing, drain those that are too many, and wait until all are ready."""
    there = {row["metadata"]["name"] for row in present}
    nodes.create_nodes(client, [row for row in wanted if row["metadata"]["name"] not in there])
    drain(client, sorted(there - {row["metadata"]["name"] for row in wanted}))
    for row in wanted:
        wait_ready(client, row, f"Node {row['metadata']['name']}")


def shouted_taint(row: dict[str, Any]) -> nodes.Taint:
    """Return a taint of an API that writes effects as `NO_SCHEDULE`, which EKS and GKE do."""
    return nodes.Taint(key=row["key"], value=row.get("value", ""), effect=_SHOUTED_EFFECTS[row["effect"]])


def drain(client: Client, names: list[str]) -> None:
    """Take nodes away as a cloud does at the end: no new pods, those that are there leave, then the node goes."""
    for name in names:
        client.patch("v1", "Node", name, {"spec": {"unschedulable": True}})
    for name in names:
        for pod in client.list_objects("v1", "Pod", field_selector=f"spec.nodeName={name}"):
            client.delete("v1", "Pod", pod["metadata"]["name"], pod["metadata"]["namespace"])
    nodes.delete_nodes(client, names)
    for name in names:
        wait_gone(partial(client.find, "v1", "Node", name), f"Node {name}")

"""Nodes of simulated machines, and how a cloud takes them away, the same on every cloud."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from q2o_infra.capacity.instances import InstanceType
from sandbox.backends.readiness import wait_gone
from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client


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

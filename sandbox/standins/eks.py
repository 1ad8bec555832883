"""What EKS does besides keeping records: a cluster has an API server, a node group has nodes, an add-on has pods."""

from __future__ import annotations

from typing import Any

from clouds.machines import INSTANCE_TYPES
from components.cluster.addons import addon_workloads
from q2o_infra.plan import wire
from sandbox.cluster import LocalCluster
from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client
from sandbox.standins import pods
from sandbox.standins.machines import Zone, bring_nodes, drain, machine_node, shouted_taint
from sandbox.world import Entry, World

NODE_GROUP_LABEL = "eks.amazonaws.com/nodegroup"
CAPACITY_LABEL = "eks.amazonaws.com/capacityType"


class ClusterConsequence:
    """The control plane."""

    def __init__(self, cluster: LocalCluster) -> None:
        self._cluster = cluster

    def bring(self, _: Entry) -> None:
        """Start it."""
        self._cluster.start()

    def remove(self, _: Entry) -> None:
        """End it, with everything inside."""
        self._cluster.wipe()


class NodeGroupConsequence:
    """Nodes, one after another in the zones of the group's subnets."""

    def __init__(self, cluster: LocalCluster, world: World) -> None:
        self._cluster = cluster
        self._world = world

    def remove(self, entry: Entry) -> None:
        """Drain and delete all nodes of the group."""
        client = self._cluster.client()
        drain(client, [found["metadata"]["name"] for found in self._nodes(client, entry)])

    def bring(self, entry: Entry) -> None:
        """Make the nodes that are missing, drain those that are too many, and wait until all are ready."""
        client = self._cluster.client()
        inputs = wire.unwrap(entry.inputs)
        wanted = int(inputs["scalingConfig"]["desiredSize"])
        zones = sorted(subnet_zone(self._world, subnet) for subnet in inputs["subnetIds"])
        machine = INSTANCE_TYPES[_instance_type(self._world, inputs)]
        manifests = [
            machine_node(
                name=nodes.node_name(f"{group_name(entry)}-{index}", zones[index % len(zones)].name),
                machine=machine,
                zone=zones[index % len(zones)],
                labels={
                    **(inputs.get("labels") or {}),
                    NODE_GROUP_LABEL: group_name(entry),
                    CAPACITY_LABEL: inputs.get("capacityType", "ON_DEMAND"),
                },
                taints=[shouted_taint(row) for row in inputs.get("taints") or []],
            )
            for index in range(wanted)
        ]
        bring_nodes(client, manifests, present=self._nodes(client, entry))

    def _nodes(self, client: Client, entry: Entry) -> list[dict[str, Any]]:
        return nodes.list_nodes(client, f"{NODE_GROUP_LABEL}={group_name(entry)}")


class AddonConsequence:
    """The add-on's pods."""

    def __init__(self, cluster: LocalCluster) -> None:
        self._cluster = cluster

    def bring(self, entry: Entry) -> None:
        """Make or change the pods, and wait until they run."""
        for workload in addon_workloads(_addon(entry)):
            pods.apply(self._cluster.client(), workload, owner=_addon(entry))

    def remove(self, entry: Entry) -> None:
        """Delete the pods."""
        for workload in addon_workloads(_addon(entry)):
            pods.remove(self._cluster.client(), workload, owner=_addon(entry))


def _instance_type(world: World, inputs: dict[str, Any]) -> str:
    """Return the machine that the node group names, itself or in its launch template."""
    if inputs.get("instanceTypes"):
        return str(inputs["instanceTypes"][0])
    template = world.find("aws:ec2/launchTemplate:LaunchTemplate", inputs["launchTemplate"]["id"])
    if template is None:
        raise KeyError(inputs["launchTemplate"]["id"])
    return str(template.inputs["instanceType"])


def _addon(entry: Entry) -> str:
    return str(entry.inputs["addonName"])


def group_name(entry: Entry) -> str:
    """Return the physical name of a node group."""
    return str(entry.id.rpartition(":")[2])


def subnet_zone(world: World, subnet: str) -> Zone:
    """Return the zone of a subnet."""
    entry = world.find("aws:ec2/subnet:Subnet", subnet)
    if entry is None:
        raise KeyError(subnet)
    return Zone(
        name=str(entry.outputs["availabilityZone"]),
        id=str(entry.inputs["availabilityZoneId"]),
        location=entry.place.location,
    )

"""What AKS does besides keeping records: a cluster has an API server, the nodes of its pools, and pods of AKS' own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clouds.machines import INSTANCE_TYPES
from components.cluster.azure_addons import MODE_LABEL, aks_workloads
from q2o_infra.plan import wire
from sandbox.cluster import LocalCluster
from sandbox.control_plane import crds, nodes
from sandbox.control_plane.client import Client
from sandbox.control_plane.versions import BROUGHT_BY_AKS
from sandbox.standins import pods
from sandbox.standins.machines import Zone, bring_nodes, machine_node
from sandbox.world import Entry

POOL_LABEL = "kubernetes.azure.com/agentpool"
_OWNER = "aks"


class ManagedClusterConsequence:
    """The control plane, the pools that stand in the cluster's own inputs, and the pods that AKS runs."""

    def __init__(self, cluster: LocalCluster, *, progress: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._progress = progress

    def bring(self, entry: Entry) -> None:
        """Start it, make the nodes that are missing and drain those that are too many, and wait for AKS' pods."""
        self._cluster.start()
        client = self._cluster.client()
        inputs = wire.unwrap(entry.inputs)
        if (inputs.get("nodeProvisioningProfile") or {}).get("mode") == "Auto":
            crds.install(client, crds.load(BROUGHT_BY_AKS, self._progress))
        wanted = [row for pool in inputs.get("agentPoolProfiles") or [] for row in _nodes(pool, inputs)]
        bring_nodes(client, wanted, present=nodes.list_nodes(client, POOL_LABEL))
        _run_pods(client)

    def remove(self, _: Entry) -> None:
        """End it, with everything inside."""
        self._cluster.wipe()


def _run_pods(client: Client) -> None:
    for workload in aks_workloads():
        pods.apply(client, workload, owner=_OWNER)


def _nodes(pool: dict[str, Any], inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the nodes of a pool, one after another in its zones."""
    location = str(inputs["location"])
    zones = [Zone(name=f"{location}-{number}", location=location) for number in sorted(pool["availabilityZones"])]
    taints = [_taint(text) for text in pool.get("nodeTaints") or []]
    return [
        machine_node(
            name=nodes.node_name(f"aks-{pool['name']}-{index}", zones[index % len(zones)].name),
            machine=INSTANCE_TYPES[str(pool["vmSize"])],
            zone=zones[index % len(zones)],
            labels={
                **(pool.get("nodeLabels") or {}),
                POOL_LABEL: pool["name"],
                MODE_LABEL: str(pool["mode"]).lower(),
                "kubernetes.azure.com/os-sku": pool["osSKU"],
                "topology.disk.csi.azure.com/zone": zones[index % len(zones)].name,
            },
            taints=taints,
        )
        for index in range(int(pool["count"]))
    ]


def _taint(text: str) -> nodes.Taint:
    """Return the taint of a text such as `key=value:NoSchedule`."""
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    found: dict[str, nodes.Effect] = {
        "NoSchedule": "NoSchedule",
        "NoExecute": "NoExecute",
        "PreferNoSchedule": "PreferNoSchedule",
    }
    return nodes.Taint(key=key, value=value, effect=found[effect])

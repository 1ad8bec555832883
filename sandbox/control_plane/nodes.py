"""Simulated nodes: objects that look like a managed cluster's, kept alive by KWOK."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.control_plane.client import Client
from sandbox.control_plane.documents import Manifest

Effect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]

LEASE_NAMESPACE = "kube-node-lease"
FAILED_HOLDER = "q2o-sandbox-failed-node"
_NEVER_SECONDS = 10 * 365 * 24 * 3600


@dataclass(frozen=True, kw_only=True)
class NodeResources:
    """What a node has: processor time in thousandths of a core, memory and disk in binary units, a count of pods."""

    cpu_millicores: int
    memory_mib: int
    pods: int
    ephemeral_storage_gib: int = 20

    def as_quantities(self) -> dict[str, str]:
        """Return the resource list of the Kubernetes API."""
        return {
            "cpu": f"{self.cpu_millicores}m",
            "memory": f"{self.memory_mib}Mi",
            "pods": str(self.pods),
            "ephemeral-storage": f"{self.ephemeral_storage_gib}Gi",
        }


@dataclass(frozen=True, kw_only=True)
class Taint:
    """Keeps pods away that do not tolerate it."""

    key: str
    effect: Effect
    value: str = ""


def node_name(base: str, zone: str) -> str:
    """Return the name of a sandbox node: `base`, a dot, `zone`. Volumes made for its pods are bound to that zone."""
    return f"{base}.{zone}"


def node_manifest(  # noqa: PLR0913  all by name
    *,
    name: str,
    instance_type: str,
    zone: str,
    zone_id: str = "",
    region: str,
    arch: Literal["amd64", "arm64"],
    capacity: NodeResources,
    allocatable: NodeResources,
    labels: Mapping[str, str] | None = None,
    taints: Sequence[Taint] = (),
) -> Manifest:
    """Return a Node that KWOK keeps alive. `labels` come on top of the ones that every cloud's nodes have.

    `zone_id` is what AWS calls a zone by, beside its name; other clouds have none.
    """
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {
                "kubernetes.io/arch": arch,
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": instance_type,
                **({"topology.k8s.aws/zone-id": zone_id} if zone_id else {}),
                "topology.kubernetes.io/region": region,
                "topology.kubernetes.io/zone": zone,
                **(labels or {}),
            },
        },
        "spec": {
            "providerID": f"kwok://{zone}/{name}",
            "taints": [{"key": row.key, "value": row.value, "effect": row.effect} for row in taints],
        },
        "status": {
            "capacity": capacity.as_quantities(),
            "allocatable": allocatable.as_quantities(),
            "nodeInfo": {
                "architecture": arch,
                "operatingSystem": "linux",
                "bootID": "",
                "containerRuntimeVersion": "",
                "kernelVersion": "",
                "kubeProxyVersion": "",
                "kubeletVersion": "",
                "machineID": "",
                "osImage": "",
                "systemUUID": "",
            },
        },
    }


def create_nodes(client: Client, manifests: Iterable[Manifest]) -> None:
    """Create nodes; they are ready about a second later. Raises ApiError, also when one is there already."""
    for manifest in manifests:
        client.create(manifest)


def list_nodes(client: Client, label_selector: str | None = None) -> list[Manifest]:
    """Return all nodes, or those that `label_selector` chooses. Raises ApiError."""
    return client.list_objects("v1", "Node", label_selector=label_selector)


def delete_nodes(client: Client, names: Iterable[str]) -> None:
    """Delete nodes as if their machines were gone. Raises ApiError; a missing node is fine.

    The pod garbage collector removes their pods after a minute or so, as it does in a cloud.
    """
    for name in names:
        client.delete("v1", "Node", name)


def is_ready(node: Manifest) -> bool:
    """Return whether the node's Ready condition is true."""
    conditions = node.get("status", {}).get("conditions", [])
    return any(row["type"] == "Ready" and row["status"] == "True" for row in conditions)


def fail_node(client: Client, name: str) -> None:
    """Silence a node, as the loss of its machine or zone would: no more leases, heartbeats or news of its pods.

    The node-lifecycle controller marks it not ready after the control plane's `node_grace_seconds`. KWOK only speaks
    for nodes whose lease it holds, so the lease is given to a holder that never renews it. Raises ApiError, also
    when the node has no lease yet.
    """
    lease = {"spec": {"holderIdentity": FAILED_HOLDER, "leaseDurationSeconds": _NEVER_SECONDS}}
    client.patch("coordination.k8s.io/v1", "Lease", name, lease, LEASE_NAMESPACE)


def recover_node(client: Client, name: str) -> None:
    """Let a silenced node speak again: it is ready within a quarter of its lease. Raises ApiError."""
    client.delete("coordination.k8s.io/v1", "Lease", name, LEASE_NAMESPACE)


def free_leases(client: Client) -> None:
    """Delete every lease but those of failed nodes, so that a new KWOK takes the nodes over at once. Raises ApiError.

    Each KWOK process has an identity of its own and would wait for its predecessor's leases to expire.
    """
    for lease in client.list_objects("coordination.k8s.io/v1", "Lease", LEASE_NAMESPACE):
        if lease["spec"].get("holderIdentity") != FAILED_HOLDER:
            client.delete("coordination.k8s.io/v1", "Lease", lease["metadata"]["name"], LEASE_NAMESPACE)

"""A real control plane with a namespace's objects as the program makes them, and nodes that a drill looks after."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.namespaces.contract import API_NAMESPACE
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.stack_files import read_settings
from sandbox.control_plane import ports
from sandbox.control_plane.client import Client
from sandbox.control_plane.components import Settings
from sandbox.control_plane.nodes import NodeResources, node_manifest
from sandbox.control_plane.plane import ControlPlane
from sandbox.operations import OVERRIDES

Manifest = dict[str, Any]

CONTROL_NAMESPACE = f"{API_NAMESPACE}-control"
ZONES = ("a", "b", "c")
NEXT_IMAGE = f"registry.example.com/q2o/api@sha256:{'ab' * 32}"
# Whatever of the namespace bears on a rollout; network policies and secrets do not, for nothing here enforces or
# reads them.
_KINDS = (
    "PriorityClass",
    "Namespace",
    "ServiceAccount",
    "ConfigMap",
    "LimitRange",
    "ResourceQuota",
    "Service",
    "PodDisruptionBudget",
    "StatefulSet",
    "Deployment",
    "HorizontalPodAutoscaler",
)
_KWOK_ANNOTATION = "kwok.x-k8s.io/node"
# The node-lifecycle controller must not give up nodes whose kubelet sends no heartbeats.
_GRACE_SECONDS = 24 * 3600


@contextmanager
def control_plane(
    folder: Path, *, say: Any, zones: Sequence[str] = ZONES, labels: Mapping[str, str] | None = None
) -> Iterator[Client]:
    """Run a control plane with one node in each zone, with `labels`, while the block runs."""
    plane = ControlPlane(folder, ports.free_base(), Settings(node_grace_seconds=_GRACE_SECONDS))
    try:
        plane.start(say)
        for zone in zones:
            _add_node(plane.client, zone, labels or {})
        yield plane.client
    finally:
        plane.wipe()


def objects_of(stack: str, namespace: str) -> list[Manifest]:
    """Return a namespace's objects from the plan of a stack, in the order in which they can be made."""
    plan = plan_region(stack, read_settings(stack, overrides={**OVERRIDES, "phase": 1}))
    found = [row.inputs for row in plan.resources if _belongs(row.inputs, namespace)]
    return sorted(found, key=lambda manifest: _KINDS.index(manifest["kind"]))


def for_control(manifests: list[Manifest]) -> list[Manifest]:
    """Return the same objects in a namespace of their own, without the pre-stop hook."""
    copies = copy.deepcopy([manifest for manifest in manifests if manifest["kind"] != "PriorityClass"])
    for manifest in copies:
        metadata = manifest["metadata"]
        if manifest["kind"] == "Namespace":
            metadata["name"] = CONTROL_NAMESPACE
        else:
            metadata["namespace"] = CONTROL_NAMESPACE
        if manifest["kind"] == "Deployment":
            del manifest["spec"]["template"]["spec"]["containers"][0]["lifecycle"]
    return copies


def deployment_of(manifests: list[Manifest], *, image: str | None = None) -> Manifest:
    """Return the API's Deployment, with another image where one is named."""
    found = copy.deepcopy(next(row for row in manifests if row["kind"] == "Deployment"))
    if image is not None:
        found["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return found


def is_rolled_out(deployment: Manifest) -> bool:
    """Return whether only pods of the newest revision are left, and all of them count as available."""
    status = deployment.get("status") or {}
    wanted = deployment["spec"]["replicas"]
    counts = {status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")}
    seen: int = status.get("observedGeneration", 0)
    return counts == {wanted} and seen >= int(deployment["metadata"]["generation"])


def _belongs(inputs: Manifest, namespace: str) -> bool:
    kind, metadata = inputs.get("kind"), inputs.get("metadata") or {}
    if kind not in _KINDS:
        return False
    if kind == "PriorityClass":
        return True
    name = metadata.get("name") if kind == "Namespace" else metadata.get("namespace")
    return bool(name == namespace)


def _add_node(client: Client, zone: str, labels: Mapping[str, str]) -> None:
    plenty = NodeResources(cpu_millicores=32_000, memory_mib=131_072, pods=110)
    node = node_manifest(
        name=f"drill.{zone}",
        instance_type="drill",
        zone=zone,
        zone_id=zone,
        region="drill",
        arch="arm64",
        capacity=plenty,
        allocatable=plenty,
        labels=dict(labels),
    )
    del node["metadata"]["annotations"][_KWOK_ANNOTATION]
    client.create(node)
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "the drill looks after it"}
    client.patch(
        "v1", "Node", f"drill.{zone}", {"status": {**node["status"], "conditions": [ready]}}, subresource="status"
    )

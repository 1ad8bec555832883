"""A real control plane for a drill, and the objects of a stack's plan that it gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from q2o_infra.plan.region_plan import plan_region
from q2o_infra.settings import Settings
from q2o_infra.stack_files import read_settings
from sandbox.control_plane import ports
from sandbox.control_plane.client import Client
from sandbox.control_plane.components import Settings as PlaneSettings
from sandbox.control_plane.nodes import NodeResources, node_manifest
from sandbox.control_plane.plane import ControlPlane
from sandbox.operations import OVERRIDES

Manifest = dict[str, Any]

ZONES = ("a", "b", "c")
# The kinds in a namespace that a rollout depends on; network policies and secrets do not count, because nothing here
# enforces or reads them.
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
_NO_HEARTBEATS_SECONDS = 24 * 3600


def settings_of(stack: str) -> Settings:
    """Return the settings of a stack in phase 1. Raises `SettingsError`."""
    return read_settings(stack, overrides={**OVERRIDES, "phase": 1})


def objects_of(stack: str, namespace: str) -> list[Manifest]:
    """Return a namespace's objects from the plan of a stack, in the order in which they can be made.

    A plan runs an event loop of its own: make it before another one starts.
    """
    found = [row.inputs for row in plan_region(stack, settings_of(stack)).resources if _belongs(row.inputs, namespace)]
    return sorted(found, key=lambda manifest: _KINDS.index(manifest["kind"]))


@contextmanager
def control_plane(
    folder: Path, *, say: Callable[[str], None], node_grace_seconds: int = _NO_HEARTBEATS_SECONDS
) -> Iterator[ControlPlane]:
    """Run a control plane while the block runs; nothing is left of it."""
    plane = ControlPlane(folder, ports.free_base(), PlaneSettings(node_grace_seconds=node_grace_seconds))
    try:
        plane.start(say)
        yield plane
    finally:
        plane.wipe()


def add_nodes(client: Client, zones: Sequence[str] = ZONES, labels: Mapping[str, str] | None = None) -> None:
    """Add a node in each zone for the drill's own kubelet: large, ready, and not KWOK's."""
    plenty = NodeResources(cpu_millicores=32_000, memory_mib=131_072, pods=110)
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "the drill looks after it"}
    for zone in zones:
        node = node_manifest(
            name=f"drill.{zone}",
            instance_type="drill",
            zone=zone,
            zone_id=zone,
            region="drill",
            arch="arm64",
            capacity=plenty,
            allocatable=plenty,
            labels=dict(labels or {}),
        )
        del node["metadata"]["annotations"][_KWOK_ANNOTATION]
        client.create(node)
        status = {"status": {**node["status"], "conditions": [ready]}}
        client.patch("v1", "Node", f"drill.{zone}", status, subresource="status")


def is_rolled_out(workload: Manifest) -> bool:
    """Return whether only pods of the newest revision are left of a Deployment or StatefulSet, and all are ready."""
    status = workload.get("status") or {}
    wanted = workload["spec"]["replicas"]
    ready = "availableReplicas" if workload.get("kind", "Deployment") == "Deployment" else "readyReplicas"
    counts = {status.get(key, 0) for key in ("replicas", "updatedReplicas", ready)}
    seen = status.get("observedGeneration", 0) >= workload["metadata"]["generation"]
    return bool(seen and counts == {wanted} and status.get("currentRevision") == status.get("updateRevision"))


def apply_all(client: Client, manifests: Iterable[Manifest]) -> None:
    """Apply manifests in their order."""
    for manifest in manifests:
        client.apply(manifest)


def _belongs(inputs: Manifest, namespace: str) -> bool:
    kind, metadata = inputs.get("kind"), inputs.get("metadata") or {}
    if kind not in _KINDS or kind == "PriorityClass":
        return kind in _KINDS
    return bool(metadata.get("name" if kind == "Namespace" else "namespace") == namespace)

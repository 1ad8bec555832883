"""Turns the description of a set of pods into the objects that a chart, an add-on or an operator would make of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from components.base.pods import PodWorkload, WorkloadKind
from sandbox import readiness
from sandbox.control_plane.client import Client

Manifest = dict[str, Any]

FIELD_MANAGER = "q2o-stand-in"
STAND_IN_LABEL = "q2o.dev/stands-in-for"
# What Pod Security `restricted` asks for, and what the pinned charts set by default.
_RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
_IMAGE = "sandbox.invalid/stand-in"


def manifests(workload: PodWorkload, *, owner: str) -> list[Manifest]:
    """Return the objects for `workload`; `owner` is the chart, add-on or resource that they stand in for."""
    metadata = {
        "name": workload.component,
        "namespace": workload.namespace,
        "labels": {**workload.labels, STAND_IN_LABEL: owner},
    }
    objects: list[Manifest] = []
    if workload.service_account != "default":
        account = {"name": workload.service_account, "namespace": workload.namespace}
        objects.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    objects.append(
        {
            "apiVersion": "apps/v1",
            "kind": workload.kind.value,
            "metadata": metadata,
            "spec": {
                **_numbered(workload),
                "selector": {"matchLabels": dict(workload.labels)},
                "template": {"metadata": {"labels": dict(workload.labels)}, "spec": _pod(workload)},
            },
        }
    )
    if workload.disruption_max_unavailable is not None:
        objects.append(
            {
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": metadata,
                "spec": {
                    "maxUnavailable": workload.disruption_max_unavailable,
                    "selector": {"matchLabels": dict(workload.labels)},
                },
            }
        )
    return objects


def owned(manifest: Manifest, resource: Manifest) -> Manifest:
    """Return `manifest` as a dependent of `resource`: the cluster's garbage collector removes it after that."""
    reference = {
        "apiVersion": resource["apiVersion"],
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": resource["kind"],
        "name": resource["metadata"]["name"],
        "uid": resource["metadata"]["uid"],
    }
    return {**manifest, "metadata": {**manifest["metadata"], "ownerReferences": [reference]}}


def declare(client: Client, workload: PodWorkload, *, owner: str, resource: Manifest) -> None:
    """Create or change the pods as dependents of `resource`, and do not wait for them."""
    for manifest in manifests(workload, owner=owner):
        client.apply(owned(manifest, resource), field_manager=FIELD_MANAGER)


def apply(client: Client, workload: PodWorkload, *, owner: str) -> None:
    """Make or change the pods and wait until they run. Raises `SandboxError` with the scheduler's reasons."""
    for manifest in manifests(workload, owner=owner):
        client.apply(manifest, field_manager=FIELD_MANAGER)
        readiness.wait_ready(client, manifest, f"{owner}: {manifest['kind']} {workload.component}")


def remove(client: Client, workload: PodWorkload, *, owner: str) -> None:
    """Delete the pods and what belongs to them, and wait until they are gone."""
    for manifest in reversed(manifests(workload, owner=owner)):
        api_version, kind = manifest["apiVersion"], manifest["kind"]
        name, namespace = manifest["metadata"]["name"], manifest["metadata"]["namespace"]
        client.delete(api_version, kind, name, namespace, propagation="Foreground")
        readiness.wait_gone(partial(client.find, api_version, kind, name, namespace), f"{owner}: {kind} {name}")


def _numbered(workload: PodWorkload) -> Manifest:
    """Return what a Deployment and a StatefulSet say and a DaemonSet does not."""
    if workload.kind is WorkloadKind.DAEMON_SET:
        return {}
    if workload.kind is WorkloadKind.DEPLOYMENT:
        return {"replicas": workload.replicas}
    return {
        "podManagementPolicy": "Parallel",
        "replicas": workload.replicas,
        "serviceName": workload.component,
        "volumeClaimTemplates": [
            {
                "metadata": {"name": volume.name},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": f"{volume.size_gib}Gi"}},
                    "storageClassName": volume.storage_class,
                },
            }
            for volume in workload.volumes
        ],
    }


def _pod(workload: PodWorkload) -> Manifest:
    spec: Manifest = {
        "containers": [
            {
                "name": container.name,
                "image": _IMAGE,
                "resources": container.resources.rendered(),
                **({} if workload.host_network else {"securityContext": _RESTRICTED}),
            }
            for container in workload.containers
        ],
        "hostNetwork": workload.host_network,
        "nodeSelector": dict(workload.node_selector),
        "serviceAccountName": workload.service_account,
        "tolerations": [dict(row) for row in workload.tolerations],
        "topologySpreadConstraints": [dict(row) for row in workload.topology_spread],
    }
    if workload.priority_class:
        spec["priorityClassName"] = workload.priority_class
    return spec

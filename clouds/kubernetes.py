"""Kubernetes objects as Pulumi resources: which fields cannot be changed in place, and how an object is told apart.

Immutable fields: Kubernetes API reference and the validation of `k8s.io/kubernetes` (`ValidateXUpdate`).
"""

from __future__ import annotations

from typing import Any

from clouds.kind import Kind, Seconds, Subject

PREFIX = "kubernetes:"
RELEASE = "kubernetes:helm.sh/v3:Release"

_IMMUTABLE: dict[str, tuple[str, ...]] = {
    "Deployment": ("spec.selector",),
    "DaemonSet": ("spec.selector",),
    "StatefulSet": ("spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"),
    "Job": ("spec.selector", "spec.template"),
    "PersistentVolumeClaim": ("spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"),
    "PriorityClass": ("value", "preemptionPolicy"),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
    "Service": ("spec.clusterIP",),
    "StorageClass": ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
    "Secret": ("type",),
}
_ALWAYS = ("apiVersion", "kind", "metadata.name", "metadata.namespace")
_READY_SECONDS = {"Deployment": 30.0, "DaemonSet": 20.0, "Release": 45.0}


def object_id(inputs: dict[str, Any]) -> str:
    """Return `namespace/name`, or `name` for what lives in no namespace."""
    metadata = inputs.get("metadata") or {}
    name, namespace = metadata.get("name", ""), metadata.get("namespace")
    return f"{namespace}/{name}" if namespace else str(name)


def _release_id(subject: Subject) -> str:
    return f"{subject.inputs.get('namespace', 'default')}/{subject.inputs.get('name', subject.name)}"


def is_kubernetes(type_: str) -> bool:
    """Answer whether `type_` is an object in a cluster."""
    return type_.startswith(PREFIX)


def kind_of(type_: str) -> Kind:
    """Return the row of a Kubernetes type; every kind is known, because the API server checks it."""
    short = type_.rsplit(":", 1)[-1]
    seconds = Seconds(create=_READY_SECONDS.get(short, 1.0), update=_READY_SECONDS.get(short, 1.0), delete=2.0)
    if type_ == RELEASE:
        return Kind(
            type=type_,
            identity=_release_id,
            outputs=lambda subject: {"status": {"status": "deployed", "name": subject.inputs.get("name", "")}},
            required=frozenset({"chart"}),
            replaces=frozenset({"name", "namespace"}),
            seconds=seconds,
        )
    return Kind(
        type=type_,
        identity=lambda subject: object_id(subject.inputs),
        required=frozenset({"apiVersion", "kind", "metadata"}),
        replaces=frozenset((*_ALWAYS, *_IMMUTABLE.get(short, ()))),
        secret_outputs=frozenset({"data", "stringData"}) if short == "Secret" else frozenset(),
        seconds=seconds,
    )

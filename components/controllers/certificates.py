"""cert-manager, the same on every cloud: its namespace, what lets its pods in, and its release."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi_kubernetes as kubernetes
from pulumi import Resource, ResourceOptions

from components.base.labels import object_labels
from components.charts.contract import ReleaseArgs, admit_critical_pods, create_release
from components.controllers.contract import ControllersArgs
from components.controllers.values import CERT_MANAGER, CertManagerValues


def install_cert_manager(
    name: str, args: ControllersArgs, *, parent: Resource, pod_labels: Mapping[str, str] | None = None
) -> kubernetes.helm.v3.Release:
    """Install it; its pods need nodes, and names to be resolved. `pod_labels` are what the cloud knows its pods by."""
    cluster = args.cluster
    labels = object_labels(component="certificates", instance=CERT_MANAGER)
    namespace = kubernetes.core.v1.Namespace(
        f"{name}-{CERT_MANAGER}",
        metadata={
            "labels": {**labels, "pod-security.kubernetes.io/enforce": "restricted"},
            "name": CERT_MANAGER,
        },
        opts=ResourceOptions(parent=parent, deleted_with=cluster.resource),
    )
    namespace_name = namespace.metadata.name.apply(str)
    admitted = admit_critical_pods(
        name, cluster=cluster.resource, labels=labels, namespace=namespace_name, parent=parent
    )
    return create_release(
        name,
        ReleaseArgs(
            namespace=namespace_name,
            source=args.charts[CERT_MANAGER],
            values=CertManagerValues(pod_labels=pod_labels or {}).rendered(),
        ),
        after=[*cluster.system_pods, admitted],
        cluster=cluster.resource,
        parent=parent,
    )

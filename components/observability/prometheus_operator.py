"""What the Prometheus operator makes of its resource: one StatefulSet, and the Service by which its pods are found.

Names, labels, containers and requests are those of prometheus-operator 0.93.1 (`pkg/prometheus/server/statefulset.go`,
`pkg/prometheus/common.go`). The container that reloads the configuration asks for what the operator's flags say.
"""

from __future__ import annotations

import re
from typing import Any

from components.base.pods import ContainerRequest, ContainerResources, PodWorkload, VolumeRequest, WorkloadKind
from components.base.quantities import mebibytes, millicores
from components.observability.reader import GRPC_PORT
from components.observability.server import PORT

Manifest = dict[str, Any]

GOVERNING_SERVICE = "prometheus-operated"
# Defaults of the operator's flags `--config-reloader-cpu-request` and `--config-reloader-memory-request`.
RELOADER = ContainerResources(cpu_millicores=10, memory_mib=50)
_PORTS = {"web": PORT, "grpc": GRPC_PORT}


def workload(manifest: Manifest) -> PodWorkload:
    """Return the pods of a Prometheus resource."""
    name, namespace = manifest["metadata"]["name"], manifest["metadata"]["namespace"]
    spec = manifest["spec"]
    selector = selector_labels(name)
    claim = spec["storage"]["volumeClaimTemplate"]["spec"]
    return PodWorkload(
        component=f"prometheus-{name}",
        containers=tuple(_containers(spec)),
        kind=WorkloadKind.STATEFUL_SET,
        labels=selector,
        namespace=namespace,
        node_selector=spec["nodeSelector"],
        priority_class=spec["priorityClassName"],
        replicas=int(spec["replicas"]),
        # Not the resource's own account: that one is the program's, and a stand-in takes away what it brought.
        service_account="default",
        tolerations=tuple(spec["tolerations"]),
        topology_spread=tuple(spec["topologySpreadConstraints"]),
        volumes=(
            VolumeRequest(
                name=f"prometheus-{name}-db",
                size_gib=int(re.sub("Gi$", "", claim["resources"]["requests"]["storage"])),
                storage_class=claim["storageClassName"],
            ),
        ),
    )


def selector_labels(name: str) -> dict[str, str]:
    """Return the labels by which the operator selects the pods of a Prometheus resource."""
    return {
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/managed-by": "prometheus-operator",
        "app.kubernetes.io/name": "prometheus",
        "operator.prometheus.io/name": name,
        "operator.prometheus.io/shard": "0",
        "prometheus": name,
    }


def _containers(spec: Manifest) -> list[ContainerRequest]:
    found = [
        ContainerRequest(name="prometheus", resources=_parsed(spec["resources"])),
        ContainerRequest(name="config-reloader", resources=RELOADER),
    ]
    if "thanos" in spec:
        found.append(ContainerRequest(name="thanos-sidecar", resources=_parsed(spec["thanos"]["resources"])))
    return found


def _parsed(resources: Manifest) -> ContainerResources:
    return ContainerResources(
        cpu_millicores=millicores(resources["requests"]["cpu"]),
        memory_limit_mib=mebibytes(resources["limits"]["memory"]),
        memory_mib=mebibytes(resources["requests"]["memory"]),
    )


def service(manifest: Manifest) -> Manifest:
    """Return the Service that the operator makes once for all Prometheus resources of a namespace."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": GOVERNING_SERVICE, "namespace": manifest["metadata"]["namespace"]},
        "spec": {
            "clusterIP": "None",
            "ports": [{"name": name, "port": port} for name, port in _PORTS.items()],
            "selector": {"app.kubernetes.io/name": "prometheus"},
        },
    }

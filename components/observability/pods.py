"""How a Deployment of the recorder's own looks: two pods, in two zones, on the system pool, without rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi import Input

from components.base.pods import ContainerResources, system_node_selector, system_tolerations, zone_spread
from components.namespaces.contract import restricted_container, restricted_pod

REPLICAS = 2
DISRUPTION_MAX_UNAVAILABLE = 1

_GRACE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Service:
    """One container, what it listens on, and when it is ready."""

    name: str
    image: str
    args: Sequence[str]
    resources: ContainerResources
    ports: Mapping[str, int]
    health_port: str
    ready_path: str
    alive_path: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    config_map: Input[str] | None = None
    config_path: str = ""
    """Where the config map appears."""


def deployment_spec(
    service: Service,
    *,
    labels: Mapping[str, str],
    priority_class_name: Input[str],
    selector: Mapping[str, str],
    service_account_name: Input[str],
) -> Any:
    """Return the Deployment of `service`, as plain values in the API's own spelling."""
    volumes = [{"configMap": {"name": service.config_map}, "name": "config"}] if service.config_map else []
    mounts = [{"mountPath": service.config_path, "name": "config", "readOnly": True}] if service.config_map else []
    return {
        "replicas": REPLICAS,
        "revisionHistoryLimit": 5,
        "selector": {"matchLabels": dict(selector)},
        "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}, "type": "RollingUpdate"},
        "template": {
            "metadata": {"annotations": dict(service.annotations), "labels": dict(labels)},
            "spec": {
                "automountServiceAccountToken": False,
                "containers": [
                    {
                        "args": list(service.args),
                        "image": service.image,
                        "imagePullPolicy": "IfNotPresent",
                        "livenessProbe": _probe(service.alive_path, service.health_port, failures=6),
                        "name": service.name,
                        "ports": [{"containerPort": port, "name": name} for name, port in service.ports.items()],
                        "readinessProbe": _probe(service.ready_path, service.health_port, failures=2),
                        "resources": service.resources.rendered(),
                        "securityContext": restricted_container(),
                        "volumeMounts": mounts,
                    }
                ],
                "enableServiceLinks": False,
                "nodeSelector": system_node_selector(),
                "priorityClassName": priority_class_name,
                "securityContext": restricted_pod(),
                "serviceAccountName": service_account_name,
                "terminationGracePeriodSeconds": _GRACE_SECONDS,
                "tolerations": system_tolerations(),
                "topologySpreadConstraints": zone_spread(selector),
                "volumes": volumes,
            },
        },
    }


def service_spec(service: Service, *, selector: Mapping[str, str]) -> Any:
    """Return the Service, on the ports of the containers: network policies of the VPC CNI need that."""
    return {
        "ports": [
            {"name": name, "port": port, "protocol": "TCP", "targetPort": name} for name, port in service.ports.items()
        ],
        "selector": dict(selector),
        "type": "ClusterIP",
    }


def _probe(path: str, port: str, *, failures: int) -> dict[str, Any]:
    return {"failureThreshold": failures, "httpGet": {"path": path, "port": port}, "periodSeconds": 5}

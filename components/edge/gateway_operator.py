"""What Envoy Gateway makes of a Gateway: a Deployment of proxies, a Service before them, a disruption budget.

Names, labels, ports and the second container are those of Envoy Gateway v1.9.1
(`internal/infrastructure/kubernetes/proxy`). How many proxies, how large and where stands in the EnvoyProxy that the
Gateway names; it stands as long as the Gateway does.
"""

from __future__ import annotations

from typing import Any, Protocol

from components.base.pods import ContainerRequest, ContainerResources, PodWorkload, WorkloadKind
from components.base.quantities import mebibytes, millicores

Manifest = dict[str, Any]


class Objects(Protocol):
    """Where other objects are read: the API server, or a plan."""

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Manifest:
        """Return one object."""


PROXY_VERSION = "gateway.envoyproxy.io/v1alpha1"
# Requests of the container that lets the proxy drain before it ends; it has no limit (`api/v1alpha1/shared_types.go`).
SHUTDOWN = ContainerResources(cpu_millicores=10, memory_mib=32)


def workload(client: Objects, gateway: Manifest) -> PodWorkload:
    """Return the proxies of a Gateway."""
    provider = _provider(client, gateway)
    deployment, pod = provider["envoyDeployment"], provider["envoyDeployment"]["pod"]
    resources = deployment["container"]["resources"]
    return PodWorkload(
        component=deployment["name"],
        containers=(
            ContainerRequest(
                name="envoy",
                resources=ContainerResources(
                    cpu_millicores=millicores(resources["requests"]["cpu"]),
                    memory_limit_mib=mebibytes(resources["limits"]["memory"]),
                    memory_mib=mebibytes(resources["requests"]["memory"]),
                ),
            ),
            ContainerRequest(name="shutdown-manager", resources=SHUTDOWN),
        ),
        disruption_max_unavailable=provider["envoyPDB"]["maxUnavailable"],
        kind=WorkloadKind.DEPLOYMENT,
        labels=selector_labels(gateway),
        namespace=gateway["metadata"]["namespace"],
        node_selector=pod["nodeSelector"],
        priority_class=pod["priorityClassName"],
        replicas=int(deployment["replicas"]),
        service_account=provider["envoyServiceAccount"]["name"],
        tolerations=tuple(pod["tolerations"]),
        topology_spread=tuple(pod["topologySpreadConstraints"]),
    )


def service(client: Objects, gateway: Manifest) -> Manifest:
    """Return the Service before the proxies: its ports are the Gateway's, and the containers' from 1024 on."""
    found = _provider(client, gateway)["envoyService"]
    ports = {row["port"]: row for row in gateway["spec"]["listeners"]}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": found["name"],
            "namespace": gateway["metadata"]["namespace"],
            "labels": selector_labels(gateway),
            "annotations": found.get("annotations") or {},
        },
        "spec": {
            # The definition gives every EnvoyProxy one; a Service that is inside the cluster only takes none.
            **({"externalTrafficPolicy": found["externalTrafficPolicy"]} if found["type"] == "LoadBalancer" else {}),
            "ports": [
                {"name": f"http-{port}", "port": port, "protocol": "TCP", "targetPort": _container_port(port)}
                for port in ports
            ],
            "selector": selector_labels(gateway),
            "type": found["type"],
        },
    }


def status(gateway: Manifest) -> Manifest:
    """Return the conditions that Envoy Gateway sets once a proxy runs; Pulumi waits for the second one."""
    generation = gateway["metadata"].get("generation", 1)
    return {
        "conditions": [
            {
                "type": name,
                "status": "True",
                "reason": name,
                "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
                "observedGeneration": generation,
            }
            for name in ("Accepted", "Programmed")
        ]
    }


def selector_labels(gateway: Manifest) -> dict[str, str]:
    """Return the labels by which Envoy Gateway selects the proxies of a Gateway."""
    return {
        "app.kubernetes.io/component": "proxy",
        "app.kubernetes.io/managed-by": "envoy-gateway",
        "app.kubernetes.io/name": "envoy",
        "gateway.envoyproxy.io/owning-gateway-name": gateway["metadata"]["name"],
        "gateway.envoyproxy.io/owning-gateway-namespace": gateway["metadata"]["namespace"],
    }


def _container_port(port: int) -> int:
    """Envoy Gateway moves ports that need rights by 10,000."""
    return port if port >= 1024 else port + 10_000


def _provider(client: Objects, gateway: Manifest) -> Manifest:
    name = gateway["spec"]["infrastructure"]["parametersRef"]["name"]
    proxy = client.get(PROXY_VERSION, "EnvoyProxy", name, gateway["metadata"]["namespace"])
    found: Manifest = proxy["spec"]["provider"]["kubernetes"]
    return found

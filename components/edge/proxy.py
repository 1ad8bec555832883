"""What the gateway consists of, as specs of its custom resources: the proxies, the listener, how both sides are met.

Everything here is what Envoy Gateway reads; it makes the Deployment, the Service and the disruption budget of it.
"""

from __future__ import annotations

from typing import Any

from pulumi import Input

from components.cluster.contract import (
    ContainerResources,
    system_node_selector,
    system_tolerations,
    zone_spread,
)
from components.edge.contract import GATEWAY, PROXY, TRAFFIC_PORT, BalancerHabits
from components.edge.timings import (
    DRAIN_SECONDS,
    HEADERS_SECONDS,
    LEAST_DRAIN_SECONDS,
    REQUEST_SECONDS,
)
from components.namespaces.contract import API_NAMESPACE, EDGE_NAMESPACE

CONTROLLER_NAME = "gateway.envoyproxy.io/gatewayclass-controller"
GATEWAY_API = "gateway.networking.k8s.io"
ENVOY_API = "gateway.envoyproxy.io"
LISTENER = "http"
PROXY_SELECTOR = {
    "app.kubernetes.io/component": "proxy",
    "app.kubernetes.io/managed-by": "envoy-gateway",
    "app.kubernetes.io/name": "envoy",
    "gateway.envoyproxy.io/owning-gateway-name": GATEWAY,
    "gateway.envoyproxy.io/owning-gateway-namespace": EDGE_NAMESPACE,
}
"""Labels by which Envoy Gateway selects the proxies of our Gateway."""

# Without a limit on CPU it bursts: one core carries thousands of requests a second. Memory goes with connections.
RESOURCES = ContainerResources(cpu_millicores=100, memory_mib=512, memory_limit_mib=1024)
_RETRIES = 2


def proxy_spec(*, image: str, priority_class: Input[str], proxies: int) -> dict[str, Any]:
    """Return the proxies: one in each zone, on the system pool, because a spot machine gives two minutes' notice.

    A rollout adds one before it takes one away, and a drain takes one at a time.
    """
    return {
        "logging": {"level": {"default": "warn"}},
        "provider": {
            "type": "Kubernetes",
            "kubernetes": {
                "envoyDeployment": {
                    "container": {"image": image, "resources": RESOURCES.rendered()},
                    "name": PROXY,
                    "pod": {
                        "nodeSelector": system_node_selector(),
                        "priorityClassName": priority_class,
                        "tolerations": system_tolerations(),
                        "topologySpreadConstraints": zone_spread(PROXY_SELECTOR),
                    },
                    "replicas": proxies,
                    "strategy": {
                        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
                        "type": "RollingUpdate",
                    },
                },
                "envoyPDB": {"maxUnavailable": 1, "name": PROXY},
                "envoyService": {"name": PROXY, "type": "ClusterIP"},
                "envoyServiceAccount": {"name": PROXY},
            },
        },
        "shutdown": {"drainTimeout": f"{DRAIN_SECONDS}s", "minDrainDuration": f"{LEAST_DRAIN_SECONDS}s"},
        "telemetry": {"metrics": {"prometheus": {"disable": False}}},
    }


def class_spec() -> dict[str, Any]:
    """Return the class: Envoy Gateway acts on Gateways of it, with the proxies above."""
    return {"controllerName": CONTROLLER_NAME}


def gateway_spec(*, class_name: Input[str], host: str, proxy_name: Input[str]) -> dict[str, Any]:
    """Return the Gateway: one listener for one host; routes come from the API's namespace and from no other."""
    return {
        "gatewayClassName": class_name,
        "infrastructure": {"parametersRef": {"group": ENVOY_API, "kind": "EnvoyProxy", "name": proxy_name}},
        "listeners": [
            {
                "allowedRoutes": {
                    "kinds": [{"group": GATEWAY_API, "kind": "HTTPRoute"}],
                    "namespaces": {
                        "from": "Selector",
                        "selector": {"matchLabels": {"kubernetes.io/metadata.name": API_NAMESPACE}},
                    },
                },
                "hostname": host,
                "name": LISTENER,
                "port": TRAFFIC_PORT,
                "protocol": "HTTP",
            }
        ],
    }


def client_policy_spec(
    *, balancer: BalancerHabits, connections_maximum: int, gateway_name: Input[str]
) -> dict[str, Any]:
    """Return how clients are met, of whom the balancer is the only one: whose word counts, and for how long."""
    return {
        "clientIPDetection": {"xForwardedFor": {"numTrustedHops": balancer.trusted_hops}},
        "connection": {"connectionLimit": {"value": connections_maximum}},
        "targetRefs": [_target(gateway_name)],
        "timeout": {
            "http": {
                "idleTimeout": f"{balancer.proxy_idle_seconds}s",
                "requestHeadersReceivedTimeout": f"{HEADERS_SECONDS}s",
            }
        },
    }


def backend_policy_spec(*, gateway_name: Input[str]) -> dict[str, Any]:
    """Return how the API is met: what never reached a pod is tried on another one, and nothing else is.

    A pod that leaves is dropped within two seconds, in which new connections to it may be refused; these three
    triggers fire before any byte of the request was taken, so trying again repeats nothing.
    """
    return {
        "retry": {
            "numRetries": _RETRIES,
            "retryOn": {"triggers": ["connect-failure", "refused-stream", "reset-before-request"]},
        },
        "targetRefs": [_target(gateway_name)],
        "timeout": {"http": {"requestTimeout": f"{REQUEST_SECONDS}s"}},
    }


def _target(gateway_name: Input[str]) -> dict[str, Any]:
    return {"group": GATEWAY_API, "kind": "Gateway", "name": gateway_name}

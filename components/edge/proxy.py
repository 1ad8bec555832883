"""What the gateway consists of, as specs of its custom resources: the proxies, the listener, how both sides are met.

Everything here is what Envoy Gateway reads; it makes the Deployment, the Service and the disruption budget of it.
"""

from __future__ import annotations

from typing import Any

from pulumi import Input

from components.base.pods import ContainerResources, system_node_selector, system_tolerations, zone_spread
from components.edge.contract import (
    GATEWAY,
    HTTP_PORT,
    HTTPS_PORT,
    ONE_YEAR_SECONDS,
    PROXY,
    TRAFFIC_PORT,
    BalancerHabits,
    PublicService,
)
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
TLS_LISTENER = "https"
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
_ROUTES = {"group": GATEWAY_API, "kind": "HTTPRoute"}


def proxy_spec(
    *, image: str, priority_class: Input[str], proxies: int, public: PublicService | None = None
) -> dict[str, Any]:
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
                "envoyService": {"name": PROXY, **_service(public)},
                "envoyServiceAccount": {"name": PROXY},
            },
        },
        "shutdown": {"drainTimeout": f"{DRAIN_SECONDS}s", "minDrainDuration": f"{LEAST_DRAIN_SECONDS}s"},
        "telemetry": {"metrics": {"prometheus": {"disable": False}}},
    }


def _service(public: PublicService | None) -> dict[str, Any]:
    if public is None:
        return {"type": "ClusterIP"}
    return {
        "annotations": dict(public.annotations),
        # Only nodes with a proxy are asked, and clients keep their own addresses.
        "externalTrafficPolicy": "Local",
        "type": "LoadBalancer",
    }


def class_spec() -> dict[str, Any]:
    """Return the class: Envoy Gateway acts on Gateways of it, with the proxies above."""
    return {"controllerName": CONTROLLER_NAME}


def gateway_spec(
    *, class_name: Input[str], host: str, proxy_name: Input[str], public: PublicService | None = None
) -> dict[str, Any]:
    """Return the Gateway: one listener for one host; routes come from the API's namespace and from no other.

    Where TLS ends here, a second listener takes who comes without, for a route of the edge's own that sends them on.
    """
    listener: dict[str, Any] = {
        "allowedRoutes": {
            "kinds": [_ROUTES],
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
    listeners = [listener]
    if public is not None:
        listeners = [
            {
                **listener,
                "name": TLS_LISTENER,
                "port": HTTPS_PORT,
                "protocol": "HTTPS",
                "tls": {
                    "certificateRefs": [{"kind": "Secret", "name": public.certificate_secret}],
                    "mode": "Terminate",
                },
            },
            {
                "allowedRoutes": {"kinds": [_ROUTES], "namespaces": {"from": "Same"}},
                "hostname": host,
                "name": LISTENER,
                "port": HTTP_PORT,
                "protocol": "HTTP",
            },
        ]
    return {
        "gatewayClassName": class_name,
        "infrastructure": {"parametersRef": {"group": ENVOY_API, "kind": "EnvoyProxy", "name": proxy_name}},
        "listeners": listeners,
    }


def redirect_spec(*, gateway_name: Input[str], host: str) -> dict[str, Any]:
    """Return the route that sends whoever comes without TLS to the same place with it."""
    return {
        "hostnames": [host],
        "parentRefs": [{"name": gateway_name, "sectionName": LISTENER}],
        "rules": [
            {"filters": [{"requestRedirect": {"scheme": "https", "statusCode": 301}, "type": "RequestRedirect"}]}
        ],
    }


def client_policy_spec(
    *, balancer: BalancerHabits, connections_maximum: int, gateway_name: Input[str], public: PublicService | None = None
) -> dict[str, Any]:
    """Return how clients are met: whose word on their address counts, how many there may be, and for how long."""
    spec: dict[str, Any] = {
        "connection": {"connectionLimit": {"value": connections_maximum}},
        "targetRefs": [_target(gateway_name)],
        "timeout": {
            "http": {
                "idleTimeout": f"{balancer.proxy_idle_seconds}s",
                "requestHeadersReceivedTimeout": f"{HEADERS_SECONDS}s",
            }
        },
    }
    # Without a hop before it, a proxy takes the address that the connection comes from.
    if balancer.trusted_hops:
        spec["clientIPDetection"] = {"xForwardedFor": {"numTrustedHops": balancer.trusted_hops}}
    if public is not None:
        remember = {"name": "Strict-Transport-Security", "value": f"max-age={ONE_YEAR_SECONDS}"}
        spec["headers"] = {"lateResponseHeaders": {"set": [remember]}}
        spec["tls"] = {"minVersion": "1.2"}
    return spec


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

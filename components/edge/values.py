"""What Envoy Gateway's chart is told, as a type; keys are those of the chart's `values.yaml` at the pinned version.

The chart makes the controller. The proxies come of the custom resources in `proxy.py`, whose image, size and place
the controller takes from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.base.pods import ContainerResources, system_node_selector, system_tolerations, zone_spread
from components.charts.contract import CRITICAL

ENVOY_GATEWAY = "gateway-helm"
CHARTS = (ENVOY_GATEWAY,)

CONTROLLER = "envoy-gateway"
"""Name of the chart's Deployment, Service and account; the chart fixes it."""
CONTROLLER_SELECTOR = {
    "app.kubernetes.io/instance": ENVOY_GATEWAY,
    "app.kubernetes.io/name": ENVOY_GATEWAY,
    "control-plane": CONTROLLER,
}
"""Labels by which the chart selects its pods, given a release of the chart's own name."""
KUBERNETES_CLIENT = {"q2o.dev/kubernetes-api": "client"}
"""Ours, on the controller and on the job that makes its certificates: who may speak to the API server."""
CONFIGURATION_PORT = 18000
"""Where the proxies get their configuration."""

REPLICAS = 2
DISRUPTION_MAX_UNAVAILABLE = 1

_CONTROLLER = ContainerResources(cpu_millicores=100, memory_mib=256, memory_limit_mib=1024)
_CERTIFICATES = ContainerResources(cpu_millicores=10, memory_mib=64, memory_limit_mib=128)


@dataclass(frozen=True, kw_only=True)
class EnvoyGatewayValues:
    """Envoy Gateway: it configures the proxies, and is not in the way of a request."""

    certificates: ContainerResources = _CERTIFICATES
    """A job that makes the certificates between controller and proxies before the release, and ends."""
    controller: ContainerResources = _CONTROLLER
    """The chart's own figures."""

    def rendered(self) -> dict[str, Any]:
        """Return the chart's values."""
        place = {"nodeSelector": system_node_selector(), "tolerations": system_tolerations()}
        return {
            "certgen": {
                "job": {
                    **place,
                    "pod": {"labels": KUBERNETES_CLIENT},
                    "resources": self.certificates.rendered(),
                }
            },
            "deployment": {
                "envoyGateway": {"resources": self.controller.rendered()},
                "pod": {
                    **place,
                    "labels": KUBERNETES_CLIENT,
                    "topologySpreadConstraints": zone_spread(CONTROLLER_SELECTOR),
                },
                "priorityClassName": CRITICAL,
                "replicas": REPLICAS,
            },
            "podDisruptionBudget": {"maxUnavailable": DISRUPTION_MAX_UNAVAILABLE},
            # A webhook on the binding of every pod here, so that proxies prefer the API's pods of their own zone; with
            # one proxy in each zone and the API spread evenly there is little to prefer.
            "topologyInjector": {"enabled": False},
        }

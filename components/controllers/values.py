"""What each chart is told, as types: a key that no chart knows cannot be written, and no container goes unsized.

Keys are those of the charts' own `values.yaml` at the pinned versions. What all charts share: two replicas on the
system pool, one in a zone, one at a time given up to a drain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi import Input

from components.base.pods import ContainerResources, system_node_selector, system_tolerations, zone_spread
from components.charts.contract import CRITICAL

REPLICAS = 2
DISRUPTION_MAX_UNAVAILABLE = 1

CERT_MANAGER = "cert-manager"
KARPENTER = "karpenter"
KARPENTER_CRD = "karpenter-crd"
LOAD_BALANCER_CONTROLLER = "aws-load-balancer-controller"
METRICS_SERVER = "metrics-server"
CHARTS = (CERT_MANAGER, KARPENTER, KARPENTER_CRD, LOAD_BALANCER_CONTROLLER, METRICS_SERVER)


_METRICS_SERVER = ContainerResources(cpu_millicores=100, memory_mib=200)
_CAINJECTOR = ContainerResources(cpu_millicores=25, memory_mib=128, memory_limit_mib=256)
_CERT_MANAGER = ContainerResources(cpu_millicores=25, memory_mib=128, memory_limit_mib=256)
_STARTUP_CHECK = ContainerResources(cpu_millicores=10, memory_mib=32, memory_limit_mib=64)
_WEBHOOK = ContainerResources(cpu_millicores=25, memory_mib=64, memory_limit_mib=128)
_LOAD_BALANCER_CONTROLLER = ContainerResources(cpu_millicores=50, memory_mib=128, memory_limit_mib=256)
_KARPENTER = ContainerResources(cpu_millicores=250, memory_mib=512, memory_limit_mib=1024)


def selector_labels(chart: str, component: str | None = None) -> dict[str, str]:
    """Return the labels by which a chart selects its pods, given a release of the chart's own name."""
    labels = {"app.kubernetes.io/instance": chart, "app.kubernetes.io/name": component or chart}
    if chart == CERT_MANAGER:
        labels["app.kubernetes.io/component"] = component or "controller"
    return labels


def _placement(labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "nodeSelector": system_node_selector(),
        "tolerations": system_tolerations(),
        "topologySpreadConstraints": zone_spread(labels),
    }


@dataclass(frozen=True, kw_only=True)
class MetricsServerValues:
    """metrics-server: what autoscalers read."""

    resources: ContainerResources = _METRICS_SERVER
    """The project's own figure for clusters of up to 100 nodes (its README, "Scaling")."""

    def rendered(self) -> dict[str, Any]:
        """Return the chart's values."""
        return {
            **_placement(selector_labels(METRICS_SERVER)),
            "podDisruptionBudget": {"enabled": True, "maxUnavailable": DISRUPTION_MAX_UNAVAILABLE},
            "replicas": REPLICAS,
            "resources": self.resources.rendered(),
        }


@dataclass(frozen=True, kw_only=True)
class CertManagerValues:
    """cert-manager: certificates inside the cluster."""

    cainjector: ContainerResources = _CAINJECTOR
    controller: ContainerResources = _CERT_MANAGER
    namespace: str = CERT_MANAGER
    """Also where leaders are elected; by default that would be `kube-system`."""
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    """The cloud's own, on the controller's pods: what gives them an identity."""
    startup_check: ContainerResources = _STARTUP_CHECK
    """A job that ends once the webhook answers; the release is not done before."""
    webhook: ContainerResources = _WEBHOOK

    def rendered(self) -> dict[str, Any]:
        """Return the chart's values."""
        return {
            **self._component(self.controller, None),
            **({"podLabels": dict(self.pod_labels)} if self.pod_labels else {}),
            "cainjector": self._component(self.cainjector, "cainjector"),
            # Kept when the release goes: deleting the definitions would delete every certificate.
            "crds": {"enabled": True, "keep": True},
            "global": {"leaderElection": {"namespace": self.namespace}, "priorityClassName": CRITICAL},
            "startupapicheck": {
                "nodeSelector": system_node_selector(),
                "resources": self.startup_check.rendered(),
                "timeout": "5m",
                "tolerations": system_tolerations(),
            },
            "webhook": self._component(self.webhook, "webhook"),
        }

    def _component(self, resources: ContainerResources, component: str | None) -> dict[str, Any]:
        return {
            **_placement(selector_labels(CERT_MANAGER, component)),
            "podDisruptionBudget": {"enabled": True, "maxUnavailable": DISRUPTION_MAX_UNAVAILABLE},
            "replicaCount": REPLICAS,
            "resources": resources.rendered(),
        }


@dataclass(frozen=True, kw_only=True)
class LoadBalancerControllerValues:
    """AWS Load Balancer Controller, cut down to what is left for it: target-group bindings.

    Load balancers belong to the program, so everything by which the controller would make one is off; its identity
    could not make one either.
    """

    cluster_name: str
    location: str
    network_id: Input[str]
    """Given, because pods cannot ask the machine's metadata service for it."""
    resources: ContainerResources = _LOAD_BALANCER_CONTROLLER

    def rendered(self) -> dict[str, Any]:
        """Return the chart's values."""
        return {
            **_placement(selector_labels(LOAD_BALANCER_CONTROLLER)),
            "clusterName": self.cluster_name,
            "controllerConfig": {
                "featureGates": {"ALBGatewayAPI": False, "EnableServiceController": False, "NLBGatewayAPI": False}
            },
            "createIngressClassResource": False,
            "defaultTargetType": "ip",
            "enableBackendSecurityGroup": False,
            # On, it would answer for every Service of type LoadBalancer, and none could be made while it is down.
            "enableServiceMutatorWebhook": False,
            "enableShield": False,
            "enableWaf": False,
            "enableWafv2": False,
            "ingressClassParams": {"create": False},
            # Otherwise each upgrade makes a new certificate, and calls fail until all pods have it.
            "keepTLSSecret": True,
            "podDisruptionBudget": {"maxUnavailable": DISRUPTION_MAX_UNAVAILABLE},
            "region": self.location,
            "replicaCount": REPLICAS,
            "resources": self.resources.rendered(),
            "serviceAccount": {"create": True, "name": LOAD_BALANCER_CONTROLLER},
            "vpcId": self.network_id,
            "webhookConfig": {"disableIngressValidation": True},
        }


@dataclass(frozen=True, kw_only=True)
class KarpenterValues:
    """Karpenter: nodes for pods that fit on none."""

    cluster_name: str
    interruption_queue: Input[str]
    """Name of the queue that tells of machines about to be taken away."""
    location: str
    """Given, because pods cannot ask the machine's metadata service for it."""
    resources: ContainerResources = _KARPENTER
    """Well below the chart's example of 1 CPU and 1 GiB, which is for thousands of nodes; up to 100 here."""

    def rendered(self) -> dict[str, Any]:
        """Return the chart's values."""
        return {
            **_placement(selector_labels(KARPENTER)),
            "controller": {
                "env": [{"name": "AWS_REGION", "value": self.location}],
                "resources": self.resources.rendered(),
            },
            "podDisruptionBudget": {"maxUnavailable": DISRUPTION_MAX_UNAVAILABLE, "name": KARPENTER},
            "replicas": REPLICAS,
            "serviceAccount": {"create": True, "name": KARPENTER},
            "settings": {
                "clusterName": self.cluster_name,
                "eksControlPlane": True,
                "interruptionQueue": self.interruption_queue,
            },
        }

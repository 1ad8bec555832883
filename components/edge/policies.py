"""Who may talk to whom in the edge's namespace: nobody, except through the openings named here."""

from __future__ import annotations

from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import IPBlockArgs, NetworkPolicyPeerArgs

from components.edge.contract import HEALTH_PORT, METRICS_PORT, TLS_PORT, TRAFFIC_PORT, EdgeArgs, PublicService
from components.edge.proxy import PROXY_SELECTOR
from components.edge.values import CONFIGURATION_PORT, CONTROLLER_SELECTOR, KUBERNETES_CLIENT
from components.namespaces.contract import (
    API_NAMESPACE,
    HTTPS_PORT,
    OBSERVABILITY_NAMESPACE,
    Openings,
    egress,
    from_namespace,
    ingress,
    to_dns,
)

API_PORT = 8080
"""Port of the API's containers and Service."""


def edge_openings(args: EdgeArgs, public: PublicService | None = None) -> Openings:
    """Return what the edge may do: answer the balancer, ask the API, be configured, be measured, resolve names.

    Where the proxies' own Service is the way in, the cluster leads a pod that asks for the public address straight to a
    proxy, as the pod that it is and not as an address; so the prober is let in by its namespace.
    """
    balancer = [_block(addresses) for addresses in map(str, args.balancer_addresses)]
    kubernetes = [_block(addresses) for addresses in map(str, args.kubernetes_addresses)]
    ports = public.ports.values() if public else (TRAFFIC_PORT, HEALTH_PORT)
    prober = (
        {"from-prober": ingress([_namespace(OBSERVABILITY_NAMESPACE)], TLS_PORT, pods=PROXY_SELECTOR)} if public else {}
    )
    return {
        "to-dns": to_dns(),
        "from-balancer": ingress(balancer, *ports, pods=PROXY_SELECTOR),
        "to-api": egress([_namespace(API_NAMESPACE)], API_PORT, pods=PROXY_SELECTOR),
        "to-configuration": egress([_pods(CONTROLLER_SELECTOR)], CONFIGURATION_PORT, pods=PROXY_SELECTOR),
        "from-proxies": ingress([_pods(PROXY_SELECTOR)], CONFIGURATION_PORT, pods=CONTROLLER_SELECTOR),
        "to-kubernetes": egress(kubernetes, HTTPS_PORT, pods=KUBERNETES_CLIENT),
        "from-observability": from_namespace(OBSERVABILITY_NAMESPACE, METRICS_PORT),
        **prober,
    }


def _block(addresses: str) -> NetworkPolicyPeerArgs:
    return NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=addresses))


def _pods(labels: dict[str, str]) -> NetworkPolicyPeerArgs:
    return NetworkPolicyPeerArgs(pod_selector=LabelSelectorArgs(match_labels=labels))


def _namespace(name: str) -> NetworkPolicyPeerArgs:
    # With a pod selector beside it, the VPC CNI also opens the addresses of the Services in front of those pods.
    return NetworkPolicyPeerArgs(
        namespace_selector=LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": name}),
        pod_selector=LabelSelectorArgs(),
    )

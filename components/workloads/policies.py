"""Who may talk to whom: nobody, except through the openings named here.

The openings of a namespace are a dict from the opening's name to its spec, so that each stays one object with one
reason. The address of Pod Identity's agent (169.254.170.23) is closed: no workload has an identity in the cloud.
"""

from __future__ import annotations

from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
    NetworkPolicySpecArgs,
)

from components.workloads.contract import AGENTS_NAMESPACE, API_NAMESPACE, GATEWAY_NAMESPACE, PORT

_EVERY_POD = LabelSelectorArgs()
_HTTPS_PORT = 443
_DNS_PORT = 53
# Private (RFC 1918), shared (RFC 6598) and link-local (RFC 3927) addresses: the clusters themselves, whatever is
# peered to them, and the clouds' metadata services at 169.254.169.254.
_NOT_THE_INTERNET = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")

Openings = dict[str, NetworkPolicySpecArgs]


def default_deny() -> NetworkPolicySpecArgs:
    """Return the policy that closes a namespace in both directions."""
    return NetworkPolicySpecArgs(pod_selector=_EVERY_POD, policy_types=["Ingress", "Egress"])


def api_openings() -> Openings:
    """Return what the API may do: answer the gateway and the agents, hand work to the agents, resolve names."""
    return {
        "to-dns": _to_dns(),
        "from-gateway": _from_namespace(GATEWAY_NAMESPACE),
        "from-agents": _from_namespace(AGENTS_NAMESPACE),
        "to-agents": _to_namespace(AGENTS_NAMESPACE),
    }


def agents_openings() -> Openings:
    """Return what agents may do: take work from the API, report to it, call LLM providers, resolve names."""
    return {
        "to-dns": _to_dns(),
        "from-api": _from_namespace(API_NAMESPACE),
        "to-api": _to_namespace(API_NAMESPACE),
        "to-llm-providers": _to_the_internet(),
    }


def _namespace(name: str) -> LabelSelectorArgs:
    return LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": name})


def _tcp(port: int) -> NetworkPolicyPortArgs:
    return NetworkPolicyPortArgs(port=port, protocol="TCP")


def _from_namespace(name: str) -> NetworkPolicySpecArgs:
    return NetworkPolicySpecArgs(
        pod_selector=_EVERY_POD,
        policy_types=["Ingress"],
        ingress=[
            NetworkPolicyIngressRuleArgs(
                from_=[NetworkPolicyPeerArgs(namespace_selector=_namespace(name))], ports=[_tcp(PORT)]
            )
        ],
    )


def _egress(peer: NetworkPolicyPeerArgs, *ports: NetworkPolicyPortArgs) -> NetworkPolicySpecArgs:
    return NetworkPolicySpecArgs(
        pod_selector=_EVERY_POD,
        policy_types=["Egress"],
        egress=[NetworkPolicyEgressRuleArgs(to=[peer], ports=list(ports))],
    )


def _to_namespace(name: str) -> NetworkPolicySpecArgs:
    # With a pod selector beside it, the VPC CNI also opens the addresses of the Services in front of those pods.
    peer = NetworkPolicyPeerArgs(namespace_selector=_namespace(name), pod_selector=_EVERY_POD)
    return _egress(peer, _tcp(PORT))


def _to_dns() -> NetworkPolicySpecArgs:
    peer = NetworkPolicyPeerArgs(
        namespace_selector=_namespace("kube-system"),
        pod_selector=LabelSelectorArgs(match_labels={"k8s-app": "kube-dns"}),
    )
    return _egress(peer, _tcp(_DNS_PORT), NetworkPolicyPortArgs(port=_DNS_PORT, protocol="UDP"))


def _to_the_internet() -> NetworkPolicySpecArgs:
    # Providers answer from changing addresses, and a NetworkPolicy cannot name hosts.
    block = IPBlockArgs(cidr="0.0.0.0/0", except_=list(_NOT_THE_INTERNET))
    return _egress(NetworkPolicyPeerArgs(ip_block=block), _tcp(_HTTPS_PORT))

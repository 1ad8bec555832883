"""The platform's namespaces, and what each closed one consists of.

A namespace is closed in both directions; its component names the openings, and builds them from these. One file of
names, because a policy names the namespaces of others.
"""

from __future__ import annotations

from pulumi_kubernetes.core.v1 import (
    CapabilitiesArgs,
    PodSecurityContextArgs,
    SeccompProfileArgs,
    SecurityContextArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
    NetworkPolicySpecArgs,
)

AGENTS_NAMESPACE = "q2o-agents"
API_NAMESPACE = "q2o-api"
BUDGET_NAMESPACE = "q2o-budget"
DATA_NAMESPACE = "q2o-data"
EDGE_NAMESPACE = "q2o-edge"
OBSERVABILITY_NAMESPACE = "q2o-observability"

USER_ID = 10001
"""User and group of every container of the platform that has no user of its own to keep."""

HTTPS_PORT = 443
_DNS_PORT = 53
# Private (RFC 1918), shared (RFC 6598) and link-local (RFC 3927) addresses: the clusters themselves, whatever is
# peered to them, and the clouds' metadata services at 169.254.169.254.
_NOT_THE_INTERNET = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")

Openings = dict[str, NetworkPolicySpecArgs]
"""From an opening's name to its spec, so that each stays one object with one reason."""


def pod_security_labels(kubernetes_minor: str) -> dict[str, str]:
    """Return the labels by which Pod Security refuses, warns about and logs what is not `restricted`.

    The version is pinned, so that an upgraded cluster does not judge running workloads by new rules unasked.
    """
    return {
        f"pod-security.kubernetes.io/{mode}{suffix}": value
        for mode in ("audit", "enforce", "warn")
        for suffix, value in (("", "restricted"), ("-version", f"v{kubernetes_minor}"))
    }


def restricted_pod(*, user_id: int = USER_ID, volumes_group: int | None = None) -> PodSecurityContextArgs:
    """Return what Pod Security `restricted` asks of a pod; `volumes_group` owns the files of its volumes."""
    return PodSecurityContextArgs(
        fs_group=volumes_group,
        fs_group_change_policy=None if volumes_group is None else "OnRootMismatch",
        run_as_group=user_id,
        run_as_non_root=True,
        run_as_user=user_id,
        seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
    )


def restricted_container() -> SecurityContextArgs:
    """Return what Pod Security `restricted` asks of a container, and a root file system that nobody writes to."""
    return SecurityContextArgs(
        allow_privilege_escalation=False,
        capabilities=CapabilitiesArgs(drop=["ALL"]),
        read_only_root_filesystem=True,
    )


def default_deny() -> NetworkPolicySpecArgs:
    """Return the policy that closes a namespace in both directions."""
    return NetworkPolicySpecArgs(pod_selector=LabelSelectorArgs(), policy_types=["Ingress", "Egress"])


def ingress(
    peers: list[NetworkPolicyPeerArgs], *ports: int, pods: dict[str, str] | None = None
) -> NetworkPolicySpecArgs:
    """Return the opening that lets `peers` reach TCP `ports` of the pods with labels `pods`, of all pods by default."""
    return NetworkPolicySpecArgs(
        pod_selector=LabelSelectorArgs(match_labels=pods),
        policy_types=["Ingress"],
        ingress=[NetworkPolicyIngressRuleArgs(from_=peers, ports=[_port(port) for port in ports])],
    )


def egress(
    peers: list[NetworkPolicyPeerArgs], *ports: int, pods: dict[str, str] | None = None
) -> NetworkPolicySpecArgs:
    """Return the opening that lets pods with labels `pods`, all by default, reach TCP `ports` of `peers`."""
    return _egress(peers, [_port(port) for port in ports], pods)


def from_namespace(name: str, *ports: int) -> NetworkPolicySpecArgs:
    """Return the opening that lets every pod of namespace `name` in, to TCP `ports`."""
    return ingress([NetworkPolicyPeerArgs(namespace_selector=_namespace(name))], *ports)


def to_namespace(name: str, *ports: int) -> NetworkPolicySpecArgs:
    """Return the opening to every pod of namespace `name`, on TCP `ports`."""
    # With a pod selector beside it, the VPC CNI also opens the addresses of the Services in front of those pods.
    peer = NetworkPolicyPeerArgs(namespace_selector=_namespace(name), pod_selector=LabelSelectorArgs())
    return egress([peer], *ports)


def to_dns() -> NetworkPolicySpecArgs:
    """Return the opening to the cluster's name servers."""
    peer = NetworkPolicyPeerArgs(
        namespace_selector=_namespace("kube-system"),
        pod_selector=LabelSelectorArgs(match_labels={"k8s-app": "kube-dns"}),
    )
    return _egress([peer], [_port(_DNS_PORT), NetworkPolicyPortArgs(port=_DNS_PORT, protocol="UDP")], None)


def to_the_internet(*, pods: dict[str, str] | None = None) -> NetworkPolicySpecArgs:
    """Return the opening to HTTPS outside of every network of the platform.

    Who is called answers from changing addresses, and a NetworkPolicy cannot name hosts.
    """
    block = IPBlockArgs(cidr="0.0.0.0/0", except_=list(_NOT_THE_INTERNET))
    return egress([NetworkPolicyPeerArgs(ip_block=block)], HTTPS_PORT, pods=pods)


def _egress(
    peers: list[NetworkPolicyPeerArgs], ports: list[NetworkPolicyPortArgs], pods: dict[str, str] | None
) -> NetworkPolicySpecArgs:
    return NetworkPolicySpecArgs(
        pod_selector=LabelSelectorArgs(match_labels=pods),
        policy_types=["Egress"],
        egress=[NetworkPolicyEgressRuleArgs(to=peers, ports=ports)],
    )


def _namespace(name: str) -> LabelSelectorArgs:
    return LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": name})


def _port(port: int) -> NetworkPolicyPortArgs:
    return NetworkPolicyPortArgs(port=port, protocol="TCP")

"""Who may talk to whom in the recorder's namespace: nobody, except through the openings named here.

Whoever is scraped opens its own side. People read by `kubectl port-forward`, which comes from the node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import Input

from components.observability import prober, reader
from components.observability.contract import OPERATOR_CHART, READER_PORT, EvidenceRecorderArgs, PodMetrics
from components.observability.server import PORT, SERVER_LABELS, SIDECAR_PORT

Openings = dict[str, dict[str, Any]]

OPERATOR_LABELS = {"app": f"{OPERATOR_CHART}-operator"}

_DNS_PORT = 53
_HTTPS_PORT = 443
# Private (RFC 1918), shared (RFC 6598) and link-local (RFC 3927) addresses.
_NOT_THE_INTERNET = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")


def openings(args: EvidenceRecorderArgs, *, prober_labels: Mapping[str, str]) -> Openings:
    """Return every policy of the namespace by its name."""
    inside = [{"podSelector": {}}]
    inside_ports = _tcp(PORT, prober.PORT, READER_PORT, reader.GRPC_PORT)
    clusters = [{"ipBlock": {"cidr": str(addresses)}} for addresses in args.cluster_addresses]
    scraped = {"api": args.api, "gateway": args.gateway, "redis": args.redis}
    found: Openings = {
        "default-deny": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        "to-dns": _egress({}, [_named("kube-system", {"k8s-app": "kube-dns"})], [*_tcp(_DNS_PORT), *_udp(_DNS_PORT)]),
        "from-inside": {
            "ingress": [{"from": inside, "ports": inside_ports}],
            "podSelector": {},
            "policyTypes": ["Ingress"],
        },
        "to-inside": _egress({}, inside, inside_ports),
        "operator-to-api-server": _egress(OPERATOR_LABELS, clusters, _tcp(_HTTPS_PORT)),
        "server-to-api-server": _egress(SERVER_LABELS, clusters, _tcp(_HTTPS_PORT)),
        "prober-to-api": _egress(prober_labels, [_pods_of(args.api)], _tcp(args.api.port)),
        **{
            f"server-to-{name}": _egress(SERVER_LABELS, [_pods_of(metrics)], _tcp(metrics.port))
            for name, metrics in scraped.items()
            if metrics is not None
        },
    }
    if args.public_url is not None:
        world = [{"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_NOT_THE_INTERNET)}}]
        found["prober-to-edge"] = _egress(prober_labels, world, _tcp(_HTTPS_PORT))
    return found


def _egress(
    pods: Mapping[str, str], peers: Sequence[Mapping[str, Any]], ports: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "egress": [{"ports": list(ports), "to": list(peers)}],
        "podSelector": {"matchLabels": dict(pods)} if pods else {},
        "policyTypes": ["Egress"],
    }


def _pods_of(metrics: PodMetrics) -> dict[str, Any]:
    return _named(metrics.namespace, metrics.labels)


def _named(namespace: Input[str], labels: Mapping[str, str]) -> dict[str, Any]:
    # With a pod selector beside it, the VPC CNI also opens the addresses of the Services in front of those pods.
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "podSelector": {"matchLabels": dict(labels)},
    }


def _tcp(*ports: int) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": "TCP"} for port in dict.fromkeys(ports)]


def _udp(port: int) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": "UDP"}]

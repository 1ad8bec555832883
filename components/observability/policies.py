"""Who may talk to whom in the recorder's namespace: nobody, except through the openings named here.

Whoever is scraped opens its own side. People read by `kubectl port-forward`, which comes from the node.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import IPBlockArgs, NetworkPolicyPeerArgs

from components.namespaces.contract import (
    HTTPS_PORT,
    Openings,
    default_deny,
    egress,
    ingress,
    to_dns,
    to_the_internet,
)
from components.observability import prober, reader
from components.observability.contract import OPERATOR_CHART, READER_PORT, EvidenceRecorderArgs, PodMetrics
from components.observability.server import PORT, SERVER_LABELS

OPERATOR_LABELS = {"app": f"{OPERATOR_CHART}-operator"}


def openings(args: EvidenceRecorderArgs, *, prober_labels: Mapping[str, str]) -> Openings:
    """Return every policy of the namespace by its name."""
    probes = dict(prober_labels)
    inside = [NetworkPolicyPeerArgs(pod_selector=LabelSelectorArgs())]
    inside_ports = (PORT, prober.PORT, READER_PORT, reader.GRPC_PORT)
    cluster = [NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=str(addresses))) for addresses in args.cluster_addresses]
    scraped = {"api": args.api, "gateway": args.gateway, "redis": args.redis}
    found: Openings = {
        "default-deny": default_deny(),
        "to-dns": to_dns(),
        "from-inside": ingress(inside, *inside_ports),
        "to-inside": egress(inside, *inside_ports),
        "operator-to-api-server": egress(cluster, HTTPS_PORT, pods=OPERATOR_LABELS),
        "server-to-api-server": egress(cluster, HTTPS_PORT, pods=SERVER_LABELS),
        "prober-to-api": egress([_pods_of(args.api)], args.api.port, pods=probes),
        **{
            f"server-to-{name}": egress([_pods_of(metrics)], metrics.port, pods=SERVER_LABELS)
            for name, metrics in scraped.items()
            if metrics is not None
        },
    }
    if args.public_url is not None:
        found["prober-to-edge"] = to_the_internet(pods=probes)
    if args.gateway is not None and args.proxy_port is not None:
        found["prober-to-proxies"] = egress([_pods_of(args.gateway)], args.proxy_port, pods=probes)
    return found


def _pods_of(metrics: PodMetrics) -> NetworkPolicyPeerArgs:
    # With a pod selector beside it, the VPC CNI also opens the addresses of the Services in front of those pods.
    return NetworkPolicyPeerArgs(
        namespace_selector=LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": metrics.namespace}),
        pod_selector=LabelSelectorArgs(match_labels=dict(metrics.labels)),
    )

"""Who may talk to whom in the data namespace: nobody, except through the openings named here."""

from __future__ import annotations

from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import IPBlockArgs, NetworkPolicyPeerArgs, NetworkPolicySpecArgs

from components.namespaces.contract import (
    AGENTS_NAMESPACE,
    API_NAMESPACE,
    OBSERVABILITY_NAMESPACE,
    Openings,
    default_deny,
    egress,
    ingress,
    to_dns,
    to_the_internet,
)
from components.redis.contract import BUS_PORT, EXPORTER_PORT, PORT, BackupArgs
from components.redis.labels import BACKUP_PODS, NODE_PODS


def openings(backups: BackupArgs | None) -> Openings:
    """Return what nodes and backups may do. Names are resolved by all, the way out is the backups' alone."""
    nodes = [NetworkPolicyPeerArgs(pod_selector=LabelSelectorArgs(match_labels=NODE_PODS))]
    found = {
        "to-dns": to_dns(),
        "from-clients": _from_namespaces((API_NAMESPACE, AGENTS_NAMESPACE), PORT),
        "from-prometheus": _from_namespaces((OBSERVABILITY_NAMESPACE,), EXPORTER_PORT),
        "from-nodes": ingress(nodes, PORT, BUS_PORT, pods=NODE_PODS),
        "to-nodes": egress(nodes, PORT, BUS_PORT, pods=NODE_PODS),
    }
    if backups:
        backup = [NetworkPolicyPeerArgs(pod_selector=LabelSelectorArgs(match_labels=BACKUP_PODS))]
        found["from-backups"] = ingress(backup, PORT, pods=NODE_PODS)
        found["backups-to-nodes"] = egress(nodes, PORT, pods=BACKUP_PODS)
        if source := backups.credential_source:
            agent = [NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=source.cidr))]
            found["backups-to-identity"] = egress(agent, source.port, pods=BACKUP_PODS)
        found["backups-to-object-store"] = to_the_internet(pods=BACKUP_PODS)
    return {"default-deny": default_deny(), **found}


def _from_namespaces(names: tuple[str, ...], port: int) -> NetworkPolicySpecArgs:
    peers = [
        NetworkPolicyPeerArgs(namespace_selector=LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": name}))
        for name in names
    ]
    return ingress(peers, port, pods=NODE_PODS)

"""Who vouches for the nodes: an authority of the cluster's own, and the certificate that all six nodes show.

The authority is a ClusterIssuer, because clients in other namespaces get it with a certificate of theirs. Its key lies
where cert-manager looks for those of ClusterIssuers: in cert-manager's own namespace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.redis.contract import CLIENT_ISSUER, HOST, NODES_DOMAIN
from components.redis.statefulset import TLS_SECRET
from components.redis.topology import Node

API_VERSION = "cert-manager.io/v1"
AUTHORITY = "q2o-redis-authority"
AUTHORITY_NAMESPACE = "cert-manager"
SELF_SIGNED = "q2o-redis-self-signed"

_AUTHORITY_HOURS = 10 * 365 * 24
_LIFETIME_HOURS = 90 * 24
_RENEWED_BEFORE_HOURS = 30 * 24
_KEY = {"algorithm": "ECDSA", "size": 256}


def node_host(node: Node) -> str:
    """Return the name that a node announces and that its certificate carries."""
    return f"{node.name}.{NODES_DOMAIN}"


def authority_spec() -> dict[str, Any]:
    """Return the authority's certificate, signed by itself."""
    return {
        "commonName": AUTHORITY,
        "duration": f"{_AUTHORITY_HOURS}h",
        "isCA": True,
        "issuerRef": _issuer(SELF_SIGNED),
        # A renewed authority with another key would be trusted by nobody who holds the old one.
        "privateKey": {**_KEY, "rotationPolicy": "Never"},
        "secretName": AUTHORITY,
    }


def node_certificate_spec(nodes: Sequence[Node]) -> dict[str, Any]:
    """Return the certificate of the nodes: for what they announce, for what clients discover them by, for the bus.

    The bus asks both sides for one, so it is a client's too.
    """
    return {
        "commonName": HOST,
        "dnsNames": [HOST, f"*.{NODES_DOMAIN}", *(node_host(node) for node in nodes)],
        "duration": f"{_LIFETIME_HOURS}h",
        "issuerRef": _issuer(CLIENT_ISSUER),
        "privateKey": {**_KEY, "rotationPolicy": "Always"},
        "renewBefore": f"{_RENEWED_BEFORE_HOURS}h",
        "secretName": TLS_SECRET,
        "usages": ["digital signature", "server auth", "client auth"],
    }


def self_signed_spec() -> dict[str, Any]:
    """Return the issuer that lets the authority sign itself."""
    return {"selfSigned": {}}


def issuer_spec() -> dict[str, Any]:
    """Return the issuer behind every certificate but the authority's."""
    return {"ca": {"secretName": AUTHORITY}}


def _issuer(name: str) -> Mapping[str, str]:
    return {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": name}

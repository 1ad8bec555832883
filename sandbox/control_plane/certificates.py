"""One certificate authority per control plane, and what it signs."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import trustme

from sandbox.control_plane import cache
from sandbox.control_plane.layout import Certificates

_SERVER_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "127.0.0.1")
_ADMIN = "q2o-sandbox-admin"


def ensure(certificates: Certificates) -> None:
    """Write authority, server, administrator and service account keys unless they are there. All or none."""
    if certificates.folder.exists():
        return
    with cache.filling(certificates.folder) as temporary:
        _write_all(Certificates(temporary))


def kubeconfig(certificates: Certificates, server: str) -> str:
    """Return a self-contained kubeconfig (JSON, which is YAML) for the administrator at `server`."""

    def embedded(path: Path) -> str:
        return base64.b64encode(path.read_bytes()).decode()

    cluster = {"server": server, "certificate-authority-data": embedded(certificates.authority)}
    user = {
        "client-certificate-data": embedded(certificates.admin),
        "client-key-data": embedded(certificates.admin_key),
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sandbox", "cluster": cluster}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "admin"}}],
        "current-context": "sandbox",
    }
    return json.dumps(config, indent=2) + "\n"


def _write_all(certificates: Certificates) -> None:
    authority = trustme.CA(path_length=0, organization_name="q2o-sandbox")
    server = authority.issue_cert(*_SERVER_NAMES, organization_name="q2o-sandbox")
    # Kubernetes takes the user from the common name and his groups from the organisation. Go refuses a certificate
    # whose list of names is critical and empty, so it has one.
    admin = authority.issue_cert(_ADMIN, common_name=_ADMIN, organization_name="system:masters")
    accounts = authority.issue_cert("service-accounts")
    for path, content in (
        (certificates.authority, authority.cert_pem),
        (certificates.authority_key, authority.private_key_pem),
        (certificates.server, server.cert_chain_pems[0]),
        (certificates.server_key, server.private_key_pem),
        (certificates.admin, admin.cert_chain_pems[0]),
        (certificates.admin_key, admin.private_key_pem),
        (certificates.accounts_key, accounts.private_key_pem),
    ):
        path.touch(mode=0o600)
        path.write_bytes(content.bytes())

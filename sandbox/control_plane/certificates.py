"""One certificate authority per control plane, and what it signs."""

from __future__ import annotations

import base64
import ipaddress
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.control_plane import cache
from sandbox.control_plane.layout import Certificates

_VALID = timedelta(days=3650)
_SERVER_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")


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
    authority_key = ec.generate_private_key(ec.SECP256R1())
    subject = _name("q2o-sandbox")
    authority = (
        _builder(subject, subject, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    _write(certificates.authority, certificates.authority_key, authority, authority_key)

    names: list[x509.GeneralName] = [x509.DNSName(name) for name in _SERVER_NAMES]
    names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    server_key = ec.generate_private_key(ec.SECP256R1())
    server = (
        _builder(_name("sandbox"), subject, server_key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write(certificates.server, certificates.server_key, server, server_key)

    admin_key = ec.generate_private_key(ec.SECP256R1())
    admin = (
        _builder(_name("q2o-sandbox-admin", organisation="system:masters"), subject, admin_key)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write(certificates.admin, certificates.admin_key, admin, admin_key)

    accounts_key = ec.generate_private_key(ec.SECP256R1())
    _write_private(certificates.accounts_key, _pem(accounts_key))
    certificates.accounts.write_bytes(
        accounts_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def _name(common: str, *, organisation: str | None = None) -> x509.Name:
    rows = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organisation is not None:
        rows.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(rows)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, key_path: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_private(key_path, _pem(key))


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)

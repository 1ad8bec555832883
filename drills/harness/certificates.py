"""Files that a pod mounts, and certificates: what cert-manager or Pulumi does in a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import trustme


def issue(names: Sequence[str]) -> dict[str, bytes]:
    """Return a certificate for host names, its key and its authority, as the three files of a TLS secret."""
    authority = trustme.CA()
    issued = authority.issue_cert(*names)
    (certificate,) = issued.cert_chain_pems
    return {
        "ca.crt": authority.cert_pem.bytes(),
        "tls.crt": certificate.bytes(),
        "tls.key": issued.private_key_pem.bytes(),
    }


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` into `folder`, readable by this user only."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_bytes(content)

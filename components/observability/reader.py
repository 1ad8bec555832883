"""Thanos' querier: one answer out of two servers, where one fills the other's gaps.

It keeps nothing. It finds the servers' sidecars by name and takes away the label in which their series differ.
"""

from __future__ import annotations

import json

from components.observability.contract import (
    NAMESPACE,
    READER_PORT,
    READER_SERVICE,
    REPLICA_LABEL,
    EvidenceRecorderArgs,
)
from components.observability.pods import Service

GRPC_PORT = 10901

# The operator makes this headless Service for all its servers; with a sidecar it has the port `grpc`.
_SIDECARS = f"dnssrv+_grpc._tcp.prometheus-operated.{NAMESPACE}.svc.cluster.local"


def reader_service(args: EvidenceRecorderArgs) -> Service:
    """Return the reader."""
    return Service(
        name=READER_SERVICE,
        image=args.images.reader,
        args=(
            "query",
            f"--endpoint.sd-config={json.dumps({'endpoints': [{'address': _SIDECARS}]})}",
            f"--grpc-address=0.0.0.0:{GRPC_PORT}",
            f"--http-address=0.0.0.0:{READER_PORT}",
            "--log.level=warn",
            f"--query.replica-label={REPLICA_LABEL}",
            "--query.timeout=60s",
        ),
        resources=args.sizes.reader,
        ports={"http": READER_PORT},
        health_port="http",
        ready_path="/-/ready",
        alive_path="/-/healthy",
    )

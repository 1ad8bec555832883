"""The blackbox exporter: asks the API whether it is ready, as a user would, and says how that went."""

from __future__ import annotations

import hashlib
import json

from pulumi import Input

from components.observability.contract import NAMESPACE, EvidenceRecorderArgs
from components.observability.monitors import PROBER_MODULE
from components.observability.pods import Service

PROBER = "evidence-prober"
PORT = 9115
ADDRESS = f"{PROBER}.{NAMESPACE}.svc.cluster.local:{PORT}"
CONFIG_KEY = "blackbox.yml"

_CONFIG_PATH = "/etc/blackbox"
# Slower than this is down for a user, and it is less than the scrape waits.
_PROBE_TIMEOUT_SECONDS = 5


def prober_config() -> str:
    """Return the exporter's configuration, in JSON, which is YAML too; a certificate that is not valid is a failure."""
    module = {
        "http": {
            "follow_redirects": False,
            "method": "GET",
            "preferred_ip_protocol": "ip4",
            "tls_config": {"insecure_skip_verify": False},
            "valid_status_codes": [200],
        },
        "prober": "http",
        "timeout": f"{_PROBE_TIMEOUT_SECONDS}s",
    }
    return json.dumps({"modules": {PROBER_MODULE: module}}, indent=2, sort_keys=True) + "\n"


def prober_service(args: EvidenceRecorderArgs, *, config_map: Input[str]) -> Service:
    """Return the exporter; a changed configuration changes an annotation, and so the pods."""
    return Service(
        name=PROBER,
        image=args.images.prober,
        args=(f"--config.file={_CONFIG_PATH}/{CONFIG_KEY}",),
        resources=args.sizes.prober,
        ports={"http": PORT},
        health_port="http",
        ready_path="/-/healthy",
        alive_path="/-/healthy",
        annotations={"q2o.dev/config-hash": hashlib.sha256(prober_config().encode()).hexdigest()[:16]},
        config_map=config_map,
        config_path=_CONFIG_PATH,
    )

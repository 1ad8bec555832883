"""What GKE's controller of network endpoint groups writes onto a Service that asks for some: which, and in which zones.

The groups themselves are in the cloud, which knows of none here: what is before them names them by the same names.
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client

Manifest = dict[str, Any]

ASKED = "cloud.google.com/neg"
STATUS = "cloud.google.com/neg-status"


def written(client: Client, service: Manifest) -> dict[str, str]:
    """Return the annotations that the controller writes onto `service`; none onto one that asks for nothing."""
    asked = service["metadata"].get("annotations", {}).get(ASKED)
    if not asked:
        return {}
    ports = json.loads(asked)["exposed_ports"]
    zones = {row["metadata"]["labels"]["topology.kubernetes.io/zone"] for row in nodes.list_nodes(client)}
    status = {
        "network_endpoint_groups": {port: found["name"] for port, found in ports.items()},
        "zones": sorted(zones),
    }
    return {STATUS: json.dumps(status, sort_keys=True)}

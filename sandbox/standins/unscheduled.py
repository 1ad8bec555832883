"""Which pods an autoscaler of nodes looks at, and what they ask for: the same for every cloud's stand-in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.control_plane.client import Client

Manifest = dict[str, Any]


def unscheduled(client: Client) -> list[Manifest]:
    """Return the pods that the scheduler found no node for."""
    return [
        pod
        for pod in client.list_objects("v1", "Pod", field_selector="status.phase=Pending,spec.nodeName=")
        for condition in (pod.get("status") or {}).get("conditions") or []
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable"
    ]


def may_use(pod: Manifest) -> bool:
    """Answer whether the pool's nodes would do; a pod may ask for those of another pool."""
    owners = pod["metadata"].get("ownerReferences", [])
    selector = pod["spec"].get("nodeSelector") or {}
    return not any(owner["kind"] == "DaemonSet" for owner in owners) and selector.get("q2o.dev/pool") in (
        None,
        "elastic",
    )


def requests(pod: Manifest, resource: str, parse: Callable[[str], int]) -> int:
    """Return how much of `resource` a pod asks for, in the unit of `parse`."""
    containers = pod["spec"]["containers"]
    return sum(parse(str(row.get("resources", {}).get("requests", {}).get(resource, "0"))) for row in containers)

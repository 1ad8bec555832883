"""Which pods an autoscaler of nodes looks at, and what they ask for: the same for every cloud's stand-in."""

from __future__ import annotations

from typing import Any

from components.base.quantities import mebibytes, millicores
from q2o_infra.capacity.amount import Amount
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
    selector = pod["spec"].get("nodeSelector") or {}
    return not is_of_every_node(pod) and selector.get("q2o.dev/pool") in (None, "elastic")


def is_of_every_node(pod: Manifest) -> bool:
    """Answer whether the pod belongs to a DaemonSet, so that no node is needed for it."""
    return any(owner["kind"] == "DaemonSet" for owner in pod["metadata"].get("ownerReferences", []))


def requests(pod: Manifest) -> Amount:
    """Return what the pod's containers ask for together."""
    rows = [row.get("resources", {}).get("requests", {}) for row in pod["spec"]["containers"]]
    return Amount(
        cpu_millicores=sum(millicores(str(row.get("cpu", "0"))) for row in rows),
        memory_mib=sum(mebibytes(str(row.get("memory", "0"))) for row in rows),
    )

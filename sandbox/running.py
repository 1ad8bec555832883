"""Which images the platform's workloads run in a sandbox, pod by pod, as the API server has them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from q2o_infra.plan.release_document import RunningPods
from sandbox import session as sessions
from sandbox.control_plane.client import Client
from sandbox.screen import Screen

_SERVES = "q2o.dev/serves"
_NAME = "app.kubernetes.io/name"


def running_pods(stack: str, *, root: Path) -> dict[str, list[RunningPods]] | None:
    """Return, by Deployment, how many pods run each image; `None` where no region stands."""
    if not (root / stack / "world").exists():
        return None
    with sessions.opened(stack, root=root, progress=Screen().say) as session:
        return pods_by_image(session.cluster.client()) if session.cluster.is_up else None


def pods_by_image(client: Client) -> dict[str, list[RunningPods]]:
    """Return the same of a cluster."""
    found: dict[str, dict[str, RunningPods]] = defaultdict(dict)
    for pod in client.list_objects("v1", "Pod", label_selector=_SERVES):
        if pod["metadata"].get("deletionTimestamp"):
            continue
        image = pod["spec"]["containers"][0]["image"]
        row = found[pod["metadata"]["labels"][_NAME]].setdefault(image, {"image": image, "pods": 0, "ready": 0})
        row["pods"] += 1
        row["ready"] += _is_ready(pod)
    return {name: sorted(rows.values(), key=lambda row: -row["pods"]) for name, rows in sorted(found.items())}


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions") or []
    return any(row["type"] == "Ready" and row["status"] == "True" for row in conditions)

"""Which images the platform's workloads run in a sandbox."""

from __future__ import annotations

from pathlib import Path

from q2o_infra.plan.running import SERVES, RunningPods, pods_by_image
from sandbox import session as sessions
from sandbox.control_plane.client import Client
from sandbox.screen import Screen


def running_pods(stack: str, *, root: Path) -> dict[str, list[RunningPods]] | None:
    """Return, by Deployment, how many pods run each image; `None` where no region stands."""
    if not (root / stack / "world").exists():
        return None
    with sessions.opened(stack, root=root, progress=Screen().say) as session:
        return running_in(session.cluster.client()) if session.cluster.is_up else None


def running_in(client: Client) -> dict[str, list[RunningPods]]:
    """Return the same of the cluster that a client speaks to."""
    return pods_by_image(client.list_objects("v1", "Pod", label_selector=SERVES))

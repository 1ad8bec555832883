"""Whether everything in the cluster runs: every autoscaler at its minimum or above, every pod that is wanted ready."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from components.base.errors import SandboxError
from sandbox.control_plane.client import Client
from sandbox.readiness import is_ready, pending_reasons

Manifest = dict[str, Any]

SETTLE_SECONDS = 240.0
_PAUSE_SECONDS = 0.5
_KINDS = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True, kw_only=True)
class WorkloadStatus:
    """How many pods of one workload run."""

    namespace: str
    kind: str
    name: str
    ready: int
    wanted: int
    settled: bool
    """Ready as wanted, and wanted as its autoscaler says at least."""


def workload_statuses(client: Client) -> list[WorkloadStatus]:
    """Return every workload of the cluster, sorted by namespace and name."""
    minima = {
        (row["metadata"]["namespace"], row["spec"]["scaleTargetRef"]["kind"], row["spec"]["scaleTargetRef"]["name"]): (
            row["spec"].get("minReplicas", 1)
        )
        for row in client.list_objects("autoscaling/v2", "HorizontalPodAutoscaler")
    }
    rows = []
    for kind in _KINDS:
        for live in client.list_objects("apps/v1", kind):
            metadata, status = live["metadata"], live.get("status") or {}
            key = (metadata["namespace"], kind, metadata["name"])
            if kind == "DaemonSet":
                ready, wanted = status.get("numberReady", 0), status.get("desiredNumberScheduled", 0)
            else:
                ready, wanted = status.get("readyReplicas", 0), live["spec"].get("replicas", 1)
            rows.append(
                WorkloadStatus(
                    namespace=key[0],
                    kind=kind,
                    name=key[2],
                    ready=ready,
                    wanted=max(wanted, minima.get(key, 0)),
                    settled=is_ready(live) and wanted >= minima.get(key, 0),
                )
            )
    return sorted(rows, key=lambda row: (row.namespace, row.name))


def wait_settled(
    client: Client, *, progress: Callable[[str], None], seconds: float = SETTLE_SECONDS
) -> list[WorkloadStatus]:
    """Return the workloads once all run. Raises `SandboxError` after `seconds`, with what the scheduler says."""
    deadline = time.monotonic() + seconds
    said = time.monotonic()
    while True:
        rows = workload_statuses(client)
        waiting = [row for row in rows if not row.settled]
        if not waiting:
            return rows
        if time.monotonic() > deadline:
            first = waiting[0]
            live = client.get("apps/v1", first.kind, first.name, first.namespace)
            reasons = "; ".join(pending_reasons(client, first.namespace, live)) or "no pod says why"
            raise SandboxError(
                f"{len(waiting)} workloads do not run after {seconds:.0f} s, "
                f"the first is {first.namespace}/{first.name} with {first.ready} of {first.wanted} pods ({reasons})."
            )
        if time.monotonic() - said > 2.0:
            said = time.monotonic()
            ready, wanted = sum(row.ready for row in rows), sum(row.wanted for row in rows)
            progress(f"waiting for pods: {ready} of {wanted} ready, {len(waiting)} workloads not complete")
        time.sleep(_PAUSE_SECONDS)

"""When an object in the cluster counts as working, and what to say when it never does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from components.base.errors import SandboxError
from sandbox.control_plane.client import Client

Manifest = dict[str, Any]

READY_SECONDS = 180.0
GONE_SECONDS = 180.0
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 0.5


def is_ready(live: Manifest) -> bool:
    """Answer whether `live` does what it is for; an object without a notion of readiness always does."""
    status = live.get("status") or {}
    wanted = (live.get("spec") or {}).get("replicas", 1)
    current = status.get("observedGeneration", 0) >= live["metadata"].get("generation", 0)
    kind = live["kind"]
    if kind == "Deployment":
        updated = status.get("updatedReplicas", 0)
        # Old pods that still stand count as well, as `kubectl rollout status` has it.
        return bool(
            current
            and updated >= wanted
            and status.get("replicas", 0) <= updated
            and status.get("availableReplicas", 0) >= wanted
        )
    if kind == "StatefulSet":
        return bool(current and status.get("readyReplicas", 0) >= wanted)
    if kind == "DaemonSet":
        desired = status.get("desiredNumberScheduled", 0)
        return bool(current and status.get("numberAvailable", 0) >= desired)
    if kind == "Namespace":
        return bool(status.get("phase") == "Active")
    return True


def wait_ready(client: Client, manifest: Manifest, what: str, *, seconds: float = READY_SECONDS) -> Manifest:
    """Return the live object once it works.

    Raises `SandboxError` after `seconds`, with the scheduler's reasons for the pods that wait.
    """
    metadata = manifest["metadata"]
    deadline = time.monotonic() + seconds
    pause = _FIRST_PAUSE_SECONDS
    while True:
        live = client.get(manifest["apiVersion"], manifest["kind"], metadata["name"], metadata.get("namespace"))
        if is_ready(live):
            return live
        if time.monotonic() > deadline:
            reasons = "; ".join(pending_reasons(client, metadata.get("namespace"), live)) or "no pod says why"
            raise SandboxError(
                f"{what}: not ready after {seconds:.0f} s ({reasons}); correct what the scheduler names, "
                f"then run the command again."
            )
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)


def wait_gone(find: Callable[[], Manifest | None], what: str, *, seconds: float = GONE_SECONDS) -> None:
    """Return once `find` finds nothing. Raises `SandboxError` after `seconds`, with the finalizers that hold on."""
    deadline = time.monotonic() + seconds
    pause = _FIRST_PAUSE_SECONDS
    while (live := find()) is not None:
        if time.monotonic() > deadline:
            finalizers = live["metadata"].get("finalizers") or (live.get("spec") or {}).get("finalizers") or []
            raise SandboxError(
                f"{what}: still there {seconds:.0f} s after its deletion; "
                f"it waits for {', '.join(finalizers) or 'its dependents'}."
            )
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)


def pending_reasons(client: Client, namespace: str | None, owner: Manifest) -> list[str]:
    """Return, without repeats, why pods of `owner` are not scheduled, and why it cannot make them."""
    reasons = [row["message"] for row in _conditions(owner) if row["type"] == "ReplicaFailure"]
    labels = (owner.get("spec") or {}).get("selector", {}).get("matchLabels", {})
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    if selector:
        for pod in client.list_objects("v1", "Pod", namespace, label_selector=selector):
            reasons += [
                row["message"] for row in _conditions(pod) if row["type"] == "PodScheduled" and row["status"] == "False"
            ]
    return list(dict.fromkeys(reasons))


def _conditions(live: Manifest) -> list[Manifest]:
    return (live.get("status") or {}).get("conditions") or []

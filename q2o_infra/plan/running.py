"""Which images the platform's workloads run, pod by pod, as an API server has them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict

from components.base.errors import PlanError

SERVES = "q2o.dev/serves"
"""Label of the pods of every workload."""
_NAME = "app.kubernetes.io/name"
_SECONDS = 60


class RunningPods(TypedDict):
    """Pods of one Deployment that run one image."""

    image: str
    pods: int
    ready: int


def pods_by_image(pods: Iterable[dict[str, Any]]) -> dict[str, list[RunningPods]]:
    """Return, by Deployment, how many of `pods` run each image; those that are on their way out are left out."""
    found: dict[str, dict[str, RunningPods]] = defaultdict(dict)
    for pod in pods:
        if pod["metadata"].get("deletionTimestamp"):
            continue
        image = pod["spec"]["containers"][0]["image"]
        row = found[pod["metadata"]["labels"][_NAME]].setdefault(image, {"image": image, "pods": 0, "ready": 0})
        row["pods"] += 1
        row["ready"] += _is_ready(pod)
    return {name: sorted(rows.values(), key=lambda row: -row["pods"]) for name, rows in sorted(found.items())}


def running_in_cluster(kubeconfig: Path) -> dict[str, list[RunningPods]]:
    """Return the same of the cluster that a kubeconfig leads to. Raises `PlanError` where it gives no answer.

    kubectl asks, because a kubeconfig holds no token: it names the cloud's own program, which kubectl runs.
    """
    if not (kubectl := shutil.which("kubectl")):
        raise PlanError("--kubeconfig: there is no kubectl on PATH to ask the cluster with; install it.")
    command = [kubectl, "--kubeconfig", str(kubeconfig), "get", "pods", "-A", "-l", SERVES, "-o", "json"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603  a fixed command
        if asked.returncode:
            raise PlanError(_unanswered(kubeconfig, asked.stderr))
        return pods_by_image(json.loads(asked.stdout)["items"])
    except subprocess.TimeoutExpired:
        raise PlanError(_unanswered(kubeconfig, f"no answer within {_SECONDS} s")) from None
    except (ValueError, KeyError, IndexError, TypeError):
        raise PlanError(_unanswered(kubeconfig, "kubectl printed no list of pods")) from None


def _unanswered(kubeconfig: Path, said: str) -> str:
    last = (said.strip().splitlines() or ["kubectl said nothing"])[-1].rstrip(".")
    return (
        f"--kubeconfig: the cluster of {kubeconfig} cannot be asked: {last}; "
        f"try `kubectl --kubeconfig {kubeconfig} get pods -A`."
    )


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions") or []
    return any(row["type"] == "Ready" and row["status"] == "True" for row in conditions)

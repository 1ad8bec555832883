"""The real Karpenter as a process, with the provider of its project that buys simulated nodes."""

from __future__ import annotations

import os
import signal
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from components.base.errors import DrillError
from drills.harness.processes import Process, Stage
from drills.harness.waiting import wait
from sandbox.control_plane import binaries
from sandbox.control_plane.ports import HOST, free_base
from sandbox.control_plane.versions import KARPENTER_TOOL

NAMESPACE = "kube-system"
_READY_SECONDS = 60.0
_POLL_SECONDS = 0.2
_QUOTED_LINES = 6


def locate(say: Callable[[str], None]) -> Path:
    """Return the binary; build it when there is none. Raises what `binaries.locate` raises."""
    (name,) = KARPENTER_TOOL.binaries
    return binaries.locate(KARPENTER_TOOL, say)[name].path


@contextmanager
def karpenter(stage: Stage, binary: Path, *, kubeconfig: Path, instance_types: Path | None) -> Iterator[None]:
    """Run Karpenter while the block runs; without `instance_types` it offers its project's own.

    Raises `DrillError` when it does not become ready.
    """
    base, log = free_base(), stage.folder / "karpenter.log"
    environment = {
        **os.environ,
        "CPU_REQUESTS": "2000",
        "DISABLE_LEADER_ELECTION": "true",
        "HEALTH_PROBE_PORT": str(base),
        "INSTANCE_TYPES_FILE_PATH": str(instance_types or ""),
        "KARPENTER_SERVICE": "karpenter",
        "KUBECONFIG": str(kubeconfig),
        "LOG_LEVEL": "info",
        "METRICS_PORT": str(base + 1),
        "SYSTEM_NAMESPACE": NAMESPACE,
    }
    process = stage.start([str(binary)], environment=environment, log=log)
    try:
        _wait_ready(process, base, log)
        yield
    finally:
        process.end(signal.SIGTERM)


def _wait_ready(process: Process, port: int, log: Path) -> None:
    def last() -> str:
        return "its last lines:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-_QUOTED_LINES:])

    def ready() -> bool:
        if not process.is_alive:
            raise DrillError(f"Karpenter has ended; {last()}")
        return _answers(port)

    wait(
        ready,
        what=lambda: f"Karpenter is ready; {last()}",
        within_seconds=_READY_SECONDS,
        poll_seconds=_POLL_SECONDS,
    )


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=1.0) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False

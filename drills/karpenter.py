"""The real Karpenter as a process, with the provider of its project that buys simulated nodes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.base.errors import DrillError
from sandbox.control_plane import binaries
from sandbox.control_plane.cache import Progress
from sandbox.control_plane.ports import HOST, free_base
from sandbox.control_plane.versions import KARPENTER_TOOL

NAMESPACE = "kube-system"
_READY_SECONDS = 60.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.2
_QUOTED_LINES = 6


def locate(progress: Progress) -> Path:
    """Return the binary; build it when there is none. Raises what `binaries.locate` raises."""
    (name,) = KARPENTER_TOOL.binaries
    return binaries.locate(KARPENTER_TOOL, progress)[name].path


@contextmanager
def karpenter(binary: Path, *, kubeconfig: Path, instance_types: Path | None, log: Path) -> Iterator[None]:
    """Run Karpenter while the block runs; without `instance_types` it offers its project's own.

    Raises `DrillError` when it does not become ready.
    """
    base = free_base()
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
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603  our own binary
            [str(binary)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_ready(process, base, log)
        yield
    finally:
        _end(process)


def _wait_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-_QUOTED_LINES:])
            raise DrillError(f"Karpenter is not ready after {_READY_SECONDS:.0f} s; its last lines:\n{last}")
        time.sleep(_POLL_SECONDS)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=1.0) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

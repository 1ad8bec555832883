"""The local control plane as the simulated cloud's cluster: it starts when the cluster is created, and goes with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from components.base.errors import SandboxError
from sandbox.control_plane import Client, ControlPlane
from sandbox.control_plane.components import Settings


class LocalCluster:
    """One control plane and the client to it; safe to use from many threads."""

    def __init__(
        self,
        folder: Path,
        port_base: int,
        *,
        progress: Callable[[str], None],
        settings: Settings | None = None,
    ) -> None:
        self._folder = folder
        self._port_base = port_base
        self._progress = progress
        self._settings = settings
        self._lock = threading.Lock()
        self._plane = ControlPlane(folder, port_base, settings)
        self._up = False

    @property
    def kubeconfig(self) -> Path:
        """Kubeconfig of an administrator; there while the cluster runs."""
        return self._plane.kubeconfig

    @property
    def server(self) -> str:
        """Address of the API server."""
        return self._plane.server

    @property
    def is_up(self) -> bool:
        """Whether `start` was called since the last `wipe` or `stop`."""
        return self._up

    def client(self) -> Client:
        """Return a client. Raises `SandboxError` while there is no cluster."""
        if not self._up:
            raise SandboxError(
                "the cluster does not stand yet: an object inside it was made before it; "
                "let the object's provider depend on the cluster."
            )
        return self._plane.client

    def prepare(self) -> None:
        """See to it that the control plane can start, before anything else is made. Raises `SandboxError`."""
        with self._lock:
            self._plane.prepare(self._progress)

    def start(self) -> None:
        """Bring the control plane up, from whatever an earlier run left. Raises `SandboxError`."""
        with self._lock:
            self._plane.start(self._progress)
            self._up = True

    def stop(self) -> None:
        """End its processes; its data stay."""
        with self._lock:
            self._up = False
            self._plane.stop(self._progress)

    def wipe(self) -> None:
        """End its processes and delete all its data."""
        with self._lock:
            self._up = False
            self._plane.wipe(self._progress)
            # Certificates are new after a wipe, so nothing of the old plane may be kept.
            self._plane = ControlPlane(self._folder, self._port_base, self._settings)

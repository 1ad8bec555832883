"""The ten ports of a control plane, and which process holds one that is not free."""

from __future__ import annotations

import random
import socket
from contextlib import suppress
from dataclasses import dataclass

import psutil

from sandbox.control_plane.errors import PortBusyError

PORT_BASE_VARIABLE = "Q2O_SANDBOX_PORT_BASE"
PORTS_PER_PLANE = 10
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """The ports from `base` on, all on the loopback address."""

    base: int

    @property
    def etcd(self) -> int:
        """Port of etcd, for clients."""
        return self.base

    @property
    def etcd_peer(self) -> int:
        """Port of etcd, for other members (there are none)."""
        return self.base + 1

    @property
    def api(self) -> int:
        """The API server."""
        return self.base + 2

    @property
    def controller_manager(self) -> int:
        """The controller manager's health and metrics."""
        return self.base + 3

    @property
    def scheduler(self) -> int:
        """The scheduler's health and metrics."""
        return self.base + 4

    @property
    def kwok(self) -> int:
        """KWOK's health and metrics."""
        return self.base + 5


def require_free(port: int, purpose: str, base: int) -> None:
    """Raise PortBusyError when `port`, wanted for `purpose`, is taken; it names the holder where that can be seen."""
    if is_free(port):
        return
    pid = holder(port)
    held_by = "another process" if pid is None else f"{process_name(pid)} (pid {pid})"
    raise PortBusyError(
        f"port {port}, wanted for {purpose}, is held by {held_by}.",
        hint=f"stop it, or set {PORT_BASE_VARIABLE} to a base with ten free ports (it is {base} now)",
    )


def is_free(port: int) -> bool:
    """Return whether something could listen on `port` of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_base(first: int = 20000, below: int = 32768) -> int:
    """Return a random base whose ten ports are free now, from `first` up to `below`, where outgoing connections begin.

    Raises PortBusyError when there is none.
    """
    bases = list(range(first, below - PORTS_PER_PLANE + 1, PORTS_PER_PLANE))
    random.shuffle(bases)
    for base in bases:
        if all(is_free(port) for port in range(base, base + PORTS_PER_PLANE)):
            return base
    raise PortBusyError(f"no ten ports in a row are free between {first} and {below}.")


def holder(port: int) -> int | None:
    """Return the pid that listens on `port`, None where this machine does not show it."""
    with suppress(psutil.AccessDenied):
        for connection in psutil.net_connections("tcp"):
            # A listening socket has an address: host and port.
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,):
                return connection.pid
    return None


def process_name(pid: int) -> str:
    """Return the short name of the process `pid`."""
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return "a process"

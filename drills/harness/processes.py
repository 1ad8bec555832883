"""The processes of a drill: started in sessions of their own, broken for real, and gone when the drill is."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import psutil

from components.base.errors import DrillError, SandboxError
from drills.harness.waiting import wait_until

_KILLED_SECONDS = 10.0
_POLL_SECONDS = 0.01


class Process:
    """One started process and its session."""

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as output:
            self._process = psutil.Popen(
                [*_tied_to_us(), *command],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def freeze(self) -> None:
        """Stop it where it is; its connections stay open."""
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.send(signal.SIGCONT)

    async def kill(self) -> None:
        """End it and its session at once, and wait for that."""
        self.send(signal.SIGKILL)
        await self.ended(_KILLED_SECONDS)

    async def stop(self, grace_seconds: float) -> None:
        """Ask it to end, and kill it when its grace is over."""
        self.send(signal.SIGTERM)
        try:
            await self.ended(grace_seconds)
        except DrillError:
            await self.kill()

    async def ended(self, within_seconds: float) -> int:
        """Wait for its end and return its exit code."""

        async def so() -> bool:
            return not self.is_alive

        await wait_until(so, what="a process has ended", within_seconds=within_seconds, poll_seconds=_POLL_SECONDS)
        return int(self._process.returncode)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it and its session, unless it has ended."""
        if self.is_alive:
            os.killpg(self._process.pid, number)

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it, kill it when a signal was not enough, and wait for that."""
        self.send(number)
        _, alive = psutil.wait_procs([self._process], timeout=_KILLED_SECONDS)
        if alive:
            self.end()


class Stage:
    """The folder and the processes of one drill; both are gone when its block ends, whatever happened in it."""

    folder: Path

    def __enter__(self) -> Self:
        self._temporary = tempfile.TemporaryDirectory(prefix="q2o-drill-", ignore_cleanup_errors=True)
        self.folder = Path(self._temporary.name)
        self._processes: list[Process] = []
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.send(signal.SIGKILL)
        for process in self._processes:
            process.end()
        self._temporary.cleanup()

    def start(self, command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> Process:
        """Start `command`; its output is appended to `log`."""
        self._processes = [process for process in self._processes if process.is_alive]
        self._processes.append(Process(command, environment=environment, log=log))
        return self._processes[-1]

    async def run(self, command: Sequence[str], *, environment: Mapping[str, str], log: Path, seconds: float) -> int:
        """Run `command` to its end, which is killed after `seconds`, and return its exit code."""
        process = self.start(command, environment=environment, log=log)
        try:
            return await process.ended(seconds)
        finally:
            await process.kill()


def free_network(port: int) -> str:
    """Return the beginning of loopback addresses on which nothing listens at `port`, such as `127.42.`."""
    for _ in range(50):
        network = f"127.{random.randint(16, 250)}."  # noqa: S311  not a secret
        with socket.socket() as probe:
            try:
                probe.bind((f"{network}0.2", port))
            except OSError:
                continue
            return network
    raise SandboxError(f"port {port} is taken on every loopback network that was tried; stop what listens there.")


def _tied_to_us() -> list[str]:
    """Return what makes a process end with this one, however this one ends; nothing where util-linux is missing."""
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "KILL"] if program else []

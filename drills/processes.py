"""Processes of a drill: started in sessions of their own, killed for real, and gone when the drill is."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from components.base.errors import SandboxError

_KILLED_SECONDS = 10.0


class Process:
    """One started process and what it started."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> Process:
        """Start `command`; its output is appended to `log`."""
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *_tied_to_us(),
                *command,
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(process)

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    def freeze(self) -> None:
        """Stop it where it is; its connections stay open."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    async def kill(self) -> None:
        """End it and all of its session at once, and wait for that."""
        self._send(signal.SIGKILL)
        async with asyncio.timeout(_KILLED_SECONDS):
            await self._process.wait()

    async def stop(self, grace_seconds: float) -> bool:
        """Ask it to end; return whether it did within its grace, else it was killed."""
        self._send(signal.SIGTERM)
        try:
            async with asyncio.timeout(grace_seconds):
                await self._process.wait()
        except TimeoutError:
            await self.kill()
            return False
        return True

    def _send(self, number: signal.Signals) -> None:
        if self.is_alive:
            os.killpg(self._process.pid, number)


async def run(command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> int:
    """Run `command` to its end and return its exit code; its output is appended to `log`."""
    process = await Process.start(command, environment=environment, log=log)
    try:
        return await process._process.wait()  # noqa: SLF001  the same module
    finally:
        if process.is_alive:
            await process.kill()


def free_network(port: int) -> str:
    """Return the beginning of loopback addresses on which nobody listens at `port`."""
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

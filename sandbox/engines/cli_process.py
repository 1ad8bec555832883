"""The Pulumi CLI as a process: its environment, how it is interrupted, and how one that outlived us is ended."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from components.base.errors import SandboxError
from sandbox.engines import run_locked

PASSPHRASE = "sandbox"  # noqa: S105  protects nothing: the sandbox holds placeholders, never a secret
_END_SECONDS = 10.0
_RUNNER = Path(run_locked.__file__)


def find_cli() -> Path | None:
    """Return the Pulumi CLI on PATH."""
    found = shutil.which("pulumi")
    return Path(found) if found else None


def environment(home: Path, *, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the CLI's environment: nothing of Pulumi's own is inherited, and nothing leaves this machine.

    State and settings stay below `home`; plugins are never downloaded, because every provider is attached.
    """
    kept = {key: value for key, value in inherited.items() if not key.startswith("PULUMI_")}
    return {
        **kept,
        # Without a file of metadata beside each document: that one is written in place, and a kill in between leaves
        # half of it, after which no command of the CLI can read the state.
        "PULUMI_BACKEND_URL": f"{home.resolve().as_uri()}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_DEBUG_COMMANDS": "true",  # without it there is no --event-log
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        "PULUMI_HOME": str((home / "home").resolve()),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


class CliProcess:
    """Runs one command of the CLI at a time.

    It gets a process group of its own, so that Ctrl-C reaches it once, from here, and never twice: a second signal
    would make it drop what is under way.
    """

    def __init__(self, home: Path, *, binary: Path) -> None:
        self._home = home
        self._binary = binary
        self._lock = home / "process"

    def run(self, *arguments: str, attached: str = "") -> tuple[int, str, str]:
        """Run a command and return its exit code and what it wrote to stdout and stderr.

        `attached` names the providers to talk to (`aws:PORT,...`). Ctrl-C is passed on, and raised once the command
        has ended; a second Ctrl-C kills it.
        """
        project = self._home / "project"
        output, errors = self._home / "stdout", self._home / "stderr"
        settings = environment(self._home, inherited=os.environ)
        if attached:
            settings["PULUMI_DEBUG_PROVIDERS"] = attached
        with output.open("wb") as stdout, errors.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_RUNNER), str(self._lock), str(self._binary), *arguments],
                cwd=project,
                env=settings,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                process_group=0,
            )
            _wait(process)
        return process.returncode, output.read_text(errors="replace"), errors.read_text(errors="replace")

    def end_survivor(self) -> None:
        """Kill a CLI that a killed `q2o` left running: its providers are gone, and it must not write state any more.

        Raises `SandboxError` when it does not die.
        """
        if not self._lock.exists():
            return
        deadline = time.monotonic() + _END_SECONDS
        with self._lock.open("r+") as file:
            while not _lock_at_once(file.fileno()):
                if time.monotonic() > deadline:
                    raise SandboxError(
                        f"sandbox: process {self._lock.read_text()} (pulumi) of an earlier run does not end; "
                        f"end it, then run this command again."
                    )
                with contextlib.suppress(ProcessLookupError, ValueError):
                    os.kill(int(self._lock.read_text()), signal.SIGKILL)
                time.sleep(0.05)


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        try:
            process.wait()
        except KeyboardInterrupt:
            process.kill()
            process.wait()
        raise


def _lock_at_once(descriptor: int) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

"""Detached processes that outlive the command that started them, told apart from a later one with the same pid."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

_POLL_SECONDS = 0.02
_KILLED_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Record:
    """A started process: its pid and its arguments, which name its folder and so tell it from any later process."""

    pid: int
    arguments: list[str]

    def is_alive(self) -> bool:
        """Return whether this very process still runs."""
        try:
            process = psutil.Process(self.pid)
            with contextlib.suppress(psutil.ZombieProcess):
                command = process.cmdline()
                # A process that is ending has no arguments any more, and still its ports. A script has more in front.
                return not command or command[-len(self.arguments) :] == self.arguments
            # A dead child does not stay as a zombie.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, os.WNOHANG)
            # While a killed process still has threads, it still has its ports, though its first thread is a zombie.
            return process.num_threads() > 1
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False


def spawn(binary: Path, arguments: Sequence[str], *, log: Path, record: Path, environment: dict[str, str]) -> Record:
    """Start `binary` in a session of its own, output appended to `log`, and write `record`.

    Raises OSError when the binary cannot be run or the disk is full.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    record.parent.mkdir(parents=True, exist_ok=True)
    pid = os.posix_spawn(
        binary,
        [str(binary), *arguments],
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP],
        setsigmask=[],
    )
    written = Record(pid=pid, arguments=list(arguments))
    temporary = record.with_suffix(".writing")
    temporary.write_text(json.dumps(asdict(written), indent=2) + "\n")
    temporary.replace(record)
    return written


def read(record: Path) -> Record | None:
    """Return what the file `record` says, None when it is not there."""
    try:
        document = json.loads(record.read_text())
    except FileNotFoundError:
        return None
    return Record(pid=document["pid"], arguments=document["arguments"])


def find(name: str, folder: Path) -> list[Record]:
    """Return processes called `name` that were told to use `folder`, whichever command started them.

    They are those of a start that was killed before it could write their record.
    """
    found = []
    for process in psutil.process_iter(["cmdline"]):
        program, *arguments = process.info["cmdline"] or [""]
        if Path(program).name == name and any(f"{folder}/" in argument for argument in arguments):
            found.append(Record(pid=process.pid, arguments=arguments))
    return found


def stop(record: Record, within_seconds: float) -> bool:
    """End the process; return whether it ended on request within `within_seconds`, else it was killed.

    With 0 seconds it is killed at once. Raises TimeoutError when the machine does not even end it then.
    """
    if within_seconds > 0 and _signal_and_wait(record, signal.SIGTERM, within_seconds):
        return True
    if not _signal_and_wait(record, signal.SIGKILL, _KILLED_SECONDS):
        raise TimeoutError(f"process {record.pid} did not end after it was killed")
    return False


def _signal_and_wait(record: Record, number: signal.Signals, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    if record.is_alive():
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, number)
    while record.is_alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True

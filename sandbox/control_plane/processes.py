"""Detached processes that outlive the command that started them, told apart from whoever inherits their pid."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_POLL_SECONDS = 0.02
_KILLED_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Record:
    """A started process: its pid, when it started (to tell it from a later one with that pid), what it was told."""

    pid: int
    started: str
    arguments: list[str]

    def is_alive(self) -> bool:
        """Return whether this very process still runs."""
        if started_at(self.pid) == self.started:
            return True
        _reap(self.pid)
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
    written = Record(pid=pid, started=started_at(pid) or "", arguments=list(arguments))
    temporary = record.with_suffix(".writing")
    temporary.write_text(json.dumps(asdict(written), indent=2) + "\n")
    temporary.replace(record)
    return written


def read(record: Path) -> Record | None:
    """Return what the file `record` says, None when it is not there."""
    try:
        return Record(**json.loads(record.read_text()))
    except FileNotFoundError:
        return None


def find(name: str, folder: Path) -> list[Record]:
    """Return processes called `name` that were told to use `folder`, whoever started them.

    They are those of a start that was killed before it could write their record. None where there is no /proc.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if Path(command[0]).name == name and any(f"{folder}/" in argument for argument in command[1:]):
            pid = int(entry.name)
            started = started_at(pid)
            if started is not None:
                found.append(Record(pid=pid, started=started, arguments=command[1:-1]))
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


def started_at(pid: int) -> str | None:
    """Return a token for when process `pid` started, unique on this machine; None when there is no such process."""
    if not Path("/proc/self/stat").exists():
        return _started_at_by_ps(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    # The name stands in brackets and may hold anything, so count from the last one: state is field 3.
    fields = stat.rpartition(")")[2].split()
    state, threads, start_time = fields[0], int(fields[17]), fields[19]
    # While a killed process still has threads, it still has its ports, though its first thread is a zombie.
    return None if state in "ZX" and threads <= 1 else f"{boot}/{start_time}"


def _started_at_by_ps(pid: int) -> str | None:
    done = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def _signal_and_wait(record: Record, number: signal.Signals, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    if record.is_alive():
        os.kill(record.pid, number)
    while record.is_alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _reap(pid: int) -> None:
    """Take the exit status if this process is the parent, so that a dead child does not linger as a zombie."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)

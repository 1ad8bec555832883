"""One command at a time on one sandbox."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from components.base.errors import SandboxError


@contextmanager
def held(path: Path, *, stack: str) -> Iterator[None]:
    """Hold the lock; the kernel releases it when the process ends, however it ends, so none is ever stale.

    Raises `SandboxError` naming the process that holds it.
    """
    lock = FileLock(path, blocking=False, fallback_to_soft=False, on_acquired=_sign)
    try:
        lock.acquire()
    except Timeout:
        raise SandboxError(
            f"sandbox {stack}: {_holder(path)} is working on it; "
            f"wait until that has ended, or end it, then run this command again."
        ) from None
    try:
        yield
    finally:
        lock.release()


def _sign(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "command": " ".join(sys.argv[1:])}).encode(), 0)


def _holder(path: Path) -> str:
    try:
        document = json.loads(path.read_text())
        return f"process {document['pid']} (q2o {document['command']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"

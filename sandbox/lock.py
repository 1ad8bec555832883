"""One command at a time on one sandbox."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.base.errors import SandboxError


@contextmanager
def held(path: Path, *, stack: str) -> Iterator[None]:
    """Hold the lock; the kernel lets go of it when the process ends, however it ends, so none is ever stale.

    Raises `SandboxError` naming the process that holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise SandboxError(
                f"sandbox {stack}: {_holder(file.read())} is working on it; "
                f"wait until that has ended, or end it, then run this command again."
            ) from None
        file.seek(0)
        file.truncate()
        json.dump({"pid": os.getpid(), "command": " ".join(sys.argv[1:])}, file)
        file.flush()
        yield


def _holder(text: str) -> str:
    try:
        document = json.loads(text)
        return f"process {document['pid']} (q2o {document['command']})"
    except (ValueError, KeyError, TypeError):
        return "another process"

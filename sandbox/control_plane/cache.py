"""The folder under the user's cache folder where binaries and module files are kept between runs."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Progress = Callable[[str], None]
"""Receives one line for a person at a time."""


def silent(_: str) -> None:
    """Swallow progress."""


def root() -> Path:
    """Return the project's cache folder: under `XDG_CACHE_HOME`, else under `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "q2o-infra"


@contextmanager
def locked(path: Path, progress: Progress, waiting_for: str) -> Iterator[None]:
    """Hold the lock file `path`, waiting for whoever holds it now.

    The file may be deleted together with its folder by its holder: then a fresh one is taken.
    """
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress(f"waiting for another process: {waiting_for}")
                fcntl.flock(handle, fcntl.LOCK_EX)
            if _is_open_as(path, handle.fileno()):
                yield
                return


def _is_open_as(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def filling(destination: Path) -> Iterator[Path]:
    """Give a temporary folder that becomes `destination` in one rename when the block ends well.

    Whatever an earlier, interrupted attempt left behind is removed. The caller holds a lock for `destination`.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{destination.name}-"
    for leftover in destination.parent.glob(f"{prefix}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=prefix, dir=destination.parent))
    try:
        yield temporary
        if destination.exists():
            shutil.rmtree(destination)
        temporary.rename(destination)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)

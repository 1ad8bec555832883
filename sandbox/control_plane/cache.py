"""The folder under the user's cache folder where binaries and module files are kept between runs."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

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
    """Hold the lock file `path`, waiting for the process that holds it now.

    The file may be deleted together with its folder by its holder: then a fresh one is taken.
    """
    lock = FileLock(path, fallback_to_soft=False)
    while not lock.is_locked:
        with suppress(FileNotFoundError):
            try:
                lock.acquire(blocking=False)
            except Timeout:
                progress(f"waiting for another process: {waiting_for}")
                lock.acquire()
    try:
        yield
    finally:
        lock.release()


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

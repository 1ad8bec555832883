"""Room on the disk: asked for before the start, explained when it runs out."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.control_plane.errors import DiskFullError

MINIMUM_FREE_BYTES = 1024**3
"""Below this, etcd, the logs and a build would soon fail in less readable ways."""


def require_space(folder: Path) -> None:
    """Raise DiskFullError when the file system of `folder` has less than 1 GiB free."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < MINIMUM_FREE_BYTES:
        raise DiskFullError(
            f"{existing} has {free // 1024**2} MiB free, the sandbox needs {MINIMUM_FREE_BYTES // 1024**2} MiB.",
            hint="free some space, or point XDG_CACHE_HOME and the state folder at a larger disk",
        )


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn "no space left on device" inside the block into a DiskFullError that names `folder`."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise full(folder) from error


def full(folder: Path) -> DiskFullError:
    """Return the error for a disk that ran full while `folder` was written."""
    return DiskFullError(
        f"the disk is full: nothing more can be written under {folder}.",
        hint="free at least 1 GiB and run the same command again; it carries on from where it stopped",
    )

"""Small JSON documents on disk, each written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from components.base.errors import SandboxError


def write_json(path: Path, document: Any) -> None:
    """Write `document` to `path`, readable by its owner only; a reader sees the old text or the new, never a part.

    Raises `SandboxError` when the disk is full; the old text then stands.
    """
    temporary = path.with_name(f".{path.name}.{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(document, file, sort_keys=True)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if error.errno == errno.ENOSPC:
            raise SandboxError(
                f"{path.parent}: the disk is full, so the sandbox's state could not be written; "
                f"free some space and run the command again, it goes on where it stopped."
            ) from None
        raise


class Folder:
    """A folder of documents under keys of any spelling."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _file(self, key: str) -> Path:
        return self.path / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"

    def write(self, key: str, document: Any) -> None:
        """Put `document` under `key`. Raises what `write_json` raises."""
        write_json(self._file(key), document)

    def remove(self, key: str) -> None:
        """Remove what is under `key`, if anything."""
        self._file(key).unlink(missing_ok=True)

    def documents(self) -> Iterator[Any]:
        """Yield every document, in no particular order."""
        if self.path.is_dir():
            for file in self.path.glob("[0-9a-f]*.json"):
                yield json.loads(file.read_text())

"""The resources that exist in the simulated clouds, on disk.

An entry is written before the thing is made (`complete` false) and again when it stands, so that a process killed in
between leaves a trace of what it had begun.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from clouds.kind import Kind, Place
from components.base.errors import SandboxError
from sandbox.files import Folder


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that exists, or is being made."""

    urn: str
    type: str
    id: str
    place: Place = field(default_factory=Place)
    generation: int = 0
    revision: int = 0
    """How many times it has been changed in place."""
    inputs: dict[str, Any] = field(default_factory=dict)
    """As on the wire: secrets wrapped."""
    outputs: dict[str, Any] = field(default_factory=dict)
    complete: bool = False
    kept: bool = False
    """Whether it stays when its engine forgets it, as a resource that is retained on delete does."""

    @property
    def key(self) -> str:
        """What tells this thing from all others: an id is unique within type, account and location."""
        return f"{self.type}|{self.place.account}|{self.place.location}|{self.id}"


class World:
    """All entries, in memory and on disk; safe to use from many threads."""

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        self._folder = Folder(folder / "entries")
        self._graves = Folder(folder / "reserved-names")
        self._now = now
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        for document in self._folder.documents():
            entry = Entry(**{**document, "place": Place(**document["place"])})
            self._entries[entry.key] = entry

    def entries(self) -> list[Entry]:
        """Return everything that exists, sorted by URN."""
        with self._lock:
            return sorted(self._entries.values(), key=lambda entry: (entry.urn, entry.generation))

    def find(self, type_: str, id_: str, urn: str | None = None) -> Entry | None:
        """Return the entry of that type and id (and URN, where two locations may hold the same id)."""
        with self._lock:
            for entry in self._entries.values():
                if entry.type == type_ and entry.id == id_ and urn in (None, entry.urn):
                    return entry
        return None

    def find_at(self, type_: str, id_: str, place: Place) -> Entry | None:
        """Return the entry of that type and id in that place, whoever made it."""
        with self._lock:
            return next(
                (
                    entry
                    for entry in self._entries.values()
                    if (entry.type, entry.id, entry.place) == (type_, id_, place)
                ),
                None,
            )

    def next_generation(self, urn: str) -> int:
        """Return 0 for a URN that nothing bears now, and one more than the newest bearer's otherwise."""
        with self._lock:
            return max((entry.generation + 1 for entry in self._entries.values() if entry.urn == urn), default=0)

    def claim(self, kind: Kind, entry: Entry) -> None:
        """Begin making `entry`.

        Raises `SandboxError` when its id or unique name is taken, or is still reserved after a deletion.
        """
        with self._lock:
            self._refuse_taken_name(kind, entry)
            other = self._entries.get(entry.key)
            if other and not (kind.repeatable and other.kept):
                raise SandboxError(
                    _kept(kind, other)
                    or f"{entry.type} {entry.id}: it already exists and was made as "
                    f"{other.urn.rsplit('::', 1)[-1]!r}; rename one of the two, or delete it first."
                )
            self._entries[entry.key] = entry
        self._folder.write(entry.key, asdict(entry))

    def put(self, entry: Entry) -> None:
        """Write `entry` over what stood there."""
        with self._lock:
            self._entries[entry.key] = entry
        self._folder.write(entry.key, asdict(entry))

    def remove(self, kind: Kind, entry: Entry) -> None:
        """Forget `entry`; a name that the cloud reserves after a deletion stays reserved."""
        if kind.unique and kind.name_kept_seconds:
            name = _name(kind, entry)
            key = f"{entry.type}|{name}"
            self._graves.write(key, {"key": key, "name": name, "until": self._now() + kind.name_kept_seconds})
        self._folder.remove(entry.key)
        with self._lock:
            self._entries.pop(entry.key, None)

    def close(self) -> None:
        """Forget everything, as a cloud does when an account is closed."""
        for entry in self.entries():
            self._folder.remove(entry.key)
            with self._lock:
                self._entries.pop(entry.key, None)
        for grave in self._graves.documents():
            self._graves.remove(grave["key"])

    def _refuse_taken_name(self, kind: Kind, entry: Entry) -> None:
        if not kind.unique:
            return
        name = _name(kind, entry)
        for other in self._entries.values():
            if (other.type, other.place) == (entry.type, entry.place) and _name(kind, other) == name:
                raise SandboxError(
                    _kept(kind, other)
                    or f"{entry.type} {name}: the name is taken by {other.urn.rsplit('::', 1)[-1]!r}; "
                    f"choose another name, or delete that resource first."
                )

    def seconds_until_free(self, kind: Kind, name: str) -> float:
        """Return how much longer the cloud refuses `name`, 0 when it may be used now."""
        if not kind.name_kept_seconds:
            return 0.0
        graves = {grave["name"]: float(grave["until"]) for grave in self._graves.documents()}
        return max(0.0, graves.get(name, 0.0) - self._now())


def _kept(kind: Kind, entry: Entry) -> str | None:
    """Return the sentence for something that an earlier region kept and that can be taken over."""
    if not (entry.kept and kind.adoption):
        return None
    return f"{entry.type} {entry.id}: it stands already, kept when its region was destroyed; {kind.adoption}."


def _name(kind: Kind, entry: Entry) -> str:
    return str(entry.inputs.get(kind.unique or "", ""))

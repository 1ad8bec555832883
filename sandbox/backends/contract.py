"""The one interface between an engine and the world it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from q2o_infra.plan.monitor import Registered
from sandbox.clouds.kind import Place
from sandbox.world import Entry


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What changing a resource's inputs means."""

    changed: tuple[str, ...]
    """Top-level inputs that differ; empty: nothing to do."""
    replaces: tuple[str, ...]
    """Paths that cannot be changed in place; empty: an update does."""
    delete_before_replace: bool
    """Whether the new one cannot stand beside the old one, because both bear the same name."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A resource as an engine wants it to be."""

    urn: str
    type: str
    wire_inputs: dict[str, Any]
    place: Place


class Backend(Protocol):
    """Changes one part of the world. Every method may be called from several threads at once."""

    def diff(self, type_: str, old: dict[str, Any], new: dict[str, Any]) -> Diff:
        """Compare inputs as on the wire."""

    def create(self, wanted: Wanted) -> Registered:
        """Make it and return when it works. Raises `SandboxError`; what was begun stays in the world."""

    def update(self, entry: Entry, wanted: Wanted) -> Registered:
        """Change it in place and return when it works. Raises `SandboxError`."""

    def delete(self, entry: Entry) -> None:
        """Remove it and return when it is gone; one that is already gone is fine. Raises `SandboxError`."""

    def forget(self, entry: Entry) -> None:
        """Strike it out: what it lived in is gone, and it with that."""

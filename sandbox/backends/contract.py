"""The one interface between an engine and the world it changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from clouds.catalogue import kind_of, replacing
from clouds.kind import Place, changed
from clouds.kubernetes import is_kubernetes
from components.base.errors import SandboxError
from q2o_infra.plan import wire
from q2o_infra.plan.monitor import Registered
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


def compare(type_: str, old: dict[str, Any], new: dict[str, Any]) -> Diff:
    """Compare inputs as on the wire. Things with a name of their own cannot stand beside their successor."""
    kind = kind_of(type_)
    before, after = wire.unwrap(old), wire.unwrap(new)
    return Diff(
        changed=changed(before, after),
        replaces=replacing(kind, before, after),
        delete_before_replace=kind.unique is not None or is_kubernetes(type_),
    )


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A resource as an engine wants it to be."""

    urn: str
    type: str
    wire_inputs: dict[str, Any]
    place: Place
    ignore_changes: tuple[str, ...] = ()
    """Paths that belong to somebody else once the thing stands."""


def with_ignored(old: dict[str, Any], new: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Return `new` with what stands in `old` at each of `paths`, as Pulumi does with `ignore_changes`."""
    result = new
    for path in paths:
        result = _with(result, path.split("."), _at(old, path.split(".")))
    return result


def _at(values: Any, path: list[str]) -> Any:
    for part in path:
        values = values.get(part) if isinstance(values, dict) else None
    return values


def _with(values: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    first, *rest = path
    found = values.get(first)
    inner: dict[str, Any] = found if isinstance(found, dict) else {}
    changed = _with(inner, rest, value) if rest else value
    if changed is None or changed == {}:
        return {key: item for key, item in values.items() if key != first}
    return {**values, first: changed}


def adopt(entry: Entry | None, wanted: Wanted, id_: str) -> Entry:
    """Return `entry` as what `wanted` names; it is taken over as it is, and changed by nothing.

    Raises `SandboxError` when there is no such thing, and when it is not as wanted, in Pulumi's words for that.
    """
    name = wanted.urn.rsplit("::", 1)[-1]
    if entry is None:
        raise SandboxError(
            f"{wanted.type} {name}: there is no {id_!r} in {wanted.place.location or 'this place'} to take over; "
            f"correct the id that it is imported by."
        )
    news = with_ignored(entry.inputs, wanted.wire_inputs, wanted.ignore_changes)
    if differing := compare(wanted.type, entry.inputs, news).changed:
        raise SandboxError(
            f"{wanted.type} {name}: inputs to import do not match the existing resource ({', '.join(differing)}); "
            f"take it over as it stands, and change it afterwards."
        )
    return replace(entry, urn=wanted.urn, inputs=wanted.wire_inputs)


def entry_of(wanted: Wanted, registered: Registered, *, generation: int) -> Entry:
    """Return what the world shall know of a resource about to be made."""
    return Entry(
        urn=wanted.urn,
        type=wanted.type,
        id=registered.id,
        place=wanted.place,
        generation=generation,
        inputs=wanted.wire_inputs,
        outputs=registered.outputs,
    )


class Backend(Protocol):
    """Changes one part of the world. Every method may be called from several threads at once."""

    def create(self, wanted: Wanted) -> Registered:
        """Make it and return when it works. Raises `SandboxError`; what was begun stays in the world."""

    def update(self, entry: Entry, wanted: Wanted) -> Registered:
        """Change it in place and return when it works. Raises `SandboxError`."""

    def delete(self, entry: Entry) -> None:
        """Remove it and return when it is gone; one that is already gone is fine. Raises `SandboxError`."""

    def forget(self, entry: Entry) -> None:
        """Strike it out: what it lived in is gone, and it with that."""

"""A resource as the engine wants it, and the meaning of a change of its inputs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from clouds.catalogue import kind_of, replacing
from clouds.kind import Place, changed
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
    """Compare inputs as on the wire. A resource with a name of its own goes before its successor is created."""
    kind = kind_of(type_)
    before, after = wire.unwrap(old), wire.unwrap(new)
    return Diff(
        changed=changed(before, after),
        replaces=replacing(kind, before, after),
        delete_before_replace=kind.unique is not None,
    )


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A resource as an engine wants it to be."""

    urn: str
    type: str
    wire_inputs: dict[str, Any]
    place: Place


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

"""What the simulated providers answer the Pulumi engine, as pure translations: differences and previews."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi.runtime.proto import provider_pb2

from clouds.catalogue import kind_of
from clouds.kind import Subject
from q2o_infra.plan import wire
from sandbox.providers.contract import Diff, Wanted

_KIND = provider_pb2.PropertyDiff
_FORCING = {_KIND.ADD: _KIND.ADD_REPLACE, _KIND.DELETE: _KIND.DELETE_REPLACE, _KIND.UPDATE: _KIND.UPDATE_REPLACE}
_REPLACING_CONFIG = {
    "aws": frozenset({"region"}),
    "azure-native": frozenset({"subscriptionId"}),
}
"""Provider inputs whose change makes what it manages unreachable, so that all of it is made anew."""


def resource_diff(diff: Diff, old: Mapping[str, Any], new: Mapping[str, Any], *, incomplete: bool) -> Any:
    """Return the engine's answer for `diff`; a resource whose last change was interrupted always has one."""
    some = bool(diff.changed) or incomplete
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if some else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=diff.changed,
        replaces=sorted({path.split(".")[0] for path in diff.replaces}),
        deleteBeforeReplace=diff.delete_before_replace,
        hasDetailedDiff=bool(diff.changed),
        detailedDiff={
            path: provider_pb2.PropertyDiff(kind=_forced(kind) if forces else kind, inputDiff=True)
            for path, kind, forces in _changes(wire.unwrap(old), wire.unwrap(new), forcing=diff.replaces)
        },
    )


def config_diff(package: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Any:
    """Return the engine's answer for a changed provider."""
    before, after = wire.unwrap(old), wire.unwrap(new)
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if keys else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=keys,
        replaces=[key for key in keys if key in _REPLACING_CONFIG.get(package, ())],
    )


def expected_outputs(wanted: Wanted) -> dict[str, Any]:
    """Return the outputs that a creation would have, as far as a preview can know: inputs, and the rest unknown."""
    kind = kind_of(wanted.type)
    inputs = wire.unwrap(wanted.wire_inputs)
    subject = Subject(urn=wanted.urn, type=wanted.type, inputs=inputs, place=wanted.place, id=wire.UNKNOWN)
    try:
        outputs = kind.outputs(subject)
    except (KeyError, TypeError, ValueError):
        # An unknown stands where the table needs a number or a group. What is absent counts as unknown.
        return wanted.wire_inputs
    return {**wanted.wire_inputs, **{key: _masked(inputs.get(key), value) for key, value in outputs.items()}}


def _masked(given: Any, computed: Any) -> Any:
    """Return `computed` with every leaf that is not given as unknown."""
    if given == computed:
        return computed
    if isinstance(given, dict) and isinstance(computed, dict):
        return {key: _masked(given.get(key), value) for key, value in computed.items()}
    return wire.UNKNOWN


def _forced(kind: Any) -> Any:
    return _FORCING[kind]


def _changes(
    old: Any, new: Any, *, forcing: tuple[str, ...], path: str = "", dotted: str = ""
) -> Iterator[tuple[str, Any, bool]]:
    """Yield the path, the kind and whether it forces a replacement, of every leaf that differs."""
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        deeper = f"{dotted}.{key}" if dotted else key
        written = _joined(path, key)
        below = any(item.startswith(f"{deeper}.") for item in forcing)
        if isinstance(before, dict) and isinstance(after, dict) and deeper not in forcing:
            yield from _changes(before, after, forcing=forcing, path=written, dotted=deeper)
        elif before is None:
            yield written, _KIND.ADD, below or deeper in forcing
        elif after is None:
            yield written, _KIND.DELETE, below or deeper in forcing
        else:
            yield written, _KIND.UPDATE, below or deeper in forcing


def _joined(path: str, key: str) -> str:
    if all(character.isalnum() or character in "_-$" for character in key):
        return f"{path}.{key}" if path else key
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'

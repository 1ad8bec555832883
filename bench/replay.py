"""The same region without components: one flat program that registers what was recorded.

In two styles. `GENERATED` makes every resource by the class that the cloud SDK generates for its type, as anybody would
who writes the region down without components. `PLAIN` makes it by the SDK's bare `CustomResource`, without types: the
least that a program can do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from graphlib import TopologicalSorter
from typing import Any

import pulumi
from pulumi import ComponentResource, CustomResource, Output, ProviderResource, Resource, ResourceOptions

from q2o_infra.plan import wire
from q2o_infra.plan.critical_path import waits_of
from q2o_infra.plan.monitor import PROVIDER_PREFIX, Registration
from q2o_infra.plan.recorder import Recording, record

Program = Callable[[], None]
_TAKEN = ("resource_name", "opts")
"""Parameters that every generated class has; an input of that name is spelt with an underscore behind it."""
Make = Callable[[str, dict[str, Any], ResourceOptions], Resource]
"""Registers a resource of one type from its name, its inputs as on the wire, and its options."""


class Style(StrEnum):
    """How a resource is registered."""

    GENERATED = "generated"
    PLAIN = "plain"


def replay(program: Program, style: Style) -> Program:
    """Return a program that registers what `program` does: same inputs, parents, providers and edges.

    Raises `RuntimeError` naming what would differ.
    """
    recording, makers = _observe(program)
    rows = tuple(_in_order(recording))

    def replayed() -> None:
        made: dict[str, Resource] = {}
        for row in rows:
            made[row.urn] = _register(row, made, makers[row.type] if style is Style.GENERATED else _plain(row.type))
        for name, value in recording.exports.items():
            pulumi.export(name, _opened(value))

    if different := _differences(recording, record(replayed)):
        raise RuntimeError(f"the replay differs from the program in {len(different)} resources, first {different[0]}")
    return replayed


def _observe(program: Program) -> tuple[Recording, Mapping[str, Make]]:
    makers: dict[str, Make] = {}

    def observe(args: pulumi.ResourceTransformationArgs) -> None:
        # Keyword names as the class takes them, found by the wire names that they stand for.
        keywords = {key.replace("_", "").lower(): f"{key}_" if key in _TAKEN else key for key in args.props}
        makers[args.type_] = _generated(type(args.resource), keywords)

    def observed() -> None:
        pulumi.runtime.register_stack_transformation(observe)
        program()

    return record(observed), makers


def _generated(class_: Callable[..., Resource], keywords: Mapping[str, str]) -> Make:
    def make(name: str, inputs: dict[str, Any], opts: ResourceOptions) -> Resource:
        return class_(name, opts=opts, **{keywords[key.lower()]: value for key, value in inputs.items()})

    return make


def _plain(type_: str) -> Make:
    return lambda name, inputs, opts: CustomResource(type_, name, inputs, opts)


def _in_order(recording: Recording) -> Iterator[Registration]:
    rows = recording.by_urn()
    waits = {urn: {*waits_of(row), row.parent} & rows.keys() for urn, row in rows.items()}
    return (rows[urn] for urn in TopologicalSorter(waits).static_order())


def _differences(one: Recording, other: Recording) -> list[str]:
    """Return the URNs of what is in only one of the two, or differs in inputs, place or edges."""
    ours, theirs = ({row.urn: _essence(row) for row in recording.resources} for recording in (one, other))
    return sorted(urn for urn in ours.keys() | theirs.keys() if ours.get(urn) != theirs.get(urn))


def _essence(row: Registration) -> tuple[Any, ...]:
    edges = {key: urns for key, urns in row.property_dependencies.items() if urns}
    return row.parent, row.provider, row.wire_inputs, row.dependencies, edges, row.protect, row.deleted_with


def _register(row: Registration, made: Mapping[str, Resource], make: Make) -> Resource:
    inputs = {
        key: _after([made[urn].urn for urn in row.property_dependencies.get(key, ())], _opened(value))
        for key, value in row.wire_inputs.items()
    }
    if row.type.startswith(PROVIDER_PREFIX):
        return ProviderResource(row.type.removeprefix(PROVIDER_PREFIX), row.name, inputs)
    provider = made.get(row.provider.rpartition("::")[0])
    opts = ResourceOptions(
        deleted_with=made.get(row.deleted_with),
        depends_on=[made[urn] for urn in row.explicit_dependencies],
        parent=made.get(row.parent),
        protect=row.protect,
        provider=provider if isinstance(provider, ProviderResource) else None,
    )
    if row.custom:
        return make(row.name, inputs, opts)
    component = ComponentResource(row.type, row.name, inputs, opts)
    component.register_outputs(_opened(row.outputs))
    return component


def _after(awaited: list[Output[str]], value: Any) -> Any:
    """Return `value` as something that comes from `awaited`, by as few outputs as will do."""
    if not awaited:
        return value
    first = awaited[0] if len(awaited) == 1 else Output.all(*awaited)
    return first.apply(lambda _: value)


def _opened(value: Any) -> Any:
    """Return wire data as a program would write it: a wrapped secret becomes `Output.secret`."""
    if wire.is_secret(value):
        return Output.secret(value["value"])
    if isinstance(value, dict):
        return {key: _opened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_opened(item) for item in value]
    return value

"""Finds the row of a resource type and works out what a resource of it would be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from components.base.errors import SandboxError
from components.base.vocabulary import Cloud
from q2o_infra.locations import LOCATIONS
from q2o_infra.plan import wire
from q2o_infra.plan.monitor import PROVIDER_PREFIX, Registered, Registration
from sandbox.clouds import aws, azure, gcp, kubernetes, random
from sandbox.clouds.kind import Kind, Place, Subject, changed, check

_KINDS: dict[str, Kind] = {kind.type: kind for kind in (*aws.KINDS, *azure.KINDS, *gcp.KINDS, *random.KINDS)}


def kind_of(type_: str) -> Kind:
    """Return the row of `type_`. Raises `SandboxError` for a type that no table has."""
    if kubernetes.is_kubernetes(type_):
        return kubernetes.kind_of(type_)
    if type_ not in _KINDS:
        raise SandboxError(
            f"{type_}: the simulated clouds do not know this resource type; "
            f"add a row with its required and replace-forcing properties to sandbox/clouds."
        )
    return _KINDS[type_]


def place_of(provider_type: str, provider_inputs: dict[str, Any]) -> Place:
    """Return where a provider with these inputs works. Raises `SandboxError` for a location that does not exist."""
    if provider_type == "azure-native":
        return Place(
            account=str(provider_inputs.get("subscriptionId") or ""),
            location=_known_location(Cloud.AZURE, provider_type, "location", provider_inputs),
        )
    if provider_type == "gcp":
        return Place(
            account=str(provider_inputs.get("project") or ""),
            location=_known_location(Cloud.GCP, provider_type, "region", provider_inputs),
        )
    if provider_type != "aws":
        return Place()
    location = _known_location(Cloud.AWS, provider_type, "region", provider_inputs)
    accounts = provider_inputs.get("allowedAccountIds") or []
    if isinstance(accounts, str):
        accounts = json.loads(accounts)
    return Place(account=accounts[0] if accounts else "", location=location)


def _known_location(cloud: Cloud, provider_type: str, key: str, provider_inputs: dict[str, Any]) -> str:
    location = provider_inputs.get(key) or ""
    if (cloud, location) not in LOCATIONS:
        known = ", ".join(name for other, name in LOCATIONS if other is cloud)
        raise SandboxError(
            f"{provider_type} provider: {key} {location!r} is not one of {known}; set the location to one of them, "
            f"or add it to q2o_infra/locations.py with its zone ids."
        )
    return str(location)


def answer(token: str, inputs: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a simulated cloud answers when the program asks; `None`: it is not asked.

    The questions, one to Azure and one to Google Cloud, are in docs/adr/0025-azure-is-asked-one-question.md.
    """
    return azure.answer(token, inputs) or gcp.answer(token, inputs)


def refuse(urn: str, failures: list[tuple[str, str]]) -> None:
    """Raise `SandboxError` naming the resource when `failures` is not empty."""
    if failures:
        reasons = "; ".join(reason for _, reason in failures)
        *_, types, name = urn.split("::")
        raise SandboxError(f"{types.rsplit('$', maxsplit=1)[-1]} {name}: {reasons}.")


def simulate(subject: Subject, wire_inputs: dict[str, Any]) -> Registered:
    """Return the id and outputs that `subject` would have; inputs come back as outputs, secrets still wrapped.

    A subject with an id is taken over and keeps it. Raises `SandboxError` for an unknown type or a missing required
    input.
    """
    kind = kind_of(subject.type)
    refuse(subject.urn, check(kind, subject.inputs))
    identity = subject.id or kind.identity(subject)
    outputs = {**wire_inputs, **kind.outputs(replace(subject, id=identity))}
    for key in kind.secret_outputs & outputs.keys():
        outputs[key] = wire.wrap_secret(outputs[key])
    return Registered(id=identity, outputs=outputs)


def _holds(path: str, values: dict[str, Any]) -> Any:
    current: Any = values
    for part in path.split("."):
        current = current.get(part) if isinstance(current, dict) else None
    return current


def replacing(kind: Kind, old: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    """Return the replace-forcing paths whose values differ, sorted."""
    return tuple(sorted(path for path in kind.replaces if _holds(path, old) != _holds(path, new)))


class Places:
    """Remembers where each provider instance works, by its reference (`<urn>::<id>`)."""

    def __init__(self) -> None:
        self._by_reference: dict[str, Place] = {}

    def register(self, registration: Registration) -> Registered:
        """Take note of a provider; its id is its name."""
        package = registration.type.removeprefix(PROVIDER_PREFIX)
        self._by_reference[f"{registration.urn}::{registration.name}"] = place_of(package, registration.inputs)
        return Registered(id=registration.name, outputs=registration.wire_inputs)

    def of(self, registration: Registration) -> Place:
        """Return the place of a resource's provider. Raises `SandboxError` where no explicit provider is given."""
        if not registration.provider:
            raise SandboxError(
                f"{registration.type} {registration.name}: default providers are disabled; "
                f"give the resource or a component above it an explicit provider."
            )
        return self._by_reference[registration.provider]


__all__ = ["Places", "answer", "changed", "check", "kind_of", "place_of", "refuse", "replacing", "simulate"]

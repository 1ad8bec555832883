"""Finds the row of a resource type, and the place in which a provider works."""

from __future__ import annotations

import json
from typing import Any

from clouds import kubernetes, random
from clouds.aws import records as aws
from clouds.azure import records as azure
from clouds.gcp import records as gcp
from clouds.kind import Kind, Place
from clouds.locations import LOCATIONS
from components.base.errors import SandboxError
from components.base.vocabulary import Cloud

_KINDS: dict[str, Kind] = {kind.type: kind for kind in (*aws.KINDS, *azure.KINDS, *gcp.KINDS, *random.KINDS)}


def kind_of(type_: str) -> Kind:
    """Return the row of `type_`. Raises `SandboxError` for a type that no table has."""
    if kubernetes.is_kubernetes(type_):
        return kubernetes.kind_of(type_)
    if type_ not in _KINDS:
        raise SandboxError(
            f"{type_}: the simulated clouds do not know this resource type; "
            f"add a row with its required and replace-forcing properties to the folder clouds."
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
            f"or add it to clouds/{cloud.value}/locations.py with its zones."
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


def _holds(path: str, values: dict[str, Any]) -> Any:
    current: Any = values
    for part in path.split("."):
        current = current.get(part) if isinstance(current, dict) else None
    return current


def replacing(kind: Kind, old: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    """Return the replace-forcing paths whose values differ, sorted."""
    return tuple(sorted(path for path in kind.replaces if _holds(path, old) != _holds(path, new)))

"""How a row of the Azure tables is written: the shape of ARM ids, and what a row holds.

An id is a path of names: subscription, resource group, provider, type and name, and again type and name for what is
part of another resource (Azure Resource Manager documentation, "Resource functions: resourceId").
"""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

from clouds.kind import Kind, Seconds, Subject

Outputs = dict[str, Any]

CREATED = "2026-01-15T08:00:00.0000000Z"
"""When everything in the simulated subscription was made: the same for all, so that a plan is the same every time."""


def arm_id(path: str) -> Callable[[Subject], str]:
    """Return the shape of an id inside a resource group; `{...}` in `path` names inputs.

    A resource that gives itself no name is called after its logical name.
    """
    return lambda subject: (
        f"/subscriptions/{subject.place.account}/resourceGroups/{subject.inputs['resourceGroupName']}"
        f"/providers/{_filled(path, subject)}"
    )


def scoped_id(path: str, scope: str = "scope") -> Callable[[Subject], str]:
    """Return the shape of an id of what is said about another resource, whose id is the input `scope`."""
    return lambda subject: f"{subject.inputs[scope]}/providers/{_filled(path, subject)}"


def uuid(subject: Subject, salt: str = "") -> str:
    """Return an id of five groups of digits, as Entra gives to identities."""
    digits = subject.token(32, salt)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def row(
    type_: str,
    identity: Callable[[Subject], str],
    outputs: Callable[[Subject], Outputs] = lambda _: {},
    *,
    required: str = "",
    replaces: str = "",
    named: str | None,
    name_kept_seconds: float = 0.0,
    seconds: tuple[float, float, float] = (3, 2, 3),
) -> Kind:
    """Return one row; several properties are written in one text, and times are of create, update and delete.

    `named` is the input that names it. The program names everything itself, so a successor has its predecessor's id
    and the predecessor goes first; `None` for what is replaced by nothing of its own name.
    """
    create, update, delete = seconds
    return Kind(
        type=f"azure-native:{type_}",
        identity=identity,
        outputs=lambda subject: {**_common(subject), **outputs(subject)},
        required=frozenset(required.split()),
        replaces=frozenset(replaces.split()),
        unique=named,
        name_kept_seconds=name_kept_seconds,
        seconds=Seconds(create=create, update=update, delete=delete),
    )


def _common(subject: Subject) -> Outputs:
    """Return what every resource gives: its name and its type, as they stand in its id, and who it is."""
    outputs: Outputs = {}
    resource = subject.id.rpartition("/providers/")[2].split("/")
    if len(resource) > 1:
        outputs |= {"name": resource[-1], "type": "/".join((resource[0], *resource[1::2]))}
    identity = subject.inputs.get("identity")
    if identity:
        # Given as a list, told as a map.
        given = identity.get("userAssignedIdentities") or []
        outputs["identity"] = {
            **identity,
            "principalId": "",
            "tenantId": "",
            "userAssignedIdentities": {str(id_): {"clientId": "", "principalId": ""} for id_ in given},
        }
    return outputs


def _filled(path: str, subject: Subject) -> str:
    names = [name for _, name, _, _ in string.Formatter().parse(path) if name]
    return path.format(**{name: str(subject.inputs.get(name) or subject.name) for name in names})

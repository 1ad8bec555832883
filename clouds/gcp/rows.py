"""How a row of the Google Cloud tables is written: the shapes of ids and links, and what a row holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any

from clouds.kind import Kind, Seconds, Subject

Outputs = dict[str, Any]

COMPUTE = "https://www.googleapis.com/compute/v1"
FOR_EVER = inf
"""A name that is never given back, or not while anybody waits."""


def row(
    type_: str,
    identity: Callable[[Subject], str],
    outputs: Callable[[Subject], Outputs] = lambda _: {},
    *,
    required: str = "",
    replaces: str = "",
    unique: str | None = None,
    name_kept_seconds: float = 0.0,
    adoption: str = "",
    seconds: tuple[float, float, float] = (1, 1, 1),
) -> Kind:
    """Return one row; several properties are written in one text, and times are of create, update and delete.

    Everything can be put into another project, and nothing can be moved there.
    """
    create, update, delete = seconds
    return Kind(
        type=f"gcp:{type_}",
        identity=identity,
        outputs=outputs,
        required=frozenset(required.split()),
        replaces=frozenset(replaces.split()),
        unique=unique,
        name_kept_seconds=name_kept_seconds,
        adoption=adoption,
        seconds=Seconds(create=create, update=update, delete=delete),
    )


def project(subject: Subject) -> str:
    """Return the project that a resource is in: its own, or its provider's."""
    return str(subject.inputs.get("project") or subject.place.account)


def number(subject: Subject) -> str:
    """Return the project's number, the same for everything in it."""
    return number_of(project(subject))


def number_of(project_id: str) -> str:
    """Return the number of a project."""
    digits = "".join(str(ord(letter) % 10) for letter in project_id)
    return (digits * 12)[:12]


def location(subject: Subject) -> str:
    """Return the location that a resource is in: its own, or its provider's."""
    return str(subject.inputs.get("location") or subject.inputs.get("region") or subject.place.location)


def from_input(name: str) -> Callable[[Subject], str]:
    """Return the shape of an id that is one of the inputs."""
    return lambda subject: str(subject.inputs[name])


def in_project(middle: str, name: str = "name") -> Callable[[Subject], str]:
    """Return the shape of an id `projects/<project>/<middle>/<name>`."""
    return lambda subject: f"projects/{project(subject)}/{middle}/{subject.inputs.get(name, subject.name)}"


def regional(collection: str, *, word: str = "regions", name: str = "name") -> Callable[[Subject], str]:
    """Return the shape of an id `projects/<project>/regions/<location>/<collection>/<name>`."""
    return lambda subject: (
        f"projects/{project(subject)}/{word}/{location(subject)}/{collection}/{subject.inputs.get(name, subject.name)}"
    )


def linked(subject: Subject) -> Outputs:
    """Return what everything of Compute Engine gives: the link to itself."""
    return {"selfLink": f"{COMPUTE}/{subject.id}"}


def member(what: str) -> Callable[[Subject], str]:
    """Return the shape of the id of one member of one role on `what`."""
    return lambda subject: f"{subject.inputs[what]}/{subject.inputs['role']}/{subject.inputs['member']}"


def granted(type_: str, what: str) -> Kind:
    """Return the row of a role that is given to one member on `what`."""
    return replace(
        row(
            type_,
            member(what),
            lambda subject: {"etag": subject.token(12)},
            required=f"{what} member role",
            replaces=f"{what} condition member role",
            seconds=(8, 1, 8),
        ),
        repeatable=True,
    )

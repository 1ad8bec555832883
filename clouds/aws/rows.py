"""How a row of the AWS tables is written: the shapes of ids and ARNs, and what a row holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clouds.kind import Kind, Seconds, Subject

Outputs = dict[str, Any]


def hex_id(prefix: str) -> Callable[[Subject], str]:
    """Return the shape of an id such as `vpc-0123456789abcdef0`."""
    return lambda subject: f"{prefix}-{subject.token(17)}"


def from_input(name: str) -> Callable[[Subject], str]:
    """Return the shape of an id that is one of the inputs."""
    return lambda subject: str(subject.inputs[name])


def joined(separator: str, *names: str) -> Callable[[Subject], str]:
    """Return the shape of an id that is made of several inputs."""
    return lambda subject: separator.join(str(subject.inputs[name]) for name in names)


def arn(subject: Subject, service: str, resource: str, *, regional: bool = True) -> str:
    """Return the ARN of `resource`; IAM and other global services have no location in theirs."""
    location = subject.place.location if regional else ""
    return f"arn:aws:{service}:{location}:{subject.place.account}:{resource}"


def row(
    type_: str,
    identity: Callable[[Subject], str],
    outputs: Callable[[Subject], Outputs] = lambda _: {},
    *,
    required: str = "",
    replaces: str = "",
    secret: str = "",
    unique: str | None = None,
    name_kept_seconds: float = 0.0,
    seconds: tuple[float, float, float] = (1, 1, 1),
) -> Kind:
    """Return one row; several properties are written in one text, and times are of create, update and delete."""
    create, update, delete = seconds
    return Kind(
        type=f"aws:{type_}",
        identity=identity,
        outputs=outputs,
        required=frozenset(required.split()),
        replaces=frozenset(replaces.split()),
        secret_outputs=frozenset(secret.split()),
        unique=unique,
        name_kept_seconds=name_kept_seconds,
        seconds=Seconds(create=create, update=update, delete=delete),
    )


def ec2(resource: str) -> Callable[[Subject], Outputs]:
    """Return what everything of EC2 gives: its ARN and its owner."""
    return lambda subject: {
        "arn": arn(subject, "ec2", f"{resource}/{subject.id}"),
        "ownerId": subject.place.account,
    }


def named(service: str, resource: str, *, regional: bool = True) -> Callable[[Subject], Outputs]:
    """Return the ARN of what is told apart by its name."""
    return lambda subject: {"arn": arn(subject, service, f"{resource}{subject.inputs['name']}", regional=regional)}


def uuid(subject: Subject) -> str:
    """Return an id of five groups of digits."""
    digits = subject.token(32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

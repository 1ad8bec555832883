"""How a row of the AWS tables is written: identities, ARNs, and the row itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.clouds.kind import Kind, Seconds, Subject

Outputs = dict[str, Any]


def hex_id(prefix: str) -> Callable[[Subject], str]:
    """Return the identity `<prefix>-<17 hexadecimal digits>`."""
    return lambda subject: f"{prefix}-{subject.token(17)}"


def given(name: str) -> Callable[[Subject], str]:
    """Return the identity that is the value of an input."""
    return lambda subject: str(subject.inputs[name])


def joined(separator: str, *names: str) -> Callable[[Subject], str]:
    """Return the identity that is the values of some inputs, joined."""
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
    """Return a row; sets are written as words with spaces between, times are those of create, update and delete."""
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


def named(service: str, resource: str, *, regional: bool = True) -> Callable[[Subject], Outputs]:
    """Return the outputs of something whose ARN ends with its name."""
    return lambda subject: {"arn": arn(subject, service, f"{resource}{subject.inputs['name']}", regional=regional)}

"""What the sandbox knows of one resource type."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a provider creates things: the account it is pinned to and its location; both may be ""."""

    account: str = ""
    location: str = ""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One resource about to exist."""

    urn: str
    type: str
    inputs: dict[str, Any]
    place: Place
    generation: int = 0
    """How many resources of this URN have been created before; a replacement gets another id."""
    revision: int = 0
    """How many times it has been changed in place."""
    id: str = ""

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rsplit("::", 1)[-1]

    def token(self, length: int, salt: str = "") -> str:
        """Return `length` hexadecimal digits that depend on nothing but the URN, the generation and `salt`."""
        text = f"{self.urn}|{self.generation}|{salt}"
        digits = ""
        while len(digits) < length:
            digits += hashlib.sha256(f"{text}|{len(digits)}".encode()).hexdigest()
        return digits[:length]


@dataclass(frozen=True, kw_only=True)
class Seconds:
    """How long the cloud takes, typically; the sandbox scales it (default scale 0: at once)."""

    create: float = 1.0
    update: float = 1.0
    delete: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One resource type: one row of a cloud's table."""

    type: str
    identity: Callable[[Subject], str]
    """The physical id."""
    outputs: Callable[[Subject], dict[str, Any]] = lambda _: {}
    """What the cloud adds to the inputs."""
    required: frozenset[str] = frozenset()
    """Inputs without which the provider refuses (taken from the provider's schema; a test compares)."""
    replaces: frozenset[str] = frozenset()
    """Inputs that cannot be changed in place."""
    secret_outputs: frozenset[str] = frozenset()
    unique: str | None = None
    """The input whose value may exist only once per account and location."""
    name_kept_seconds: float = 0.0
    """How long the cloud refuses the unique name again after a deletion; infinite where it never gives it back."""
    repeatable: bool = False
    """Whether making one that an earlier region kept is no error, as giving a right a second time is none."""
    adoption: str = ""
    """How one that an earlier region kept is taken over, as an imperative clause; "" where nothing is kept."""
    seconds: Seconds = field(default_factory=Seconds)


def check(kind: Kind, inputs: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong with `inputs` as (property, reason) pairs."""
    return [(name, f"missing required property {name!r}") for name in sorted(kind.required) if inputs.get(name) is None]


def changed(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    """Return the top-level inputs that differ, sorted; an absent input equals null."""
    return tuple(sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key)))

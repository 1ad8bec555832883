"""What a field of the settings may hold, in words: error messages and the reference page quote the same ones.

The words come from the field's type and limits; where a type says too little, an `Allowed` beside it says more.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum
from ipaddress import IPv4Network
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """Beside a type: what it may hold and what to do about anything else, where the type alone does not tell."""

    words: str
    action: str


@dataclass(frozen=True, kw_only=True)
class DerivedDefault:
    """Beside an optional type: where the value comes from when the key is left out."""

    words: str


@dataclass(frozen=True, kw_only=True)
class FieldType:
    """A field's type without `Annotated` and `| None`, and what stood beside it."""

    bare: Any
    metadata: tuple[Any, ...]

    @property
    def allowed(self) -> Allowed:
        """What the field may hold, as a noun phrase, and what to do about anything else, as an imperative clause."""
        said = next((item for item in self.metadata if isinstance(item, Allowed)), None)
        return said or _allowed(self.bare, self.metadata)

    @property
    def default_words(self) -> str | None:
        """Where a default that is no constant comes from."""
        return next((item.words for item in self.metadata if isinstance(item, DerivedDefault)), None)

    @property
    def is_secret(self) -> bool:
        """Whether a value of the field may be shown to nobody."""
        return self.bare is SecretStr

    @property
    def is_text(self) -> bool:
        """Whether a value is text as it stands; any other type reaches a program of the Pulumi CLI as JSON text."""
        return isinstance(self.bare, type) and issubclass(self.bare, str | SecretStr)

    @property
    def items(self) -> FieldType | None:
        """The type of a list's entries."""
        return _unwrapped(get_args(self.bare)[0], ()) if get_origin(self.bare) is tuple else None

    @property
    def model(self) -> type[BaseModel] | None:
        """The model of a mapping, or of a list's entries."""
        bare = self.items.bare if self.items else self.bare
        return bare if isinstance(bare, type) and issubclass(bare, BaseModel) else None


def field_type(field: FieldInfo) -> FieldType:
    """Return what type a field has."""
    return _unwrapped(field.annotation, tuple(field.metadata))


def field_at(model: type[BaseModel], path: Sequence[int | str]) -> FieldType:
    """Return the type of what stands at `path`, the whole model for an empty one. Raises `KeyError` for no field."""
    here = FieldType(bare=model, metadata=())
    for part in path:
        if isinstance(part, int):
            if here.items is None:
                raise KeyError(part)
            here = here.items
        else:
            if here.model is None:
                raise KeyError(part)
            here = field_type(here.model.model_fields[part])
    return here


def _unwrapped(annotation: Any, metadata: tuple[Any, ...]) -> FieldType:
    if get_origin(annotation) in {Union, types.UnionType}:
        (annotation,) = (part for part in get_args(annotation) if part is not type(None))
        return _unwrapped(annotation, metadata)
    if get_origin(annotation) is Annotated:
        bare, *beside = get_args(annotation)
        flat = [entry for item in beside for entry in (item.metadata if isinstance(item, FieldInfo) else [item])]
        return _unwrapped(bare, (*metadata, *flat))
    return FieldType(bare=annotation, metadata=metadata)


_BY_TYPE: dict[Any, Allowed] = {
    bool: Allowed(words="true or false", action="choose one of these, without quotes"),
    IPv4Network: Allowed(
        words="an IPv4 range such as 192.0.2.0/24, with no bits set behind the prefix",
        action="write its first address and its prefix length",
    ),
    date: Allowed(words="a date such as 2026-11-23", action="write year, month and day, as numbers with hyphens"),
    SecretStr: Allowed(words="text", action="put it in quotes"),
    str: Allowed(words="text", action="put it in quotes"),
}


def _allowed(bare: Any, metadata: tuple[Any, ...]) -> Allowed:
    if get_origin(bare) is tuple:
        return Allowed(words="a list", action='write one entry a line, each after "- "')
    if issubclass(bare, BaseModel):
        return Allowed(words="a mapping of keys to values", action="write its keys below it, indented")
    if issubclass(bare, Enum):
        return _one_of(bare)
    if bare is int:
        return Allowed(words=f"a whole number{_limits(metadata)}", action="write one, without quotes")
    return _BY_TYPE[bare]


def _one_of(choices: type[Enum]) -> Allowed:
    if issubclass(choices, IntEnum):
        return Allowed(
            words=f"a whole number, {min(choices).value} to {max(choices).value}", action="choose one of these"
        )
    values = [str(member.value) for member in choices]
    if len(values) == 1:
        return Allowed(words=f"{values[0]}, the only one so far", action=f"set it to {values[0]}")
    return Allowed(words=f"{', '.join(values[:-1])} or {values[-1]}", action="choose one of these")


def _limits(metadata: tuple[Any, ...]) -> str:
    least = next((item.ge for item in metadata if hasattr(item, "ge")), None)
    most = next((item.le for item in metadata if hasattr(item, "le")), None)
    if least is None:
        return "" if most is None else f", {most} or less"
    return f", {least} or more" if most is None else f", {least} to {most}"

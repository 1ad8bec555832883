"""What is wrong with a stack, all at once, a line each: file, path, what was given, what is allowed, what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from components.base.errors import SettingsError, refused
from q2o_infra.settings_clouds import REFUSED
from q2o_infra.settings_fields import field_at

_HIDDEN = "[secret]"


def file_name(stack: str) -> str:
    """Return the name of a stack's file."""
    return f"Pulumi.{stack}.yaml"


def error_for(faults: Iterable[str], *, source: str, overridden: Collection[str] = ()) -> SettingsError:
    """Return one error with a line for each fault.

    A fault is a sentence that starts with its path. `source` is the file that the line names, unless the path starts
    with a key in `overridden`: that came from the command line, and the line names the option. The message is ASCII.
    """
    lines = [f"--{fault}" if _head(fault) in overridden else f"{source}: {fault}" for fault in faults]
    return SettingsError("\n".join(lines).encode("ascii", "backslashreplace").decode())


def path_of(fault: str) -> str:
    """Return the path that a sentence starts with."""
    return fault.partition(": ")[0]


def _head(fault: str) -> str:
    return path_of(fault).partition(".")[0]


def sentences(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return one sentence for each thing that is wrong, in the order of the model.

    What is wrong with a list because of its entries is left to the entries.
    """
    details = error.errors(include_url=False)
    within = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
    return [_sentence(detail, model) for detail in details if detail["loc"] not in within]


def unknown_key(where: str, allowed: Collection[str]) -> str:
    """Return the sentence for a key that does not exist; `where` is the key's path, `allowed` its possible siblings."""
    close = get_close_matches(where.rpartition(".")[2], allowed, n=1)
    action = f"write {close[0]} instead" if close else "remove it or correct its spelling"
    return f"{where}: this key is unknown: {', '.join(sorted(allowed))} are allowed here; {action}."


def _sentence(detail: ErrorDetails, model: type[BaseModel]) -> str:
    path, kind, context = detail["loc"], detail["type"], detail.get("ctx") or {}
    where = ".".join(str(part) for part in path)
    if kind == "extra_forbidden":
        siblings = field_at(model, path[:-1]).model
        return unknown_key(where, list(siblings.model_fields) if siblings else [])
    field = field_at(model, path)
    if kind == "missing":
        allowed = field.allowed
        return f"{where}: nothing is given, and there is no default: expected {allowed.words}; {allowed.action}."
    if kind == REFUSED:
        return refused(where, context.get("given", detail["input"]), context["allowed"], context["action"])
    given: Any = _HIDDEN if field.is_secret else detail["input"]
    return refused(where, given, f"expected {field.allowed.words}", field.allowed.action)

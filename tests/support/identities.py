"""Says what a change of identities means before an engine would show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from q2o_infra.plan.recorder import Recording


def explain(then: Sequence[str], now: Iterable[str], recording: Recording, *, path: Path, command: str) -> str:
    """Return what the difference between two lists of identities would do, or "" where they are the same.

    A line is `type name parent`. An identity that vanished is deleted by the next `up`, and made anew under the other
    name, unless a resource names it as its alias.
    """
    vanished = [line for line in then if line not in set(now)]
    appeared = [line for line in now if line not in set(then)]
    if not vanished and not appeared:
        return ""
    aliased = {
        (_type_of(alias), _name_of(alias)): f"{row.type} {row.name}"
        for row in recording.resources
        for alias in row.aliases
    }
    lines = [""]
    for line in vanished:
        type_, name, _ = line.split(" ")
        heir = aliased.get((type_, name))
        lines.append(
            f"  - {line}: becomes {heir}, by its alias" if heir else f"  - {line}: {_gone(name, type_, appeared)}"
        )
    lines += [f"  + {line}" for line in appeared]
    lines.append(
        "A resource whose identity vanished without an alias is deleted, and what it held is lost; a renamed or moved "
        "one is replaced. Give it `aliases` with its old name or parent, or say in the upgrade note what is lost."
    )
    lines.append(f"if this is what you want: `{command}`, and commit {path}")
    return "\n".join(lines)


def _gone(name: str, type_: str, appeared: Iterable[str]) -> str:
    moved = any(line.startswith(f"{type_} {name} ") for line in appeared)
    return "has another parent and no alias: REPLACED" if moved else "has no alias: DELETED"


def _type_of(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _name_of(urn: str) -> str:
    return urn.rpartition("::")[2]

"""What a look at a plan finds: what was looked at, how it keeps the promise, and what does not keep it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording

Inputs = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """The answer of one promise for one plan."""

    looked_at: tuple[str, ...]
    """Resources, as `type name`; a promise that looks at nothing is not kept."""
    offenders: tuple[str, ...]
    """Those that break it, each with what is wrong."""
    how: str
    """By what the cloud keeps it, in its own words."""

    @property
    def is_kept(self) -> bool:
        """Whether something was looked at, and nothing of it is wrong."""
        return bool(self.looked_at) and not self.offenders


@dataclass(frozen=True, kw_only=True)
class Check:
    """What resources of some types must say."""

    types: tuple[str, ...]
    """Types that the check looks at, each of which must be in the plan."""
    is_kept: Callable[[Inputs], bool]
    how: str
    wrong: str
    """What is wrong with one that does not say it."""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What the plan must hold beside each resource of some types: a lock on it, the encryption of its objects.

    A check of the lock itself would be kept by a plan that locks something else.
    """

    types: tuple[str, ...]
    """Types that the check looks at, each of which must be in the plan."""
    is_kept: Callable[[Registration, Recording], bool]
    how: str
    wrong: str
    """What is wrong with one that stands alone."""


AnyCheck = Check | Beside


def apply(checks: Iterable[AnyCheck], recording: Recording) -> Findings:
    """Return what all of `checks` find. A type that the plan lacks is an offender: nobody would notice it missing."""
    found = tuple(checks)
    looked_at, offenders = [], []
    for check in found:
        for type_ in check.types:
            rows = recording.of_type(type_)
            if not rows:
                offenders.append(f"{type_}: none in the plan, and {check.how} is about it")
            looked_at += [titled(row) for row in rows]
            offenders += [f"{titled(row)}: {check.wrong}" for row in rows if not _keeps(check, row, recording)]
    return Findings(
        looked_at=tuple(looked_at), offenders=tuple(offenders), how=", ".join(dict.fromkeys(row.how for row in found))
    )


def _keeps(check: AnyCheck, row: Registration, recording: Recording) -> bool:
    return check.is_kept(row.inputs) if isinstance(check, Check) else check.is_kept(row, recording)


def titled(row: Registration) -> str:
    """Return how messages name a resource."""
    return f"{row.type} {row.name}"


def at(inputs: Any, path: str) -> Any:
    """Return what stands at a dotted path of `inputs`, `None` where nothing does; a number counts in a list."""
    for part in path.split("."):
        if isinstance(inputs, list):
            inputs = inputs[int(part)] if part.isdigit() and int(part) < len(inputs) else None
        else:
            inputs = inputs.get(part) if isinstance(inputs, Mapping) else None
    return inputs


def each(inputs: Any, path: str, then: str) -> list[Any]:
    """Return what stands at `then` in each entry of the list at `path`; the list is empty where nothing stands."""
    return [at(entry, then) for entry in at(inputs, path) or []]


def pairs(text: object) -> dict[str, str]:
    """Return labels out of one text, as drivers of volumes take them: `key=value,key=value`."""
    return dict(pair.split("=", 1) for pair in str(text or "").split(",") if "=" in pair)

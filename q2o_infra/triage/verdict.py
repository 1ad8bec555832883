"""Which steps of a preview cost something that cannot be had back, and which of them somebody has acknowledged.

A resource is reported once, although a replacement is up to three steps (pulumi: pkg/resource/deploy/step.go). What
is stateful is decided in `q2o_infra.stateful`; beside that, whatever the state protects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from components.base.errors import TriageError, refused
from q2o_infra.stateful import lost_with
from q2o_infra.triage.previews import Preview, Step

REPLACING = frozenset(
    {"create-replacement", "delete-replaced", "discard-replaced", "import-replacement", "read-replacement", "replace"}
)
DELETING = frozenset({"delete", "discard", "remove-pending-replace"})
HARMLESS = frozenset({"create", "diff", "extend-parameterize", "import", "read", "refresh", "same", "update"})
"""Together these are all operations of the engine; one that is new is refused until somebody has placed it."""

_PROTECTED = "somebody protected it"
_WHY = {
    "delete": "the program no longer declares it",
    "discard": "the program no longer reads it",
    "delete-replaced": "it was replaced, or what it depends on is",
    "import-replacement": "the program imports another one in its place",
    "read-replacement": "the program reads another one in its place",
    "remove-pending-replace": "its replacement was begun, never came, and is no longer declared",
    "replace": "what it depends on is replaced",
}
"""By operation, where no property is named."""


class Change(StrEnum):
    """What happens to a resource. Not an operation of the engine, of which one change may be several."""

    REPLACED = "replaced"
    DELETED = "deleted"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One resource that is replaced or deleted."""

    urn: str
    change: Change
    why: str
    lost: str
    """What is lost with it; "" if nothing is."""
    kept: bool
    """Whether the thing itself stays where it is."""
    acknowledged: bool = False


class TriageDocument(TypedDict):
    """What `q2o triage --json` prints. Lists of URNs; `replaced` and `deleted` hold what is stateful."""

    replaced: list[str]
    deleted: list[str]
    acknowledged: list[str]
    blocked: list[str]
    kept: list[str]
    stateless: list[str]
    findings: list[dict[str, str]]


def triage(preview: Preview, *, source: str, acknowledged: Collection[str] = ()) -> tuple[Finding, ...]:
    """Return everything that is replaced or deleted, sorted by URN.

    Raises `TriageError` for a preview that failed, for an operation that nobody has placed, and for an acknowledgement
    of what needs none.
    """
    for step in preview.steps:
        if step.operation not in REPLACING | DELETING | HARMLESS:
            raise TriageError(
                f"{source}: {step.urn}: the operation {step.operation!r} is not known, so nobody knows what it costs; "
                f"place it in q2o_infra/triage/verdict.py."
            )
    findings = _findings(preview.steps)
    asked = [row.urn for row in findings if is_costly(row)]
    if preview.failures:
        raise TriageError(
            f"{source}: the preview failed, so it does not show everything: {preview.failures[0]}; mend that and "
            f"preview again.",
            hint=f"up to there it would replace or delete {', '.join(asked)}" if asked else None,
        )
    for urn in acknowledged:
        if urn not in asked:
            raise TriageError(
                refused(
                    "--acknowledge",
                    urn,
                    f"the preview asks for {', '.join(asked) or 'no acknowledgement at all'}",
                    "copy a URN from there, or leave it out",
                )
            )
    return tuple(_seen(row) if row.urn in acknowledged else row for row in findings)


def is_costly(row: Finding) -> bool:
    """Answer whether something stateful is replaced, or deleted for good."""
    return bool(row.lost) and not (row.kept and row.change is Change.DELETED)


def is_blocked(row: Finding) -> bool:
    """Answer whether a person has to look at it first."""
    return is_costly(row) and not row.acknowledged


def triage_document(findings: Iterable[Finding]) -> TriageDocument:
    """Return the findings for machines."""
    rows = list(findings)
    costly = [row for row in rows if is_costly(row)]
    return {
        "replaced": [row.urn for row in costly if row.change is Change.REPLACED],
        "deleted": [row.urn for row in costly if row.change is Change.DELETED],
        "acknowledged": [row.urn for row in costly if row.acknowledged],
        "blocked": [row.urn for row in costly if is_blocked(row)],
        "kept": [row.urn for row in rows if row.lost and not is_costly(row)],
        "stateless": [row.urn for row in rows if not row.lost],
        "findings": [
            {"urn": row.urn, "change": row.change.value, "why": row.why, "lost": row.lost} for row in rows if row.lost
        ],
    }


def _findings(steps: Iterable[Step]) -> tuple[Finding, ...]:
    changing: dict[str, list[Step]] = {}
    for step in steps:
        if step.operation in REPLACING | DELETING and not step.external:
            changing.setdefault(step.urn, []).append(step)
    return tuple(_finding(urn, changing) for urn in sorted(changing))


def _finding(urn: str, changing: Mapping[str, list[Step]]) -> Finding:
    rows = sorted(changing[urn], key=lambda step: step.operation)
    replaced = any(step.operation in REPLACING for step in rows)
    reasons = sorted({reason for step in rows for reason in step.reasons})
    said = [_WHY[step.operation] for step in rows if step.operation in _WHY]
    return Finding(
        urn=urn,
        change=Change.REPLACED if replaced else Change.DELETED,
        why=", ".join(reasons) or " and ".join(dict.fromkeys(said)) or _WHY["replace"],
        lost=next(filter(None, map(_lost, rows)), ""),
        kept=_is_kept(urn, changing, frozenset()),
    )


def _lost(step: Step) -> str:
    known = lost_with(step.type, step.name, chart=str(step.inputs.get("chart") or "")) if step.custom else ""
    return known or (_PROTECTED if step.protected else "")


def _is_kept(urn: str, changing: Mapping[str, list[Step]], seen: frozenset[str]) -> bool:
    """Whether the thing stays: its deletion is told to leave it alone, and nothing takes it along."""
    if not all(step.retained for step in changing[urn]):
        return False
    takers = {step.deleted_with for step in changing[urn]} & changing.keys() - seen - {urn}
    return all(_is_kept(taker, changing, seen | {urn}) for taker in takers)


def _seen(row: Finding) -> Finding:
    return Finding(urn=row.urn, change=row.change, why=row.why, lost=row.lost, kept=row.kept, acknowledged=True)

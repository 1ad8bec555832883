"""What a phase record says: that a gate was decided, by whom, on what evidence; and how one is read.

A record is a file of its own in `records/`, reviewed like code: whether it is genuine is decided by that review and
by nothing in here (`docs/adr/0021-phase-records-by-review.md`). What follows from it is decided in
`q2o_infra.gates.permission`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from components.base.errors import GateError, SettingsError, refused
from q2o_infra.phases.contract import Phase
from q2o_infra.settings import whole_number
from q2o_infra.settings_errors import error_for, path_of, sentences
from q2o_infra.settings_fields import Allowed
from q2o_infra.stack_files import ROOT, read_yaml, without_value

FOLDER = ROOT / "records"
FORMAT = 1
"""Raised when a record of the old form no longer says enough."""


class Verdict(StrEnum):
    """How a gate was decided. Not the answer of a criterion, of which a gate has several."""

    GO = "GO"
    NO_GO = "NO-GO"


class DecisionRole(StrEnum):
    """Who takes part in a decision, by role. Not a person: the pull request's approvals say who it was."""

    STEERING_COMMITTEE = "steering-committee"
    PLATFORM_ENGINEERING = "platform-engineering"
    SECURITY = "security"
    COMPLIANCE = "compliance"
    FINANCE = "finance"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


Text = Annotated[str, Field(min_length=1)]
Figure = Annotated[
    str, Field(min_length=1), Allowed(words="text with its unit", action="write it as in 640 users or 99.95 %")
]


class Evidence(_Model):
    """One criterion of the gate, and what was found."""

    criterion: Text
    """What the gate asks for."""
    observed_on: date
    """Day of the newest figure behind the value; its age is counted from here to the decision."""
    source: Text
    """Where the value can be seen again: an export, a dashboard, an attestation in this folder."""
    target: Figure
    """What the value had to reach."""
    value: Figure
    """What was found."""


class PhaseRecord(_Model):
    """One decision on the gate before one phase."""

    decided_by: Annotated[
        tuple[DecisionRole, ...],
        Field(min_length=1, json_schema_extra={"uniqueItems": True}),
        Allowed(words="a list of roles", action=f"name at least {DecisionRole.STEERING_COMMITTEE.value}"),
    ]
    """Roles that took part; the steering committee is one of them."""
    decided_on: date
    """Day of the decision."""
    evidence: Annotated[
        tuple[Evidence, ...],
        Field(min_length=1),
        Allowed(
            words="a list of at least one criterion",
            action="write down what the decision rests on, one entry for each criterion",
        ),
    ]
    """What the decision rests on, one entry for each criterion of the gate."""
    format: Annotated[
        int,
        Field(ge=FORMAT, le=FORMAT),
        BeforeValidator(whole_number),
        Allowed(words=f"{FORMAT}, the only format so far", action=f"set it to {FORMAT}"),
    ]
    """Which form this record has."""
    phase: Annotated[Phase, BeforeValidator(whole_number)]
    """The phase that may start."""
    preview_sha256: Annotated[
        str,
        Field(pattern=r"^[0-9a-f]{64}$"),
        Allowed(words="a SHA-256 of 64 hexadecimal digits", action="give what `sha256sum preview.json` prints"),
    ]
    """SHA-256 of the `pulumi preview --json` document that the deciders saw."""
    stack: Text
    """The stack that carries the platform through its gates."""
    verdict: Verdict
    """How the gate was decided; a NO-GO is kept as well."""

    def age_days(self, evidence: Evidence) -> int:
        """Return how old a piece of evidence was when the gate was decided."""
        return (self.decided_on - evidence.observed_on).days


def record_name(stack: str, phase: Phase) -> str:
    """Return the path of a record, as messages name it."""
    return f"{FOLDER.name}/{stack}/phase-{int(phase)}.yaml"


def read_record(stack: str, phase: Phase, *, folder: Path = FOLDER, today: date | None = None) -> PhaseRecord | None:
    """Return the record of a phase, `None` if there is none.

    Without `today` a date is not compared with the calendar. Raises `GateError`, with a line for each thing that is
    wrong.
    """
    name = record_name(stack, phase)
    path = folder / stack / Path(name).name
    if not path.exists():
        return None
    try:
        document = read_yaml(path, called=name)
    except SettingsError as error:
        raise GateError(error.message) from None
    if not isinstance(document, dict):
        raise GateError(
            f"{name}: this is no record: a mapping of keys to values is expected; begin with the template in "
            f"{FOLDER.name}/README.md."
        )
    record = _parsed(document, name)
    if faults := list(_rules(record, stack=stack, phase=phase, today=today)):
        raise GateError(error_for(faults, source=name).message)
    return record


def _parsed(document: dict[Any, Any], name: str) -> PhaseRecord:
    faults = list(without_value(document))
    try:
        # Strict as JSON, like a stack file: a number in quotes is no number.
        record = PhaseRecord.model_validate_json(json.dumps(document, default=str), strict=True)
    except ValidationError as error:
        named = {path_of(fault) for fault in faults}
        faults += [fault for fault in sentences(error, PhaseRecord) if path_of(fault) not in named]
        raise GateError(error_for(faults, source=name).message) from None
    if faults:
        raise GateError(error_for(faults, source=name).message)
    return record


def _rules(record: PhaseRecord, *, stack: str, phase: Phase, today: date | None) -> Iterator[str]:
    """Yield a sentence for each thing that does not fit the file's place, the calendar or the rest of the record."""
    move = "correct it, or move the file to where it belongs"
    if record.stack != stack:
        yield refused("stack", record.stack, f"the file lies in the folder of {stack}", move)
    if record.phase != phase:
        yield refused("phase", int(record.phase), f"the file is called that of phase {int(phase)}", move)
    if DecisionRole.STEERING_COMMITTEE not in record.decided_by:
        yield refused(
            "decided_by",
            [role.value for role in record.decided_by],
            f"the {DecisionRole.STEERING_COMMITTEE.value} decides on every gate",
            "let it decide, and add it",
        )
    if today is not None and record.decided_on > today:
        yield refused(
            "decided_on", str(record.decided_on), "this day is still to come", "give the day on which it was decided"
        )
    for number, row in enumerate(record.evidence):
        if record.age_days(row) < 0:
            yield refused(
                f"evidence.{number}.observed_on",
                str(row.observed_on),
                f"the gate was decided before that, on {record.decided_on}",
                "name evidence that there was",
            )
        if row.criterion in {other.criterion for other in record.evidence[:number]}:
            yield refused(
                f"evidence.{number}.criterion",
                row.criterion,
                "it is listed more than once",
                "keep one of these entries",
            )

"""Whether `pulumi up` may begin a phase: by the environment, the phase, and the records of the platform's gates.

Phases and gates belong to the platform, and its primary region carries it through them: eu-west in phase 4 looks for
us-east's records. Nothing but files is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from components.base.errors import GateError
from components.base.vocabulary import Environment, Region, RegionRole
from q2o_infra.gates.records import FOLDER, PhaseRecord, Verdict, read_record, record_name
from q2o_infra.locations import REGIONS
from q2o_infra.phases.contract import Phase
from q2o_infra.settings import Settings

HOW_TO = "docs/how-to/decide-a-gate.md"
_FURTHEST_AHEAD = timedelta(hours=14)
"""Of UTC; the day begins there first (IANA time zone database, Pacific/Kiritimati)."""


@dataclass(frozen=True, kw_only=True)
class Permission:
    """What the gates say to a stack in its phase."""

    record: str
    """The record that decides, by its path in the repository; "" where none is asked for."""
    found: bool
    """Whether that file is there."""
    refusal: str
    """One sentence why `pulumi up` is refused; "" where it is not."""
    said: str
    """What a person is told, whatever the answer."""


def decide_permission(
    stack: str, settings: Settings, *, folder: Path = FOLDER, today: date | None = None
) -> Permission:
    """Return what the gates say; the answer is the refusal's sentence, never an exception.

    Without `today` the answer depends on files alone; `latest_today` gives it to who begins a phase.
    """
    if settings.environment is not Environment.PRODUCTION:
        return Permission(record="", found=False, refusal="", said=exemption(settings.environment))
    carrier = carrier_of(stack, settings.region)
    for phase in (phase for phase in Phase if phase < settings.phase):
        passed = _answer(carrier, phase, folder=folder, today=today)
        if passed.refusal:
            return passed
    return _answer(carrier, settings.phase, folder=folder, today=today)


def carrier_of(stack: str, region: Region) -> str:
    """Return the stack of the primary region of the platform that `stack` belongs to."""
    (primary,) = (place.region for place in REGIONS.values() if place.role is RegionRole.PRIMARY)
    return f"{primary.value}{stack.removeprefix(region.value)}"


def exemption(environment: Environment) -> str:
    """Return how an environment without gates says so."""
    return f"environment {environment.value} asks for no gate record"


def latest_today() -> date:
    """Return the latest date that anybody on earth may write today."""
    return (datetime.now(UTC) + _FURTHEST_AHEAD).date()


def _answer(carrier: str, phase: Phase, *, folder: Path, today: date | None) -> Permission:
    name = record_name(carrier, phase)
    try:
        record = read_record(carrier, phase, folder=folder, today=today)
    except GateError as error:
        return _refused(name, error.message, found=True)
    if record is None:
        return _refused(
            name,
            f"{name}: this record is not there: in production no phase starts without the GO of the gate before it, "
            f"and none is skipped; let the gate be decided and merge its record ({HOW_TO}).",
            found=False,
        )
    if record.verdict is not Verdict.GO:
        return _refused(
            name,
            f"{name}: the gate was decided {record.verdict.value} on {record.decided_on}: phase {int(phase)} may not "
            f"start in production; mend what the record names and let the gate be decided again ({HOW_TO}).",
            found=True,
        )
    return Permission(record=name, found=True, refusal="", said=_go(name, record))


def _go(name: str, record: PhaseRecord) -> str:
    return f"gate: {record.verdict.value} of {record.decided_on} in {name}"


def _refused(name: str, sentence: str, *, found: bool) -> Permission:
    return Permission(record=name, found=found, refusal=sentence, said=f"`pulumi up` will be refused: {sentence}")

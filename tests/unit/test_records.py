"""One record per fault, one table of exact messages; and which record a stack's phase asks for.

To add a fault: put a record into `record_faults/`, named after the fault and otherwise sound, and a row in here.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pulumi
import pytest
from jsonschema import Draft7Validator

from components.base.errors import EXIT_BAD_INPUT, GateError
from components.base.vocabulary import Environment
from q2o_infra import program
from q2o_infra.gates import permission as permissions
from q2o_infra.gates.permission import Permission, decide_permission, exemption, latest_today
from q2o_infra.gates.record_schema import MODELINE, SCHEMA_FILE, record_schema, render_record_schema
from q2o_infra.gates.records import FOLDER, read_record
from q2o_infra.phases.contract import Phase
from q2o_infra.plan.document import plan_document
from q2o_infra.plan.recorder import Recording, record
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.settings import Settings
from q2o_infra.settings_schema import COMMAND
from q2o_infra.stack_files import ROOT, read_yaml
from tests.support.stacks import LONG_STACK, built_settings
from tests.support.withheld import previewed

FAULTS = Path(__file__).parent / "record_faults"
SOUND = Path(__file__).parent / "records" / "go.yaml"
TODAY = date(2026, 11, 25)

MESSAGES: dict[str, str] = {
    "a-list": (
        "records/us-east/phase-1.yaml: this is no record: a mapping of keys to values is expected; begin "
        "with the template in records/README.md."
    ),
    "a-person": (
        "records/us-east/phase-1.yaml: decided_by.0: 'somebody' is not allowed: expected steering-committee, "
        "platform-engineering, security, compliance or finance; choose one of these."
    ),
    "another-phase": (
        "records/us-east/phase-1.yaml: phase: 2 is not allowed: the file is called that of phase 1; correct "
        "it, or move the file to where it belongs."
    ),
    "another-stack": (
        "records/us-east/phase-1.yaml: stack: 'eu-west' is not allowed: the file lies in the folder of "
        "us-east; correct it, or move the file to where it belongs."
    ),
    "broken": (
        "records/us-east/phase-1.yaml:6: this is not YAML: expected ',' or ']', but got ':'; correct this "
        "line or the one before it."
    ),
    "criterion-twice": (
        "records/us-east/phase-1.yaml: evidence.1.criterion: 'users, stable for 30 days' is not allowed: it "
        "is listed more than once; keep one of these entries."
    ),
    "decision-absent": (
        "records/us-east/phase-1.yaml: verdict: nothing is given, and there is no default: expected GO or "
        "NO-GO; choose one of these."
    ),
    "empty": (
        "records/us-east/phase-1.yaml: this is no record: a mapping of keys to values is expected; begin "
        "with the template in records/README.md."
    ),
    "evidence-absent": (
        "records/us-east/phase-1.yaml: evidence: [] is not allowed: expected a list of at least one "
        "criterion; write down what the decision rests on, one entry for each criterion."
    ),
    "evidence-after-the-decision": (
        "records/us-east/phase-1.yaml: evidence.0.observed_on: '2026-11-21' is not allowed: the gate was "
        "decided before that, on 2026-11-20; name evidence that there was."
    ),
    "format-2": (
        "records/us-east/phase-1.yaml: format: 2 is not allowed: expected 1, the only format so far; set it to 1."
    ),
    "key-twice": (
        "records/us-east/phase-1.yaml:6: this is not YAML: the key verdict stands there twice; correct this "
        "line or the one before it."
    ),
    "key-without-value": (
        "records/us-east/phase-1.yaml: verdict: nothing is given: a key has a value or is left out; give it "
        "one or remove it."
    ),
    "no-date": (
        "records/us-east/phase-1.yaml: decided_on: 'soon' is not allowed: expected a date such as "
        "2026-11-23; write year, month and day, as numbers with hyphens."
    ),
    "no-go": (
        "records/us-east/phase-1.yaml: the gate was decided NO-GO on 2026-11-20: phase 1 may not start in "
        "production; mend what the record names and let the gate be decided again "
        "(docs/how-to/decide-a-gate.md)."
    ),
    "not-a-digest": (
        "records/us-east/phase-1.yaml: preview_sha256: 'latest' is not allowed: expected a SHA-256 of 64 "
        "hexadecimal digits; give what `sha256sum preview.json` prints."
    ),
    "phase-in-quotes": (
        "records/us-east/phase-1.yaml: phase: '1' is not allowed: expected a whole number, 1 to 4; choose one of these."
    ),
    "template-not-filled-in": (
        "records/us-east/phase-1.yaml:4: this is not YAML: a mapping or a list stands in the place of a key, as an "
        "unfilled {{ template }} reads; correct this line or the one before it."
    ),
    "to-come": (
        "records/us-east/phase-1.yaml: decided_on: '2026-11-26' is not allowed: this day is still to come; "
        "give the day on which it was decided."
    ),
    "truncated-after-a-line": (
        "records/us-east/phase-1.yaml: evidence: nothing is given, and there is no default: expected a list "
        "of at least one criterion; write down what the decision rests on, one entry for each criterion.\n"
        "records/us-east/phase-1.yaml: preview_sha256: nothing is given, and there is no default: expected a "
        "SHA-256 of 64 hexadecimal digits; give what `sha256sum preview.json` prints."
    ),
    "truncated": (
        "records/us-east/phase-1.yaml:7: this is not YAML: expected ',' or ']', but got '<stream end>'; "
        "correct this line or the one before it."
    ),
    "unknown-key-of-evidence": (
        "records/us-east/phase-1.yaml: evidence.0.age_days: this key is unknown: criterion, observed_on, "
        "source, target, value are allowed here; remove it or correct its spelling."
    ),
    "unknown-key": (
        "records/us-east/phase-1.yaml: approved: this key is unknown: decided_by, decided_on, evidence, "
        "format, phase, preview_sha256, stack, verdict are allowed here; remove it or correct its spelling."
    ),
    "unknown-verdict": (
        "records/us-east/phase-1.yaml: verdict: 'MAYBE' is not allowed: expected GO or NO-GO; choose one of these."
    ),
    "value-without-unit": (
        "records/us-east/phase-1.yaml: evidence.0.value: 640 is not allowed: expected text with its unit; "
        "write it as in 640 users or 99.95 %."
    ),
    "without-the-committee": (
        "records/us-east/phase-1.yaml: decided_by: ['platform-engineering'] is not allowed: the "
        "steering-committee decides on every gate; let it decide, and add it."
    ),
}
NO_YAML = {"broken", "key-twice", "template-not-filled-in", "truncated"}
BEYOND_A_SCHEMA = {
    # between the record and its place, the calendar, or two values of it
    "another-phase",
    "another-stack",
    "criterion-twice",
    "evidence-after-the-decision",
    "no-go",
    "to-come",
    "without-the-committee",
    # editors that check formats see it
    "no-date",
}


def put(folder: Path, source: Path, *, stack: str = "us-east", phase: int = 1) -> None:
    """Lay a record where the program looks for it, for another phase of the same wording."""
    target = folder / stack / f"phase-{phase}.yaml"
    target.parent.mkdir(exist_ok=True)
    shutil.copy(source, target)
    target.write_text(target.read_text().replace("phase: 1", f"phase: {phase}"))


def asked(folder: Path, stack: str = "us-east", *, phase: int = 1, environment: str = "production") -> Permission:
    settings = built_settings("us-east" if stack.startswith("us-east") else stack)
    settings = settings.model_copy(update={"phase": Phase(phase), "environment": Environment(environment)})
    return decide_permission(stack, settings, folder=folder, today=TODAY)


@pytest.mark.parametrize("fault", sorted(MESSAGES))
def test_a_record_with_a_fault_refuses_the_phase_in_these_words(fault: str, tmp_path: Path) -> None:
    put(tmp_path, FAULTS / f"{fault}.yaml")
    answer = asked(tmp_path)
    assert answer.refusal == MESSAGES[fault]
    assert answer.found
    assert answer.said.startswith("`pulumi up` will be refused: records/us-east/phase-1.yaml")


def test_every_file_has_a_row_and_every_row_a_file() -> None:
    assert sorted(path.stem for path in FAULTS.glob("*.yaml")) == sorted(MESSAGES)


@pytest.mark.parametrize("fault", sorted(MESSAGES))
def test_each_line_is_one_plain_sentence_that_names_the_file(fault: str) -> None:
    for line in MESSAGES[fault].split("\n"):
        assert line.isascii()
        assert line.startswith("records/us-east/phase-1.yaml:")
        assert line.endswith(".")
        assert ". " not in line


def test_the_error_has_the_exit_code_of_bad_input(tmp_path: Path) -> None:
    put(tmp_path, FAULTS / "empty.yaml")
    with pytest.raises(GateError) as caught:
        read_record("us-east", Phase.FOUNDATION, folder=tmp_path)
    assert caught.value.exit_code == EXIT_BAD_INPUT


# Which record a phase asks for


def test_a_go_lets_the_phase_start(tmp_path: Path) -> None:
    put(tmp_path, SOUND)
    answer = asked(tmp_path)
    assert (answer.refusal, answer.found) == ("", True)
    assert answer.said == "gate: GO of 2026-11-20 in records/us-east/phase-1.yaml"


def test_phase_1_in_production_needs_a_record_too(tmp_path: Path) -> None:
    answer = asked(tmp_path)
    assert not answer.found
    assert answer.refusal == (
        "records/us-east/phase-1.yaml: this record is not there: in production no phase starts without the "
        "GO of the "
        "gate before it, and none is skipped; let the gate be decided and merge its record "
        "(docs/how-to/decide-a-gate.md)."
    )


@pytest.mark.parametrize("missing", [1, 2, 3, 4])
def test_no_phase_is_skipped(missing: int, tmp_path: Path) -> None:
    for phase in {1, 2, 3, 4} - {missing}:
        put(tmp_path, SOUND, phase=phase)
    answer = asked(tmp_path, phase=4)
    assert answer.record == f"records/us-east/phase-{missing}.yaml"
    assert answer.refusal.startswith(answer.record)


def test_a_later_no_go_does_not_close_a_phase_that_is_open(tmp_path: Path) -> None:
    put(tmp_path, SOUND)
    put(tmp_path, FAULTS / "no-go.yaml", phase=2)
    assert asked(tmp_path, phase=1).refusal == ""
    assert "NO-GO" in asked(tmp_path, phase=2).refusal


@pytest.mark.parametrize("stack", ["eu-west", "apac"])
def test_the_other_regions_go_by_the_primary_ones_record(stack: str, tmp_path: Path) -> None:
    for phase in (1, 2, 3):
        put(tmp_path, SOUND, phase=phase)
    put(tmp_path, SOUND, stack=stack, phase=4)
    assert asked(tmp_path, stack, phase=4).record == "records/us-east/phase-4.yaml"
    assert asked(tmp_path, stack, phase=4).refusal != "", "a region's own record opens no gate of the platform"
    put(tmp_path, SOUND, phase=4)
    assert asked(tmp_path, stack, phase=4).refusal == ""


def test_another_platform_in_production_has_gates_of_its_own(tmp_path: Path) -> None:
    put(tmp_path, SOUND)
    assert asked(tmp_path, LONG_STACK).record == f"records/{LONG_STACK}/phase-1.yaml"


@pytest.mark.parametrize("environment", ["staging", "sandbox"])
def test_environments_without_gates_say_so_whatever_lies_there(environment: str, tmp_path: Path) -> None:
    put(tmp_path, FAULTS / "broken.yaml")
    answer = asked(tmp_path, phase=4, environment=environment)
    assert (answer.record, answer.refusal) == ("", "")
    assert answer.said == exemption(Environment(environment)) == f"environment {environment} asks for no gate record"


def test_the_age_of_evidence_is_counted_to_the_decision(tmp_path: Path) -> None:
    put(tmp_path, SOUND)
    found = read_record("us-east", Phase.FOUNDATION, folder=tmp_path)
    assert found is not None
    assert [found.age_days(row) for row in found.evidence] == [2, 0]


def test_a_plan_compares_no_date_with_the_calendar(tmp_path: Path) -> None:
    put(tmp_path, FAULTS / "to-come.yaml")
    assert decide_permission("us-east", built_settings("us-east"), folder=tmp_path).refusal == ""


def test_today_is_the_latest_date_that_anybody_may_write() -> None:
    assert 0 <= (latest_today() - datetime.now(UTC).date()).days <= 1


def test_every_record_in_the_repository_holds() -> None:
    for path in FOLDER.glob("*/*.yaml"):
        phase = Phase(int(path.stem.removeprefix("phase-")))
        assert read_record(path.parent.name, phase, today=latest_today()) is not None
        assert path.read_text().splitlines()[0] == MODELINE


# What the program does with the answer


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Path | None], None]:
    """Lay a record into a folder of the test's own, and let the program look there."""

    def lay(source: Path | None) -> None:
        if source:
            put(tmp_path, source)

    def decide(stack: str, settings: Settings, *, today: date | None = None) -> Permission:
        return permissions.decide_permission(stack, settings, folder=tmp_path, today=today)

    monkeypatch.setattr(program, "decide_permission", decide)
    return lay


def up(settings: Settings) -> Recording:
    """Run the program as `pulumi up` does, and return what it registered."""
    return record(lambda: program.run("us-east", settings))


def test_up_in_production_stops_before_any_resource(
    answer: Callable[[Path | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(None)
    monkeypatch.setattr(program.foundation, "build", lambda _: pytest.fail("a resource was about to be made"))
    with pytest.raises(GateError, match=r"^records/us-east/phase-1\.yaml: this record is not there"):
        up(built_settings("us-east"))


def test_up_in_production_goes_on_with_a_go(answer: Callable[[Path | None], None]) -> None:
    answer(SOUND)
    assert len(up(built_settings("us-east")).resources) > 100


def test_up_in_production_stops_at_a_date_to_come(
    answer: Callable[[Path | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(FAULTS / "to-come.yaml")
    monkeypatch.setattr(program, "latest_today", lambda: TODAY)
    with pytest.raises(GateError, match="this day is still to come"):
        up(built_settings("us-east"))


def test_a_preview_in_production_runs_and_warns_in_the_words_of_the_refusal(
    answer: Callable[[Path | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(None)
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    settings = built_settings("us-east")
    assert len(previewed(lambda: program.run("us-east", settings), stack="us-east")) > 100
    with pytest.raises(GateError) as caught:
        up(settings)
    assert said == [f"`pulumi up` will be refused: {caught.value.message}"]


def test_staging_says_that_it_is_exempt(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", said.append)
    up(built_settings("us-east", environment="staging"))
    assert said == ["environment staging asks for no gate record"]


def test_a_plan_is_never_refused_and_says_what_would_be() -> None:
    settings = built_settings("us-east")
    gate = plan_document("us-east", settings, plan_region("us-east", settings))["gate"]
    answer = decide_permission("us-east", settings)
    assert gate == dataclasses.asdict(answer)
    assert gate["record"] == "records/us-east/phase-1.yaml"


# The schema


def editor_sees(path: Path) -> list[str]:
    return [error.message for error in Draft7Validator(record_schema()).iter_errors(read_yaml(path))]


def test_the_schema_in_the_repository_is_current() -> None:
    Draft7Validator.check_schema(record_schema())
    text = (ROOT / "docs" / "reference" / SCHEMA_FILE).read_text()
    assert text == render_record_schema(), f"docs/reference/{SCHEMA_FILE} is old: run `{COMMAND}`"


@pytest.mark.parametrize("fault", sorted(set(MESSAGES) - NO_YAML))
def test_an_editor_sees_each_fault_that_a_schema_can_express(fault: str) -> None:
    assert (editor_sees(FAULTS / f"{fault}.yaml") == []) == (fault in BEYOND_A_SCHEMA)


def test_the_template_is_a_record_but_for_what_must_be_filled_in(tmp_path: Path) -> None:
    text = (FOLDER / "README.md").read_text()
    template = tmp_path / "template.yaml"
    template.write_text(text.partition("```yaml\n")[2].partition("```")[0])
    assert template.read_text().startswith(f"{MODELINE}\n")
    put(tmp_path, template)
    assert "preview_sha256" in asked(tmp_path).refusal, "a template that opened a gate would be a made-up decision"
    assert read_yaml(template).keys() == record_schema()["properties"].keys()

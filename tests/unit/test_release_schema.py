"""The schema that editors use and the reference that people read say what the program says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from components.base.vocabulary import AgentKind
from q2o_infra.release_schema import (
    MODELINE,
    REFERENCE_FILE,
    SCHEMA_FILE,
    release_file_schema,
    render_release_reference,
    render_release_schema,
    write_release_reference,
)
from q2o_infra.settings_schema import COMMAND
from q2o_infra.stack_files import ROOT, stack_names

REFERENCE = ROOT / "docs" / "reference"
FAULTS = Path(__file__).parent / "release_faults"
STALE = f"is not what the release files may say now; run `{COMMAND}`"

NO_YAML = {"not-yaml", "stable-twice", "template-not-filled-in"}
BEYOND_A_SCHEMA = {
    "canary-is-stable",
    "canary-of-a-kind-is-stable",
    "confirmed-and-rolled-back",
    "every-kind-half",
    "one-kind-too-large",
}


def _faults(document: Any) -> list[str]:
    return [error.message for error in Draft7Validator(release_file_schema()).iter_errors(document)]


def test_the_schema_is_a_schema() -> None:
    Draft7Validator.check_schema(release_file_schema())


def test_the_files_in_the_repository_are_current() -> None:
    assert (REFERENCE / SCHEMA_FILE).read_text() == render_release_schema(), f"docs/reference/{SCHEMA_FILE} {STALE}"
    assert (REFERENCE / REFERENCE_FILE).read_text() == render_release_reference(), f"{REFERENCE_FILE} {STALE}"


def test_writing_gives_both_files(tmp_path: Path) -> None:
    assert sorted(path.name for path in write_release_reference(tmp_path)) == [SCHEMA_FILE, REFERENCE_FILE]


@pytest.mark.parametrize("stack", stack_names())
def test_each_release_file_follows_the_schema_and_names_it(stack: str) -> None:
    path = ROOT / "releases" / f"{stack}.yaml"
    assert _faults(yaml.safe_load(path.read_text())) == []
    assert path.read_text().splitlines()[0] == MODELINE
    assert (path.parent / MODELINE.rpartition("=")[2]).resolve() == REFERENCE / SCHEMA_FILE


@pytest.mark.parametrize("fault", sorted(path.stem for path in FAULTS.glob("*.yaml")))
def test_an_editor_sees_each_fault_that_a_schema_can_express(fault: str) -> None:
    if fault in NO_YAML:
        return
    seen = _faults(yaml.safe_load((FAULTS / f"{fault}.yaml").read_text()))

    assert (seen == []) == (fault in BEYOND_A_SCHEMA), seen


def test_every_key_has_a_meaning() -> None:
    rows = [line.split(" | ") for line in render_release_reference().splitlines() if line.startswith("| `")]
    assert {len(row) for row in rows} == {4}
    assert all(cell.strip(" |") for row in rows for cell in row)
    keys = {row[0].strip("| `") for row in rows}
    assert {"agents.KIND.canary.weight_percent", "agents.default.stable", "api.canary.confirmed"} < keys
    assert all(kind.value in render_release_reference().splitlines()[-1] for kind in AgentKind)

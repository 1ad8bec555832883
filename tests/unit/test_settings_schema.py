"""The schema that editors use and the reference that people read say what the program says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from q2o_infra.settings import Settings
from q2o_infra.settings_schema import (
    COMMAND,
    MODELINE,
    REFERENCE_FILE,
    SCHEMA_FILE,
    render_reference,
    render_schema,
    stack_file_schema,
    write_reference,
)
from q2o_infra.stack_files import NAMESPACE, ROOT, read_config, stack_names

REFERENCE = ROOT / "docs" / "reference"
FAULTS = Path(__file__).parent / "faults"
STALE = f"is not what the settings say now; run `{COMMAND}`"

NO_YAML = {
    "alias-inside-of-itself",
    "duplicate-key",
    "nested-without-end",
    "not-yaml",
    "template-not-filled-in",
}
BEYOND_A_SCHEMA = {
    # between values, or between values and the phase, the place or the stack's name
    "agent-below-redundancy",
    "agents-below-promise",
    "api-below-promise",
    "cloud-without-its-block",
    "duplicate-agent-kinds",
    "host-in-a-foreign-zone",
    "location-outside-jurisdiction",
    "maximum-below-promise",
    "minimum-above-maximum",
    "outside-addresses",
    "overlapping-addresses",
    "recovery-adopts-an-arn",
    "recovery-equals-home",
    "recovery-outside-jurisdiction",
    "redis-backup-interval-uneven",
    "redis-failover-slower-than-promised",
    "redis-node-timeout-too-short",
    "redis-volume-below-its-log",
    "stack-name-and-region-disagree",
    "too-large-addresses",
    "too-small-addresses",
    "two-faults-between-values",
    "unknown-location",
    # arithmetic on addresses
    "host-bits-in-range",
    "public-range-private",
    "public-range-world-open",
}


def _faults(document: Any) -> list[str]:
    return [error.message for error in Draft7Validator(stack_file_schema()).iter_errors(document)]


def _stack_file(stack: str = "us-east") -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    return document


def test_the_schema_is_a_schema() -> None:
    """Editors pass over a broken one in silence."""
    Draft7Validator.check_schema(stack_file_schema())


def test_the_schema_in_the_repository_is_current() -> None:
    """Generated, never edited."""
    assert (REFERENCE / SCHEMA_FILE).read_text() == render_schema(), f"docs/reference/{SCHEMA_FILE} {STALE}"


def test_the_reference_in_the_repository_is_current() -> None:
    """Generated, never edited."""
    assert (REFERENCE / REFERENCE_FILE).read_text() == render_reference(), f"docs/reference/{REFERENCE_FILE} {STALE}"


def test_writing_gives_both_files(tmp_path: Path) -> None:
    """The command for stale files must cover them all."""
    folder = tmp_path / "reference"

    written = write_reference(folder)

    assert sorted(written) == [folder / REFERENCE_FILE, folder / SCHEMA_FILE]
    assert [render_reference(), render_schema()] == [path.read_text() for path in sorted(written)]


@pytest.mark.parametrize("stack", stack_names())
def test_each_stack_file_follows_the_schema_and_names_it(stack: str) -> None:
    """The first line is what an editor goes by."""
    assert _faults(_stack_file(stack)) == []
    assert (ROOT / f"Pulumi.{stack}.yaml").read_text().splitlines()[0] == MODELINE
    assert (ROOT / MODELINE.rpartition("=")[2]).is_file()


@pytest.mark.parametrize("fault", sorted(path.stem for path in FAULTS.glob("*.yaml")))
def test_an_editor_sees_each_fault_that_a_schema_can_express(fault: str) -> None:
    """The earlier a fault is seen, the cheaper; and the schema must not promise more than it does."""
    if fault in NO_YAML:
        return
    seen = _faults(yaml.safe_load((FAULTS / f"{fault}.yaml").read_text()))

    assert (seen == []) == (fault in BEYOND_A_SCHEMA), seen


def test_the_exceptions_are_faults_that_exist() -> None:
    """A fault that was renamed would leave its exception behind."""
    assert {path.stem for path in FAULTS.glob("*.yaml")} >= (NO_YAML | BEYOND_A_SCHEMA)


def test_a_secret_may_stand_in_the_file_encrypted_or_plain_and_nothing_else_encrypted() -> None:
    """The CLI writes `secure`; a sandbox may do with plain text."""
    document = _stack_file()
    document["config"]["q2o-infra:llm_api_key"] = "plain"
    assert _faults(document) == []

    document["config"]["q2o-infra:cloud"] = {"secure": "v1:abc:def"}
    assert _faults(document) != []


@pytest.mark.parametrize("key", ["encryptedkey", "encryptionsalt", "environment", "secretsprovider"])
def test_keys_of_the_cli_itself_are_allowed(key: str) -> None:
    """`pulumi stack init` writes them."""
    assert _faults({**_stack_file(), key: "of the CLI"}) == []


def test_every_setting_has_a_meaning_in_the_schema_and_a_row_in_the_reference() -> None:
    """A key that is documented nowhere is found by nobody."""
    schema = stack_file_schema()
    models = {"": schema["properties"]["config"], **schema["definitions"]}
    fields = {
        f"{model}.{key}": field for model, row in models.items() for key, field in row.get("properties", {}).items()
    }

    undescribed = [key for key, field in fields.items() if not ("description" in field or "$ref" in field)]

    assert undescribed == []
    assert f"{NAMESPACE}region" in models[""]["properties"]
    rows = [line.split(" | ") for line in render_reference().splitlines() if line.startswith("| `")]
    assert {len(row) for row in rows} == {4}
    assert all(cell.strip(" |") for row in rows for cell in row)
    assert {row[0].strip("| `").partition(".")[0].partition("[")[0] for row in rows} == set(Settings.model_fields)


def test_the_schema_is_the_same_text_every_time() -> None:
    """A file that changes by itself would be noise in every review."""
    assert render_schema() == render_schema()
    assert json.loads(render_schema()) == stack_file_schema()


@pytest.mark.parametrize(("key", "quoted"), [("phase", "1"), ("deletion_protection", "false")])
def test_the_schema_takes_values_as_the_cli_writes_them(key: str, quoted: str) -> None:
    """`pulumi config set` and `pulumi stack init` put top-level numbers and booleans in quotes."""
    config = {**read_config("us-east"), f"{NAMESPACE}{key}": quoted}

    Draft7Validator(stack_file_schema()).validate({"config": config})

"""`q2o triage` as a pipeline calls it: what it prints, with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from q2o_infra.cli.main import q2o
from tests.triage.documents import document, steps, urn

BUCKET = "aws:s3/bucket:Bucket"
ROWS = [*steps(BUCKET, "data", "replace"), *steps("aws:sqs/queue:Queue", "jobs", "delete")]
THE_BUCKET = urn(BUCKET, "data")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "preview.json"
    path.write_text(document(ROWS))
    return path


def triage(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(q2o, ["triage", *arguments], input=stdin)


def test_what_is_blocked_is_shouted_and_the_exit_code_is_1(file: Path) -> None:
    done = triage(str(file))
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        f"REPLACED  {THE_BUCKET}",
        "  why:  some",
        "  lost: holds what cannot be made again",
        f"  BLOCKED: look at it, then --acknowledge '{THE_BUCKET}'",
        "stateful: 1 replaced, 0 deleted, 0 kept; 0 acknowledged, 1 blocked; stateless: 1 replaced or deleted",
    ]


def test_what_is_acknowledged_passes_and_is_still_shown(file: Path) -> None:
    done = triage(str(file), "--acknowledge", THE_BUCKET)
    assert done.exit_code == 0
    assert done.output.splitlines()[3] == "  acknowledged"
    assert "1 replaced, 0 deleted, 0 kept; 1 acknowledged, 0 blocked" in done.output


def test_json_is_one_document_with_the_documented_keys() -> None:
    done = triage("-", "--json", stdin=document(ROWS))
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert found.keys() >= {"replaced", "deleted", "acknowledged", "blocked"}
    assert (found["replaced"], found["deleted"], found["acknowledged"], found["blocked"]) == (
        [THE_BUCKET],
        [],
        [],
        [THE_BUCKET],
    )
    assert found["stateless"] == [urn("aws:sqs/queue:Queue", "jobs")]


def test_nothing_stateful_passes() -> None:
    done = triage("-", stdin=document(steps("aws:sqs/queue:Queue", "jobs", "delete")))
    assert done.exit_code == 0
    assert done.output == (
        "stateful: 0 replaced, 0 deleted, 0 kept; 0 acknowledged, 0 blocked; stateless: 1 replaced or deleted\n"
    )


def test_what_is_kept_says_so() -> None:
    done = triage("-", stdin=document(steps(BUCKET, "data", "delete", retainOnDelete=True)))
    assert done.exit_code == 0
    assert done.output.splitlines()[:2] == [
        f"kept  {THE_BUCKET}",
        "  why:  the program no longer declares it; it leaves the state and stays where it is",
    ]


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (["-"], "", "error: stdin: there is nothing in it"),
        (["-"], "{", "error: stdin: this is not JSON, or not all of it"),
        (["nowhere.json"], "", "error: nowhere.json: the file cannot be read: No such file or directory; name what"),
        (["-", "--acknowledge", "urn"], document(ROWS), "error: --acknowledge: 'urn' is not allowed: the preview asks"),
    ],
    ids=["empty", "truncated", "absent", "acknowledged-for-nothing"],
)
def test_bad_input_is_one_sentence_on_stderr_and_exit_code_2(arguments: list[str], stdin: str, words: str) -> None:
    done = triage(*arguments, stdin=stdin)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "preview.json"
    path.write_bytes(b"\xff\xfe")
    done = triage(str(path))
    assert (done.exit_code, "the file cannot be read: it is no text" in done.stderr) == (2, True)

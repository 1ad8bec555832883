"""What each stack consists of, held against the checked-in files of this folder."""

from __future__ import annotations

import os
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

import pytest

from q2o_infra.plan.recorder import Recording
from q2o_infra.stack_files import ROOT, stack_names
from tests.support.assertions import assert_none
from tests.support.identities import explain
from tests.support.inventory import (
    ABSENT,
    CHOSEN,
    COMMAND,
    FOLDER,
    identities,
    identities_file,
    inventory,
    inventory_file,
    render_inventory,
)
from tests.support.titles import title


def difference(path: Path, now: str) -> str:
    """What a file and the program disagree on, with the command that writes the file anew."""
    then = path.read_text(encoding="utf-8") if path.is_file() else ""
    name = str(path.relative_to(ROOT))
    lines = list(unified_diff(then.splitlines(), now.splitlines(), name, "the program", lineterm="", n=1))
    return "\n".join(("", *lines, f"if this is what you want: `{COMMAND}`, and commit {name}")) if lines else ""


def test_the_stack_is_what_its_inventory_says(stack: str, recording: Recording) -> None:
    message = difference(inventory_file(stack), render_inventory(stack, recording))
    if message:
        pytest.fail(message, pytrace=False)


def test_what_must_not_exist_does_not(recording: Recording) -> None:
    found = [f"{title(row)}: {ABSENT[row.type]}" for row in recording.resources if row.type in ABSENT]
    assert_none(found, "must not exist; a line of its own in tests/support/inventory.py says why")


def test_no_resource_disappears_unexplained(stack: str, recording: Recording) -> None:
    path = identities_file(stack)
    then = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    message = explain(then, identities(recording), recording, path=path.relative_to(ROOT), command=COMMAND)
    if message:
        pytest.fail(message, pytrace=False)


def test_every_stack_has_its_files_and_every_file_its_stack() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(stack_names())
    assert {path.stem for path in (FOLDER / "identities").glob("*.txt")} == set(stack_names())


def test_every_chosen_value_is_there(recording: Recording) -> None:
    values = inventory(recording)["values"]
    lost = [pattern for pattern, _ in CHOSEN if not any(Path(key).match(pattern) for key in values)]
    assert_none(lost, "tests/support/inventory.py chooses a value of a resource that is not there")


def test_ci_does_not_write_inventories() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.inventory"],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "CI": "true"},
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "make inventories: not in CI: run it on your machine and commit what you have read.\n"

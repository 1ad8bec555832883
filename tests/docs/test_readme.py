"""What the README shows is what the commands print, and what it claims is what the code says."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from q2o_infra.cli.main import q2o
from q2o_infra.plan.document import plan_document
from q2o_infra.plan.picture import fenced_picture, put_between_marks
from q2o_infra.stack_files import ROOT
from sandbox.session import PORT_VARIABLE, port_base
from sandbox.summary import REAL, SIMULATED
from tests.docs.pages import Shown, matches
from tests.support.assertions import assert_none
from tests.support.readme import BLOCKS, SANDBOX, TEXT
from tests.support.stacks import built_settings, planned

PLANNED = [block for block in BLOCKS if block.command.startswith("q2o ")]


@pytest.mark.parametrize("block", PLANNED, ids=lambda block: block.command)
def test_a_command_prints_what_is_shown(block: Shown) -> None:
    result = CliRunner().invoke(q2o, block.command.split()[1:])
    assert matches(block.output, result.output), f"`{block.command}` prints:\n{result.output}"


def test_every_block_is_compared_with_something() -> None:
    assert [block.command for block in BLOCKS if block.output and block not in PLANNED and not block.note] == []
    assert sorted(SANDBOX) == ["sandbox: again", "sandbox: down", "sandbox: up"]


def test_another_output_is_seen() -> None:
    assert matches(("a", "...", "d"), "a\nb\nc\nd\n")
    assert matches(("a", "...", "b"), "a\nb\n")
    assert matches(("[ 1.0 s] ready at :16442 after 5.5 s",), "[  7.2 s] ready at :28842 after 1.1 s\n")
    assert not matches(("a", "...", "d"), "a\nb\nc\n")
    assert matches(("a", "", "b"), "a\n\nb\n")
    assert not matches(("a", "b"), "a\nc\nb\n")
    assert not matches(("7 nodes",), "8 nodes\n")


def test_the_picture_is_that_of_the_plan() -> None:
    plan = planned("us-east")
    picture = fenced_picture(plan_document("us-east", built_settings("us-east"), plan), plan)
    assert put_between_marks(TEXT, picture) == TEXT, "the picture in README.md is old: run `make docs`"


def test_what_is_real_and_what_is_not_is_quoted_from_the_summary() -> None:
    assert f"- real: {REAL}.\n- simulated: {SIMULATED}.\n" in TEXT


def test_the_versions_it_asks_for_are_those_that_are_required() -> None:
    required = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest, before = re.findall(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', required)[0]
    assert f"Python 3.{oldest} to 3.{int(before) - 1}" in TEXT
    modules = sorted((ROOT / "sandbox" / "tools").glob("*/go.mod"))
    newest = max(
        tuple(map(int, re.findall(r"^go (\d+)\.(\d+)", path.read_text(), re.MULTILINE)[0])) for path in modules
    )
    assert f"Go {newest[0]}.{newest[1]}" in TEXT


def test_every_folder_has_its_line() -> None:
    known = re.findall(r"^\| \[?`([^`]+)/`", TEXT, flags=re.MULTILINE)
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith((".", "__")) and not path.name.endswith(".egg-info")
    }
    assert_none(sorted(folders - {name.split("/")[0] for name in known}), "a folder that the README does not explain")


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= 200


def test_ports_in_the_how_to_are_those_of_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PORT_VARIABLE, raising=False)
    text = (ROOT / "docs" / "how-to" / "use-the-sandbox.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| (\d+) \| (\d+) \|$", text, flags=re.MULTILINE)
    assert rows == [(name, str(port_base(name)), str(port_base(name) + 2)) for name in ("us-east", "eu-west", "apac")]


@pytest.mark.parametrize("command", ["up", "down"])
def test_make_calls_the_command_of_that_name(command: str) -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{command}: setup .*\n\t@\$\(VENV\)/q2o {command} \$\(STACK\)", text, flags=re.MULTILINE)

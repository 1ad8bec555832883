"""The harness that all drills share: start, wait, load, report, and an end whatever happens."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib import import_module
from pathlib import Path

import click
import psutil
import pytest
from click.testing import CliRunner

from components.base.errors import DrillError, SandboxError
from drills.harness.command import Progress, Report, broken, command, figures, table
from drills.harness.load import longest_pause, running, turns
from drills.harness.processes import Process, Stage
from drills.harness.waiting import wait, wait_until
from q2o_infra.stack_files import ROOT

DRILLS = sorted(path.parent.name for path in (ROOT / "drills").glob("*/__main__.py"))
SLEEPER = [sys.executable, "-c", "import subprocess; subprocess.run(['sleep', '600'])"]


def started(stage: Stage, command: list[str]) -> Process:
    return stage.start(command, environment={"PATH": os.environ["PATH"]}, log=stage.folder / "log")


def living() -> set[int]:
    """Processes below this one that have not ended."""
    return {child.pid for child in psutil.Process().children(recursive=True) if child.status() != "zombie"}


def test_a_stage_ends_its_processes_and_removes_its_folder_whatever_happens() -> None:
    before = living()

    def break_off() -> None:
        process = started(stage, SLEEPER)
        wait(lambda: len(living() - before) == 2, what="it and its child run", within_seconds=60)
        assert process.is_alive
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), Stage() as stage:
        break_off()
    assert living() <= before
    assert not stage.folder.exists()


def test_a_frozen_process_ends_too() -> None:
    with Stage() as stage:
        process = started(stage, SLEEPER)
        process.freeze()
    assert not process.is_alive


def test_a_process_that_ignores_the_end_is_killed_when_its_grace_is_over() -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    with Stage() as stage:
        process = started(stage, [sys.executable, "-c", stubborn])
        wait(lambda: (stage.folder / "log").read_text() == "up\n", what="it ignores the signal", within_seconds=60)
        asyncio.run(process.stop(0.2))
        assert not process.is_alive


def test_a_program_is_run_to_its_end_or_for_so_long() -> None:
    async def run(code: str, seconds: float) -> int:
        with Stage() as stage:
            command = [sys.executable, "-c", code]
            environment = {"PATH": os.environ["PATH"]}
            return await stage.run(command, environment=environment, log=stage.folder / "log", seconds=seconds)

    assert asyncio.run(run("raise SystemExit(3)", 60.0)) == 3
    with pytest.raises(DrillError, match="not so after 0 s: a process has ended"):
        asyncio.run(run("import time; time.sleep(600)", 0.1))


def test_waiting_ends_with_the_condition_and_never_without_an_end() -> None:
    asked = iter([False, False, True])
    assert wait(lambda: next(asked), what="it is there", within_seconds=60, poll_seconds=0.01) < 60
    with pytest.raises(DrillError, match=r"^not so after 0 s: it is there\.$"):
        wait(lambda: False, what="it is there", within_seconds=0.05, poll_seconds=0.01)

    async def never() -> bool:
        return False

    with pytest.raises(DrillError, match=r"^not so after 0 s: two of three\.$"):
        asyncio.run(wait_until(never, what=lambda: "two of three", within_seconds=0.05, poll_seconds=0.01))


def test_a_load_ends_by_itself_after_so_many_turns() -> None:
    async def numbers() -> list[int]:
        return [turn async for turn in turns(0.001, catch_up=True, most=5)]

    assert asyncio.run(numbers()) == [0, 1, 2, 3, 4]


def test_a_load_ends_with_its_block_even_if_it_takes_the_end_for_something_else() -> None:
    ended = []

    async def stubborn() -> None:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            await asyncio.sleep(600)
        finally:
            ended.append(True)

    async def block() -> None:
        async with running(stubborn()):
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(block(), 60))
    assert ended == [True]


def test_the_longest_pause_is_between_neighbours() -> None:
    assert longest_pause([1.0, 1.5, 4.0, 4.2]) == 2.5
    assert longest_pause([1.0]) == 0.0


def test_all_drills_have_five_figures_in_common() -> None:
    found = figures(gaps=[1.0, 3.0, 2.0], lost=0, control_lost=4, pods=6)
    assert found == {
        "runs": 3,
        "gap_median_seconds": 2.0,
        "gap_worst_seconds": 3.0,
        "lost": 0,
        "control_lost": 4,
        "pods": 6,
        "network": "loopback",
    }


def a_drill(outcome: str) -> click.Command:
    @command
    @click.option("--runs", type=int, default=1)
    def main(runs: int, *, short: bool, progress: Progress) -> Report:
        """Break something."""
        progress.say("it is broken")
        if outcome == "missing":
            raise SandboxError("a server is not on PATH: install it.")
        return Report(
            figures={"runs": runs, "short": short},
            views=[table("what", "seconds", rows=[["gap", 1.234], ["restart", None]])],
            missed=broken({"a gap of 5 s, promised 4 s": outcome == "kept"}),
        )

    return main


@pytest.mark.parametrize(("outcome", "code"), [("kept", 0), ("broken", 1), ("missing", 2)])
def test_the_exit_code_is_the_verdict(outcome: str, code: int) -> None:
    done = CliRunner().invoke(a_drill(outcome), ["--short", "--json", "--runs", "2"])
    assert done.exit_code == code
    if outcome == "missing":
        assert (done.stdout, done.stderr.splitlines()[1:]) == ("", ["error: a server is not on PATH: install it."])
    else:
        assert json.loads(done.stdout) == {"runs": 2, "short": True}
        assert ("missed: a gap of 5 s, promised 4 s\n" in done.stderr) is (outcome == "broken")
    assert "it is broken" in done.stderr


def test_a_drill_that_is_asked_to_end_ends_what_it_started(tmp_path: Path) -> None:
    code = f"""
import os, sys
from pathlib import Path
from drills.harness.command import command
from drills.harness.processes import Stage
from drills.harness.waiting import wait

@command
def main(*, short, progress):
    with Stage() as stage:
        stage.start(["sleep", "600"], environment={{"PATH": os.environ["PATH"]}}, log=stage.folder / "log")
        Path("{tmp_path}/folder").write_text(str(stage.folder))
        wait(lambda: False, what="it ends", within_seconds=600)

main()
"""
    with Stage() as stage:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        drill = stage.start([sys.executable, "-c", code], environment=environment, log=stage.folder / "log")
        noted = tmp_path / "folder"
        wait(lambda: noted.exists() and noted.read_text() != "", what="the drill has started", within_seconds=120)
        asyncio.run(drill.stop(60))
        assert not Path(noted.read_text()).exists()


def test_without_json_a_table_is_printed_with_two_digits() -> None:
    assert CliRunner().invoke(a_drill("kept"), []).stdout.split() == ["what", "seconds", "gap", "1.23", "restart", "-"]


@pytest.mark.parametrize("name", DRILLS)
def test_every_drill_takes_short_and_json(name: str) -> None:
    main = import_module(f"drills.{name}.__main__").main
    assert {"--short", "--json"} <= {option for parameter in main.params for option in parameter.opts}
    assert main.help


def test_the_drills_of_the_page_are_the_folders() -> None:
    page = (ROOT / "drills" / "README.md").read_text(encoding="utf-8")
    assert DRILLS == ["redis", "redis_rollout", "rollout", "scale"]
    assert all(f"\n| `{name}` |" in page for name in DRILLS)

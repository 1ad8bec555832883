"""Processes come up from whatever state they were left in, and go without leaving anything.

Tried on two small processes; `test_control_plane_lifecycle.py` does it once with the five of a cluster.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from q2o_infra.stack_files import ROOT
from sandbox.control_plane import health, supervisor
from sandbox.control_plane.errors import DiskFullError, PortBusyError, ProcessFailedError
from tests.sandbox.small_processes import NAMES, SmallProcesses
from tests.support.free_ports import free_base


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallProcesses]:
    """Two processes of the test's own, not started."""
    made = SmallProcesses(tmp_path / "small", free_base())
    yield made
    made.wipe()


def _exists(pid: int | None) -> bool:
    assert pid is not None
    return psutil.pid_exists(pid)


def _kill(small: SmallProcesses, name: str) -> None:
    pid = small.pids()[name]
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def _all_healthy(small: SmallProcesses) -> bool:
    return [(row.name, row.healthy) for row in small.status()] == [(name, True) for name in NAMES]


def test_after_start_every_process_is_healthy_and_was_begun_in_order(small: SmallProcesses) -> None:
    assert not small.running
    small.start()
    assert small.running
    assert _all_healthy(small)
    assert (small.began, small.finished) == (NAMES, 1)


def test_a_second_start_by_another_command_does_nothing_and_is_quick(small: SmallProcesses) -> None:
    small.start()
    before = small.pids()
    again = SmallProcesses(small.folder, small.base)
    said: list[str] = []
    began = time.monotonic()
    again.start(said.append)
    assert time.monotonic() - began < 0.3
    assert (said, again.began, again.finished) == ([], [], 0)
    assert again.pids() == before


@pytest.mark.parametrize("victim", NAMES)
def test_after_a_kill_of_one_process_start_brings_back_just_that_one(small: SmallProcesses, victim: str) -> None:
    small.start()
    before = small.pids()
    _kill(small, victim)
    small.start()
    after = small.pids()
    assert {name for name in NAMES if after[name] != before[name]} == {victim}
    assert _all_healthy(small)


def test_a_start_that_was_killed_before_it_wrote_its_records_is_carried_on(small: SmallProcesses) -> None:
    small.start()
    before = small.pids()
    for name in NAMES:
        (small.folder / "run" / f"{name}.json").unlink()
    small.start()
    assert _all_healthy(small)
    assert not any(_exists(pid) for pid in before.values())


def _is_locked(small: SmallProcesses) -> bool:
    return (small.folder / "lock").exists()


def _has_begun(small: SmallProcesses) -> bool:
    return (small.folder / "logs" / "store.log").exists()


def _answers_in_part(small: SmallProcesses) -> bool:
    log = small.folder / "logs" / "store.log"
    return log.exists() and "listening" in log.read_text()


def _has_begun_everything(small: SmallProcesses) -> bool:
    return (small.folder / "run" / "server.json").exists()


@pytest.mark.parametrize("moment", [_is_locked, _has_begun, _answers_in_part, _has_begun_everything])
def test_a_start_killed_midway_is_carried_on_by_the_next(
    small: SmallProcesses, moment: Callable[[SmallProcesses], bool]
) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-m", "tests.sandbox.small_processes", str(small.folder), str(small.base)], cwd=ROOT
    )
    while not moment(small):
        time.sleep(0.005)
    starter.kill()
    starter.wait()
    small.start()
    assert _all_healthy(small)


def test_a_process_that_hangs_is_replaced(small: SmallProcesses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_HANGING_SECONDS", 0.3)
    monkeypatch.setattr(health, "_ANSWER_SECONDS", 0.3)
    small.start()
    hanging = small.pids()["server"]
    assert hanging is not None
    os.kill(hanging, signal.SIGSTOP)
    said: list[str] = []
    small.start(said.append)
    assert said == ["server hangs and is started again", "starting server"]
    assert small.pids()["server"] != hanging
    assert _all_healthy(small)


def test_changed_arguments_take_effect_at_the_next_start(small: SmallProcesses) -> None:
    small.start()
    changed = SmallProcesses(small.folder, small.base, "--every=9s")
    changed.start()
    assert psutil.Process(changed.pids()["server"]).cmdline()[-1] == "--every=9s"


def test_stop_leaves_no_process_and_keeps_the_data(small: SmallProcesses) -> None:
    small.start()
    before = small.pids()
    small.stop()
    assert not any(_exists(pid) for pid in before.values())
    assert not small.running
    assert (small.folder / "data").read_text() == "kept"


def test_stop_without_start_is_fine(small: SmallProcesses) -> None:
    small.stop()
    assert not small.folder.exists()


def test_wipe_leaves_no_process_and_no_file(small: SmallProcesses) -> None:
    small.start()
    before = small.pids()
    small.wipe()
    assert not any(_exists(pid) for pid in before.values())
    assert not small.folder.exists()


def test_wipe_takes_a_process_along_that_has_no_record(small: SmallProcesses) -> None:
    small.start()
    pid = small.pids()["store"]
    shutil.rmtree(small.folder / "run")
    small.wipe()
    assert not _exists(pid)


def test_two_folders_run_at_once_and_the_wipe_of_one_leaves_the_other(small: SmallProcesses, tmp_path: Path) -> None:
    # The other's folder begins with the first one's name.
    other = SmallProcesses(tmp_path / "small-2", free_base())
    small.start()
    try:
        other.start()
        small.wipe()
        assert _all_healthy(other)
    finally:
        other.wipe()


def test_a_busy_port_stops_the_start_with_one_clear_error(small: SmallProcesses) -> None:
    with socket.socket() as held:
        # A port that was just released counts as free for a start, so it must be free for this too.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", small.base + 1))
        held.listen(1)
        with pytest.raises(PortBusyError) as caught:
            small.start()
        with pytest.raises(PortBusyError):
            small.prepare()
    name = psutil.Process().name()
    assert str(caught.value) == (f"port {small.base + 1}, wanted for server, is held by {name} (pid {os.getpid()}).")
    small.start()
    assert small.running


def test_a_process_that_dies_at_start_is_quoted_with_its_log_file(small: SmallProcesses) -> None:
    broken = small.binary("server")
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho the reason it died\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(ProcessFailedError) as caught:
        small.start()
    assert str(caught.value) == (
        f"server died at start; the last lines of {small.folder}/logs/server.log:\n    the reason it died"
    )


def test_a_disk_with_too_little_room_stops_the_start_before_any_process(
    small: SmallProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.control_plane.disk.MINIMUM_FREE_BYTES", 2**62)
    with pytest.raises(DiskFullError):
        small.start()
    assert {row.pid for row in small.status()} == {None}
    assert small.began == []


def test_two_starts_at_once_wait_for_each_other_and_begin_each_process_once(small: SmallProcesses) -> None:
    command = [sys.executable, "-m", "tests.sandbox.small_processes", str(small.folder), str(small.base)]
    starters = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    assert [starter.wait() for starter in starters] == [0, 0]
    assert _all_healthy(small)
    assert [(small.folder / "logs" / f"{name}.log").read_text() for name in NAMES] == ["listening\n"] * 2

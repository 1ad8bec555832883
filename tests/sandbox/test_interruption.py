"""A command that is killed anywhere is put right by the next one."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.control_plane import processes
from sandbox.session import PORT_VARIABLE
from tests.sandbox.regions import DOWN_SCRIPT, UP_SCRIPT, Region
from tests.support.free_ports import free_base

pytestmark = pytest.mark.sandbox

# Kills the process the moment a resource of this name has been made, before the engine has written that down.
KILL_SCRIPT = (
    """
import os, signal
from sandbox.engines.state import State
written = State.put
def put(self, resource):
    if resource.urn.endswith("::{name}"):
        os.kill(os.getpid(), signal.SIGKILL)
    written(self, resource)
State.put = put
"""
    + UP_SCRIPT
)


@pytest.fixture
def region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Region]:
    monkeypatch.setenv(PORT_VARIABLE, str(free_base()))
    found = Region(tmp_path / "sandbox")
    yield found
    found.down()


def assert_whole(region: Region) -> None:
    with region.session() as session:
        entries = session.world.entries()
        made = Counter(entry.urn for entry in entries)
        assert [urn for urn, count in made.items() if count > 1] == [], "made twice"
        assert [entry.urn for entry in entries if not entry.complete] == [], "left half-made"
        known = {row.urn for row in session.state.resources() if row.custom and not row.is_provider}
        assert set(made) == known


def killed_once_made(region: Region, name: str) -> None:
    process = region.command(KILL_SCRIPT.replace("{name}", name))
    output, _ = process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL, output


def ended(process: subprocess.Popen[str], *, after_seconds: float, by: signal.Signals) -> None:
    time.sleep(after_seconds)
    process.send_signal(by)
    output, _ = process.communicate(timeout=300)
    assert process.returncode != 0, output


def test_a_bring_up_killed_at_every_stage_in_turn_still_gets_there(region: Region) -> None:
    """Each kill falls between a create and the writing of state: the thing exists, and nobody knows."""
    for name in ("network-vpc", "cluster-cluster", "controllers-cert-manager", "workloads-agent-coder"):
        killed_once_made(region, name)
    ended(region.command(UP_SCRIPT), after_seconds=4.0, by=signal.SIGINT)
    ended(region.command(UP_SCRIPT), after_seconds=3.0, by=signal.SIGKILL)

    summary = region.up()

    assert summary["pods_ready"] == summary["pods_wanted"] > 90
    assert_whole(region)


def test_a_takedown_that_is_killed_can_be_finished_or_taken_back(region: Region) -> None:
    region.up()
    ended(region.command(DOWN_SCRIPT), after_seconds=5.0, by=signal.SIGKILL)

    summary = region.up()

    assert summary["pods_ready"] == summary["pods_wanted"] > 90
    assert_whole(region)

    ended(region.command(DOWN_SCRIPT), after_seconds=4.0, by=signal.SIGKILL)
    region.down()

    assert processes.find("kube-apiserver", region.root / region.stack / "control-plane") == []
    assert not (region.root / region.stack / "state").exists()
    with region.session() as session:
        assert session.is_empty

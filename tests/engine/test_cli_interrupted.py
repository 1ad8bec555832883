"""Interrupted anywhere, the next run converges: nothing is made twice, nothing is left half-made."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.base.errors import SandboxError
from q2o_infra.stack_files import ROOT
from sandbox.engines import run_locked
from sandbox.engines.cli import FOLDER
from sandbox.world import World
from tests.engine.places import Opened, Place
from tests.sandbox.regions import HEED_CTRL_C

pytestmark = pytest.mark.engine

EVERYTHING = ["key", "network", "password", "routes", "subnet"]
SLOW = 0.3
"""Share of a cloud's time that operations take where a test interrupts one: a network 3.6 s, a subnet 0.6 s."""
_PATIENCE_SECONDS = 60.0

_UP_IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from sandbox import session
from sandbox.engines.cli import CliEngine
from sandbox.engines.steps import Journal

with session.opened("us-east", root=Path(sys.argv[1]), progress=print, time_scale=float(sys.argv[3])) as opened:
    config = {"pulumi:disable-default-providers": ["*"]}
    CliEngine(opened, Journal(), config=config, program=Path(sys.argv[2])).up()
"""


def _wait_for(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)


def _begun(world: World, name: str) -> bool:
    return any(entry.urn.endswith(f"::{name}") and not entry.complete for entry in world.entries())


def _pid(folder: Path) -> int:
    return int((folder / FOLDER / "process").read_text())


def _kill(run: Opened) -> None:
    os.kill(_pid(run.session.folder), signal.SIGKILL)


def _assert_converges(place: Place, names: list[str] = EVERYTHING, **settings: Any) -> None:
    run = place.up(**settings)
    assert run.names == names
    assert len(run.session.world.entries()) == len(names), "something was made twice, or left half-made"
    [state] = (run.session.folder / FOLDER).rglob("stacks/*/us-east.json")
    pending = json.loads(state.read_text())["checkpoint"]["latest"].get("pending_operations")
    assert not pending, "the CLI would warn of what was interrupted for ever"
    assert place.up(**settings).changes == []


def test_a_kill_of_the_engine_during_a_creation_is_made_good(place: Place) -> None:
    with place.opened(time_scale=SLOW) as run:

        def kill_when_begun() -> None:
            _wait_for(lambda: _begun(run.session.world, "subnet"), "the subnet's creation")
            _kill(run)

        killer = threading.Thread(target=kill_when_begun)
        killer.start()
        with pytest.raises(SandboxError, match="ended by signal 9"):
            run.engine.up()
        killer.join()
        assert "network" in run.names, "the test must kill in the middle"
        assert "key" not in run.names
    _assert_converges(place)


def test_a_kill_between_a_creation_and_the_writing_of_state_makes_nothing_twice(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with place.opened() as run:
        backend = run.session.router.backend("aws:ec2/subnet:Subnet")
        create = backend.create

        def create_then_kill(wanted: Any) -> Any:
            made = create(wanted)
            if wanted.urn.endswith("::subnet"):
                _kill(run)
            return made

        monkeypatch.setattr(backend, "create", create_then_kill)
        with pytest.raises(SandboxError, match="ended by signal 9"):
            run.engine.up()
        assert "subnet" in run.names
    run = place.up()
    assert ("clean up", "subnet") in run.changes
    assert ("create", "subnet") in run.changes
    _assert_converges(place)


def test_a_kill_between_an_update_and_the_writing_of_state_is_made_good_even_when_taken_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.up()
    with place.opened(team="another") as run:
        backend = run.session.router.backend("aws:ec2/vpc:Vpc")
        update = backend.update

        def update_then_kill(entry: Any, wanted: Any) -> Any:
            made = update(entry, wanted)
            _kill(run)
            return made

        monkeypatch.setattr(backend, "update", update_then_kill)
        with pytest.raises(SandboxError, match="ended by signal 9"):
            run.engine.up()
    run = place.up()
    assert run.changes == [("update", "network")], "the world has the new tags, the state and the program the old ones"
    _assert_converges(place)


def test_a_kill_between_a_deletion_and_the_writing_of_state_is_made_good(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.up(far_network=True)
    with place.opened() as run:
        backend = run.session.router.backend("aws:ec2/vpc:Vpc")
        delete = backend.delete

        def delete_then_kill(entry: Any) -> None:
            delete(entry)
            _kill(run)

        monkeypatch.setattr(backend, "delete", delete_then_kill)
        with pytest.raises(SandboxError, match="ended by signal 9"):
            run.engine.up()
        assert "far-network" not in run.names
    _assert_converges(place)


def test_a_kill_during_down_is_made_good_by_the_next_down(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.up()
    with place.opened() as run:
        backend = run.session.router.backend("aws:ec2/subnet:Subnet")
        delete = backend.delete

        def delete_then_kill(entry: Any) -> None:
            delete(entry)
            _kill(run)

        monkeypatch.setattr(backend, "delete", delete_then_kill)
        with pytest.raises(SandboxError, match="ended by signal 9"):
            run.engine.down()
    run = place.down()
    assert run.session.world.entries() == []
    assert not (run.session.folder / FOLDER).exists()


def test_a_kill_of_our_own_process_leaves_no_engine_that_writes_state(place: Place) -> None:
    child = _start_elsewhere(place)
    world = place.root / "us-east" / "world"
    _wait_for(lambda: _begun(World(world), "subnet"), "the subnet's creation")
    pid = _pid(place.root / "us-east")
    child.kill()
    child.wait()
    _assert_converges(place)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_every_command_ends_an_engine_that_still_runs_even_the_question_for_its_version(place: Place) -> None:
    home = place.root / "us-east" / FOLDER
    home.mkdir(parents=True)
    survivor = subprocess.Popen([sys.executable, run_locked.__file__, str(home / "process"), "sleep", "60"])
    _wait_for(lambda: (home / "process").exists() and (home / "process").read_text(), "the lock")
    with place.opened() as run:
        assert run.engine.version()
    assert survivor.wait(timeout=_PATIENCE_SECONDS) == -signal.SIGKILL


def test_ctrl_c_waits_for_what_is_under_way_and_keeps_it(place: Place) -> None:
    child = _start_elsewhere(place)
    world = place.root / "us-east" / "world"
    _wait_for(lambda: _begun(World(world), "subnet"), "the subnet's creation")
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=_PATIENCE_SECONDS) != 0
    there = {entry.urn.rsplit("::", 1)[-1]: entry.complete for entry in World(world).entries()}
    assert there["subnet"], "what was under way must end"
    assert "key" not in there, "nothing new may begin"
    run = place.up()
    assert run.changes == [("create", "key")], "what was made before the interrupt must not be made again"
    _assert_converges(place)


def test_a_rename_that_was_interrupted_is_followed_by_the_next_run(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = place.up().id_of("key")

    def stop() -> None:
        raise KeyboardInterrupt

    with place.opened(key_name="main-key") as run:
        monkeypatch.setattr(run.engine, "_settle", stop)
        with pytest.raises(KeyboardInterrupt):
            run.engine.up()
    run = place.up(key_name="main-key")
    assert run.changes == [], "only the state knows the new name, and the key must not pass for an orphan"
    assert run.id_of("main-key") == key


def test_no_document_of_the_state_is_written_in_place_where_a_kill_would_tear_it(place: Place) -> None:
    run = place.up()
    kept = [path.name for path in (run.session.folder / FOLDER).rglob("*") if path.is_file()]
    assert "us-east.json" in kept
    assert [name for name in kept if name.endswith(".attrs")] == []


def test_what_somebody_removed_from_the_world_is_made_again(place: Place) -> None:
    place.up()
    with place.opened() as run:
        [network] = [entry for entry in run.session.world.entries() if entry.urn.endswith("::network")]
        run.session.router.backend(network.type).delete(network)
    run = place.up()
    assert ("create", "network") in run.changes
    _assert_converges(place)


def _start_elsewhere(place: Place) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", HEED_CTRL_C + _UP_IN_ANOTHER_PROCESS, str(place.root), str(place.program), str(SLOW)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

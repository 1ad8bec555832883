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
from typing import Any

import psutil
import pulumi_aws as aws
import pytest

from components.base.errors import SandboxError
from q2o_infra.stack_files import ROOT
from sandbox.engine.cli import environment
from sandbox.engine.engine import FOLDER
from sandbox.providers.accounts import Accounts
from tests.support.regions import HEED_CTRL_C
from tests.support.worlds import EVERYTHING, STACK, CloudOnly, far_network, network

pytestmark = pytest.mark.worlds

SLOW = 0.3
"""Share of a cloud's time that operations take where a test interrupts one: a network 3.6 s, a subnet 0.6 s."""
_PATIENCE_SECONDS = 60.0

_UP_IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from tests.support.worlds import CloudOnly, network

with CloudOnly(Path(sys.argv[1])).opened(network(), time_scale=float(sys.argv[2])) as run:
    run.engine.up()
"""


def _wait_for(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)


def _begun(place: CloudOnly, name: str) -> bool:
    return any(entry.urn.endswith(f"::{name}") and not entry.complete for entry in place.world.entries())


def _engines(place: CloudOnly) -> list[psutil.Process]:
    """Return the processes of the CLI in this sandbox."""
    home = environment(place.folder / STACK / FOLDER, inherited={})["PULUMI_HOME"]
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "pulumi" and process.environ().get("PULUMI_HOME") == home:
                found.append(process)
        except psutil.Error:
            continue
    return found


def _kill(place: CloudOnly) -> None:
    for process in _engines(place):
        process.kill()


def _assert_converges(place: CloudOnly, names: list[str] = EVERYTHING, **settings: Any) -> None:
    place.up(network(**settings))
    assert place.names == names
    assert len(place.world.entries()) == len(names), "something was made twice, or left half-made"
    [state] = (place.folder / STACK / FOLDER).rglob("stacks/*/us-east.json")
    pending = json.loads(state.read_text())["checkpoint"]["latest"].get("pending_operations")
    assert not pending, "the CLI would warn of what was interrupted for ever"
    assert place.up(network(**settings)) == []


def _killing_after(place: CloudOnly, monkeypatch: pytest.MonkeyPatch, method: str, name: str) -> None:
    """Kill the engine right after the clouds have done `method` on the resource `name`, before it is told."""
    done = getattr(Accounts, method)

    def then_kill(self: Accounts, *given: Any) -> Any:
        answer = done(self, *given)
        if given[-1].urn.endswith(f"::{name}"):
            _kill(place)
        return answer

    monkeypatch.setattr(Accounts, method, then_kill)


def test_a_kill_of_the_engine_during_a_creation_is_made_good(place: CloudOnly) -> None:
    with place.opened(network(), time_scale=SLOW) as run:

        def kill_when_begun() -> None:
            _wait_for(lambda: _begun(place, "subnet"), "the subnet's creation")
            _kill(place)

        killer = threading.Thread(target=kill_when_begun)
        killer.start()
        with pytest.raises(SandboxError, match="ended by signal 9"):
            run.engine.up()
        killer.join()
        assert "network" in place.names, "the test must kill in the middle"
        assert "key" not in place.names
    _assert_converges(place)


@pytest.mark.parametrize(
    ("method", "name", "first", "then", "done"),
    [
        ("create", "subnet", {}, {}, ["clean up subnet", "create subnet"]),
        ("update", "network", {"tags": {"team": "another"}}, {}, ["update network (tags)"]),
        ("delete", "far-network", {}, {}, []),
    ],
    ids=["create", "update", "delete"],
)
def test_a_kill_between_an_operation_and_the_writing_of_state_is_made_good_even_when_taken_back(
    place: CloudOnly,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    name: str,
    first: dict[str, Any],
    then: dict[str, Any],
    done: list[str],
) -> None:
    if method != "create":
        place.up(network(more=far_network if method == "delete" else lambda _: None))
    with monkeypatch.context() as patch:
        _killing_after(place, patch, method, name)
        with pytest.raises(SandboxError, match="ended by signal 9"):
            place.up(network(**first))
    found = place.up(network(**then))
    assert set(done) <= set(found)
    if method == "update":
        assert found == done, "the world has the new tags, the state and the program the old ones"
    _assert_converges(place)


def test_a_kill_during_down_is_made_good_by_the_next_down(place: CloudOnly, monkeypatch: pytest.MonkeyPatch) -> None:
    place.up(network())
    with monkeypatch.context() as patch:
        _killing_after(place, patch, "delete", "subnet")
        with pytest.raises(SandboxError, match="ended by signal 9"):
            place.down()
    place.down()
    assert place.world.entries() == []
    assert not (place.folder / STACK / FOLDER).exists()


def test_a_kill_of_our_own_process_leaves_no_engine_that_writes_state(place: CloudOnly) -> None:
    child = _start_elsewhere(place)
    _wait_for(lambda: _begun(place, "subnet"), "the subnet's creation")
    [engine] = _engines(place)
    child.kill()
    child.wait()
    _assert_converges(place)
    assert not engine.is_running()


def test_ctrl_c_waits_for_the_operations_under_way_and_keeps_their_results(place: CloudOnly) -> None:
    child = _start_elsewhere(place)
    _wait_for(lambda: _begun(place, "subnet"), "the subnet's creation")
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=_PATIENCE_SECONDS) != 0
    there = {entry.urn.rsplit("::", 1)[-1]: entry.complete for entry in place.world.entries()}
    assert there["subnet"], "what was under way must end"
    assert "key" not in there, "nothing new may begin"
    assert place.up(network()) == ["create key"], "what was made before the interrupt must not be made again"
    _assert_converges(place)


def test_an_import_that_was_interrupted_loses_nothing(place: CloudOnly, monkeypatch: pytest.MonkeyPatch) -> None:
    def bucket(home: Any, *, adopt: bool) -> None:
        options = type(home)(import_="q2o-kept" if adopt else None, retain_on_delete=True)
        aws.s3.Bucket("bucket", bucket="q2o-kept", opts=type(home).merge(home, options))

    place.up(network(more=lambda home: bucket(home, adopt=False)))
    place.down()

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    adopting = network(more=lambda home: bucket(home, adopt=True))
    with place.opened(adopting) as run, monkeypatch.context() as patch:
        patch.setattr(run.engine, "_settle", stop)
        with pytest.raises(KeyboardInterrupt):
            run.engine.up()
    place.up(adopting)
    assert place.entry("bucket").id == "q2o-kept"
    assert place.up(adopting) == []


def test_no_document_of_the_state_is_written_in_place_where_a_kill_would_tear_it(place: CloudOnly) -> None:
    place.up(network())
    kept = [path.name for path in (place.folder / STACK / FOLDER).rglob("*") if path.is_file()]
    assert "us-east.json" in kept
    assert [name for name in kept if name.endswith(".attrs")] == []


def _start_elsewhere(place: CloudOnly) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", HEED_CTRL_C + _UP_IN_ANOTHER_PROCESS, str(place.folder), str(SLOW)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

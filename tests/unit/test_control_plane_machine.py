"""What the control plane asks of the machine: ports, disk, processes told apart."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from sandbox.control_plane import cache, disk, ports, processes
from sandbox.control_plane.errors import DiskFullError, PortBusyError
from sandbox.control_plane.ports import Ports


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen(1)
        yield held.getsockname()[1]


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[processes.Record]:
    record = processes.spawn(
        Path("/bin/sleep"), ["60"], log=tmp_path / "log", record=tmp_path / "run" / "sleep.json", environment={}
    )
    yield record
    processes.stop(record, 0.0)


def test_a_plane_uses_ten_ports_at_most() -> None:
    used = Ports(7000)
    numbers = {used.etcd, used.etcd_peer, used.api, used.controller_manager, used.scheduler, used.kwok}
    assert len(numbers) == 6
    assert numbers <= set(range(7000, 7000 + ports.PORTS_PER_PLANE))


def test_a_busy_port_is_an_error_that_names_port_purpose_holder_and_way_out(listener: int) -> None:
    with pytest.raises(PortBusyError) as caught:
        ports.require_free(listener, "kube-apiserver", 7000)
    name = psutil.Process().name()
    assert str(caught.value) == f"port {listener}, wanted for kube-apiserver, is held by {name} (pid {os.getpid()})."
    assert caught.value.hint == ("stop it, or set Q2O_SANDBOX_PORT_BASE to a base with ten free ports (it is 7000 now)")


def test_a_free_base_has_ten_free_ports_and_lies_below_those_that_the_system_hands_out() -> None:
    base = ports.free_base()
    assert all(ports.is_free(port) for port in range(base, base + ports.PORTS_PER_PLANE))
    assert base + ports.PORTS_PER_PLANE <= 32768


def test_a_port_held_by_somebody_unseen_is_still_an_error(listener: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "holder", lambda port: None)
    with pytest.raises(PortBusyError, match=f"port {listener}, wanted for etcd, is held by another process"):
        ports.require_free(listener, "etcd", 7000)


def test_too_little_room_is_an_error_that_says_how_much_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=700 * 1024**2)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskFullError) as caught:
        disk.require_space(tmp_path / "not" / "there" / "yet")
    assert str(caught.value) == f"{tmp_path} has 700 MiB free, the sandbox needs 1024 MiB."


def test_a_disk_that_runs_full_is_explained(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError) as caught, disk.explained(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(caught.value) == f"the disk is full: nothing more can be written under {tmp_path}."
    assert caught.value.hint == (
        "free at least 1 GiB and run the same command again; it carries on from where it stopped"
    )


def test_other_errors_of_the_system_pass_unchanged(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), disk.explained(tmp_path):
        raise PermissionError(errno.EACCES, "Permission denied")


def test_a_process_is_found_again_from_its_record(sleeper: processes.Record, tmp_path: Path) -> None:
    assert processes.read(tmp_path / "run" / "sleep.json") == sleeper
    assert sleeper.is_alive()


def test_a_process_is_in_a_session_of_its_own(sleeper: processes.Record) -> None:
    assert os.getsid(sleeper.pid) == sleeper.pid


def test_a_later_process_with_a_recorded_pid_is_not_touched(sleeper: processes.Record) -> None:
    recycled = replace(sleeper, arguments=["--data-dir=/elsewhere"])
    assert not recycled.is_alive()
    processes.stop(recycled, 1.0)
    assert sleeper.is_alive()


def test_a_process_that_ends_on_request_is_not_killed(sleeper: processes.Record) -> None:
    assert processes.stop(sleeper, 5.0)
    assert not sleeper.is_alive()


def test_a_process_that_ignores_the_request_is_killed_after_the_bound(tmp_path: Path) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"
    record = processes.spawn(Path(sys.executable), ["-c", code], log=log, record=tmp_path / "deaf.json", environment={})
    while "deaf" not in log.read_text():
        pass
    assert not processes.stop(record, 0.2)
    assert not record.is_alive()


def test_a_process_without_a_record_is_found_by_its_folder_and_no_others(tmp_path: Path) -> None:
    def start(folder: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["/bin/sh", "-c", "sleep 60; true", f"--data-dir={folder}/etcd"])

    mine, others = start(tmp_path / "us-east"), start(tmp_path / "us-east-2")
    try:
        assert [record.pid for record in processes.find("sh", tmp_path / "us-east")] == [mine.pid]
    finally:
        for process in (mine, others):
            process.send_signal(signal.SIGKILL)
            process.wait()


def test_a_folder_that_was_being_filled_when_it_failed_does_not_appear(tmp_path: Path) -> None:
    def fill_half() -> None:
        with cache.filling(tmp_path / "done") as temporary:
            (temporary / "half").touch()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fill_half()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_is_waited_for_and_the_wait_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    order: list[str] = []

    def wait() -> None:
        with cache.locked(tmp_path / "deep" / "lock", said.append, "a build of etcd"):
            order.append("second")

    with cache.locked(tmp_path / "deep" / "lock", said.append, "a build of etcd"):
        waiting = threading.Thread(target=wait)
        waiting.start()
        while not said:
            time.sleep(0.01)
        order.append("first")
    waiting.join()
    assert said == ["waiting for another process: a build of etcd"]
    assert order == ["first", "second"]


def test_a_lock_that_its_holder_deleted_with_its_folder_is_taken_again(tmp_path: Path) -> None:
    said: list[str] = []
    existed: list[bool] = []
    path = tmp_path / "plane" / "lock"

    def wait() -> None:
        with cache.locked(path, said.append, "a wipe"):
            existed.append(path.exists())

    with cache.locked(path, said.append, "a wipe"):
        waiting = threading.Thread(target=wait)
        waiting.start()
        while not said:
            time.sleep(0.01)
        shutil.rmtree(path.parent)
    waiting.join()
    assert existed == [True]

"""A control plane comes up from whatever state it was left in, and goes without leaving anything."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.control_plane import ControlPlane, Settings, binaries
from sandbox.control_plane.errors import DiskFullError, PortBusyError, ProcessFailedError
from sandbox.control_plane.versions import KUBERNETES
from tests.support.free_ports import free_base

pytestmark = pytest.mark.sandbox

_NAMES = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"]


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[ControlPlane]:
    """A control plane of the test's own, not started."""
    made = ControlPlane(tmp_path / "control-plane", free_base())
    yield made
    made.wipe()


def _pids(plane: ControlPlane) -> dict[str, int | None]:
    return {row.name: row.pid for row in plane.status()}


def _kill(plane: ControlPlane, *names: str) -> None:
    for name in names:
        pid = _pids(plane)[name]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)


def _exists(pid: int | None) -> bool:
    assert pid is not None
    return Path(f"/proc/{pid}").exists()


def _config_map(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}


def test_after_start_all_five_processes_are_healthy_and_the_pinned_version_answers(plane: ControlPlane) -> None:
    assert not plane.running
    plane.start()
    assert plane.running
    assert [(row.name, row.healthy) for row in plane.status()] == [(name, True) for name in _NAMES]
    assert plane.client.request("GET", "/version")["gitVersion"] == f"v{KUBERNETES}"


def test_the_kubeconfig_and_every_key_are_for_the_owner_only(plane: ControlPlane) -> None:
    plane.start()
    private = [plane.kubeconfig, *plane.folder.rglob("*.key")]
    assert len(private) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def test_everything_listens_on_the_loopback_address_only(plane: ControlPlane) -> None:
    plane.start()
    wanted = range(plane.ports.base, plane.ports.base + 10)
    addresses = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(table).read_text().splitlines()[1:]:
            address, _, port = row.split()[1].rpartition(":")
            if row.split()[3] == "0A" and int(port, 16) in wanted:
                addresses[int(port, 16)] = address
    assert set(addresses.values()) == {"0100007F"}
    assert len(addresses) == 6


def test_a_second_start_by_another_command_does_nothing_and_is_quick(plane: ControlPlane) -> None:
    plane.start()
    before = _pids(plane)
    again = ControlPlane(plane.folder, plane.ports.base)
    said: list[str] = []
    began = time.monotonic()
    again.start(said.append)
    assert time.monotonic() - began < 0.3
    assert said == []
    assert _pids(again) == before


@pytest.mark.parametrize("victim", _NAMES)
def test_after_a_kill_of_one_process_start_brings_back_just_that_one(plane: ControlPlane, victim: str) -> None:
    plane.start()
    plane.client.create(_config_map("kept"))
    before = _pids(plane)
    _kill(plane, victim)
    plane.start()
    after = _pids(plane)
    assert {name for name in _NAMES if after[name] != before[name]} == {victim}
    assert all(row.healthy for row in plane.status())
    assert plane.client.find("v1", "ConfigMap", "kept", "default") is not None


def test_a_start_that_was_killed_before_it_wrote_its_records_is_carried_on(plane: ControlPlane) -> None:
    plane.start()
    before = _pids(plane)
    _kill(plane, "kwok")
    for name in ("kube-apiserver", "kube-scheduler"):
        (plane.folder / "run" / f"{name}.json").unlink()
    plane.start()
    assert all(row.healthy for row in plane.status())
    assert not _exists(before["kube-apiserver"])
    assert not _exists(before["kube-scheduler"])


@pytest.mark.parametrize("seconds", [0.4, 0.6, 1.5, 2.5])
def test_a_start_killed_midway_is_carried_on_by_the_next(plane: ControlPlane, seconds: float) -> None:
    code = f"""
from pathlib import Path
from sandbox.control_plane import ControlPlane
ControlPlane(Path({str(plane.folder)!r}), {plane.ports.base}).start()
"""
    starter = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    time.sleep(seconds)
    starter.kill()
    starter.wait()
    plane.start()
    assert all(row.healthy for row in plane.status())


def test_a_process_that_hangs_is_replaced(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.control_plane.plane._HANGING_SECONDS", 1.0)
    plane.start()
    hanging = _pids(plane)["kube-scheduler"]
    assert hanging is not None
    os.kill(hanging, signal.SIGSTOP)
    plane.start()
    assert _pids(plane)["kube-scheduler"] != hanging
    assert all(row.healthy for row in plane.status())


def test_changed_settings_take_effect_at_the_next_start(plane: ControlPlane) -> None:
    plane.start()
    changed = ControlPlane(plane.folder, plane.ports.base, Settings(hpa_sync_seconds=9))
    changed.start()
    pid = _pids(changed)["kube-controller-manager"]
    assert b"--horizontal-pod-autoscaler-sync-period=9s" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


def test_stop_leaves_no_process_and_keeps_the_data(plane: ControlPlane) -> None:
    plane.start()
    plane.client.create(_config_map("kept"))
    before = _pids(plane)
    plane.stop()
    assert not any(_exists(pid) for pid in before.values())
    assert not plane.running
    plane.start()
    assert plane.client.find("v1", "ConfigMap", "kept", "default") is not None


def test_stop_does_not_wait_for_whoever_watches(plane: ControlPlane) -> None:
    plane.start()
    changes = plane.client.watch("v1", "Namespace", timeout_seconds=120)
    next(changes)
    began = time.monotonic()
    plane.stop()
    assert time.monotonic() - began < 20.0
    assert not plane.running
    changes.close()


def test_stop_without_start_is_fine(plane: ControlPlane) -> None:
    plane.stop()
    assert not plane.folder.exists()


def test_wipe_leaves_no_process_and_no_file(plane: ControlPlane) -> None:
    plane.start()
    before = _pids(plane)
    plane.wipe()
    assert not any(_exists(pid) for pid in before.values())
    assert not plane.folder.exists()


def test_after_a_wipe_it_starts_empty(plane: ControlPlane) -> None:
    plane.start()
    plane.client.create(_config_map("gone"))
    ControlPlane(plane.folder, plane.ports.base).wipe()
    plane.start()
    assert plane.client.find("v1", "ConfigMap", "gone", "default") is None


def test_wipe_takes_a_process_along_that_nobody_recorded(plane: ControlPlane) -> None:
    plane.start()
    pid = _pids(plane)["etcd"]
    shutil.rmtree(plane.folder / "run")
    plane.wipe()
    assert not _exists(pid)


def test_two_planes_stand_side_by_side_and_know_nothing_of_each_other(plane: ControlPlane, tmp_path: Path) -> None:
    plane.start()
    other = ControlPlane(tmp_path / "other", free_base())
    try:
        other.start()
        plane.client.create(_config_map("here"))
        assert other.client.find("v1", "ConfigMap", "here", "default") is None
        other.wipe()
        assert all(row.healthy for row in plane.status())
    finally:
        other.wipe()


def test_a_busy_port_stops_the_start_with_one_clear_error(plane: ControlPlane) -> None:
    with socket.socket() as held:
        # A port that was just let go of counts as free for the control plane, so it must be free for this too.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", plane.ports.api))
        held.listen(1)
        with pytest.raises(PortBusyError) as caught:
            plane.start()
    name = Path("/proc/self/comm").read_text().strip()
    assert str(caught.value) == (
        f"port {plane.ports.api}, wanted for kube-apiserver, is held by {name} (pid {os.getpid()})."
    )
    plane.start()
    assert plane.running


def test_a_process_that_dies_at_start_is_quoted_with_its_log_file(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    located = binaries.locate_all()
    broken = plane.folder.parent / "kube-scheduler"
    broken.write_text("#!/bin/sh\necho the reason it died\nexit 1\n")
    broken.chmod(0o755)
    given = {**located, "kube-scheduler": replace(located["kube-scheduler"], path=broken)}
    monkeypatch.setattr(binaries, "locate_all", lambda progress: given)
    with pytest.raises(ProcessFailedError) as caught:
        plane.start()
    assert str(caught.value) == (
        f"kube-scheduler died at start; the last lines of {plane.folder}/logs/kube-scheduler.log:\n"
        "    the reason it died"
    )


def test_a_disk_with_too_little_room_stops_the_start_before_any_process(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.control_plane.disk.MINIMUM_FREE_BYTES", 2**62)
    with pytest.raises(DiskFullError):
        plane.start()
    assert {row.pid for row in plane.status()} == {None}

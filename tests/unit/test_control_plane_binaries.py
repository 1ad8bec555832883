"""Binaries come from the machine, else from the cache, else from a build that leaves nothing half-made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.control_plane import binaries, build, disk
from sandbox.control_plane.cache import silent
from sandbox.control_plane.errors import BinaryMissingError, BuildFailedError, DiskFullError
from sandbox.control_plane.versions import ETCD, KUBERNETES, TOOLS

_ETCD = TOOLS["etcd"]
_KUBERNETES = TOOLS["kubernetes"]
_GO_THAT_BUILDS = """
for argument in "$@"; do case "$argument" in -o=*) output=${argument#-o=};; esac; done
case "$output" in */) for name in kube-apiserver kube-controller-manager kube-scheduler; do
  echo built > "$output$name"; chmod +x "$output$name"; done;;
*) echo built > "$output"; chmod +x "$output";; esac
"""


def _script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing but `path`, `assets` and `cache` inside the returned folder, and basic tools."""
    (tmp_path / "path").mkdir()
    for tool in ("sh", "chmod", "sleep"):
        (tmp_path / "path" / tool).symlink_to(f"/bin/{tool}")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path / "assets"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def _cached() -> Path:
    return _script(binaries.cache_folder(_ETCD) / "etcd", f"echo etcd Version: {ETCD}")


def test_the_assets_folder_wins_over_path_and_cache(machine: Path) -> None:
    wanted = _script(machine / "assets" / "etcd", "echo etcd Version: 3.6.1")
    _script(machine / "path" / "etcd", "echo etcd Version: 3.6.1")
    _cached()
    assert binaries.locate(_ETCD)["etcd"] == binaries.Binary(name="etcd", path=wanted, source="machine")


def test_path_wins_over_the_cache(machine: Path) -> None:
    wanted = _script(machine / "path" / "etcd", "echo etcd Version: 3.5.21")
    _cached()
    assert binaries.locate(_ETCD)["etcd"].path == wanted


def test_an_old_etcd_on_path_is_skipped_and_the_reason_is_said(machine: Path) -> None:
    old = _script(machine / "path" / "etcd", "echo etcd Version: 3.4.23")
    cached = _cached()
    said: list[str] = []
    assert binaries.locate(_ETCD, said.append)["etcd"] == binaries.Binary(name="etcd", path=cached, source="cache")
    assert said == [f"skipping {old}: it is 3.4.23, the sandbox needs at least 3.5.13 and below 3.7.0"]


def test_a_binary_that_prints_no_version_is_skipped(machine: Path) -> None:
    _script(machine / "path" / "etcd", "exit 1")
    cached = _cached()
    assert binaries.locate(_ETCD)["etcd"].path == cached


def test_a_missing_binary_is_built_once_with_go(machine: Path) -> None:
    _script(machine / "path" / "go", _GO_THAT_BUILDS)
    built = binaries.locate(_KUBERNETES)
    assert set(built) == {"kube-apiserver", "kube-controller-manager", "kube-scheduler"}
    assert {(binary.source, binary.path.read_text()) for binary in built.values()} == {("build", "built\n")}
    assert {binary.source for binary in binaries.locate(_KUBERNETES).values()} == {"cache"}


def test_one_binary_missing_of_a_built_set_has_the_set_built_again(machine: Path) -> None:
    _script(machine / "path" / "go", _GO_THAT_BUILDS)
    lost = binaries.locate(_KUBERNETES)["kube-scheduler"].path
    lost.unlink()
    assert binaries.locate(_KUBERNETES)["kube-scheduler"].path.read_text() == "built\n"


def test_without_go_the_error_says_where_was_looked_and_what_to_do(machine: Path) -> None:
    with pytest.raises(BinaryMissingError) as caught:
        binaries.locate(_ETCD)
    assert str(caught.value) == (
        f"etcd is neither in KUBEBUILDER_ASSETS nor on PATH nor in {machine}/cache/q2o-infra/bin/etcd-{ETCD}, "
        "and there is no Go on PATH to build with."
    )
    assert caught.value.hint == (f"install Go, or put etcd {ETCD} on PATH or in a folder named by KUBEBUILDER_ASSETS")


def test_a_build_that_breaks_leaves_nothing_that_looks_built(machine: Path) -> None:
    _script(machine / "path" / "go", f"{_GO_THAT_BUILDS}\necho 'undefined: x' >&2; exit 1")
    with pytest.raises(BuildFailedError, match=r"Go could not build etcd .*\n    undefined: x"):
        binaries.locate(_ETCD)
    folder = binaries.cache_folder(_ETCD)
    assert sorted(path.name for path in folder.parent.iterdir()) == [
        f"etcd-{ETCD}-failed.log",
        f"etcd-{ETCD}.lock",
    ]


def test_what_a_killed_build_left_behind_is_removed_by_the_next(machine: Path) -> None:
    folder = binaries.cache_folder(_ETCD)
    leftover = folder.parent / f".{folder.name}-half"
    _script(leftover / "etcd", "half")
    _script(machine / "path" / "go", _GO_THAT_BUILDS)
    binaries.locate(_ETCD)
    assert not leftover.exists()


def test_a_long_build_reports_the_seconds_passed(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "PROGRESS_SECONDS", 0.1)
    go = _script(machine / "path" / "go", f"sleep 0.35\n{_GO_THAT_BUILDS}")
    said: list[str] = []
    build.build(_ETCD, str(go), binaries.cache_folder(_ETCD), said.append)
    what = f"building etcd {ETCD} with Go (once for this machine)"
    assert said[0] == what
    assert said[1:-1].count(f"{what}: 0 s") >= 2
    assert said[-1].startswith(f"built etcd {ETCD} in ")


def test_a_build_on_a_full_disk_says_so(machine: Path) -> None:
    _script(machine / "path" / "go", "echo 'write x: no space left on device' >&2; exit 1")
    with pytest.raises(DiskFullError) as caught:
        binaries.locate(_ETCD)
    assert str(caught.value) == f"the disk is full: nothing more can be written under {machine}/cache/q2o-infra/bin."


def test_a_build_does_not_begin_with_less_than_a_gibibyte_free(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _script(machine / "path" / "go", _GO_THAT_BUILDS)
    monkeypatch.setattr(disk, "MINIMUM_FREE_BYTES", 2**62)
    with pytest.raises(DiskFullError):
        binaries.locate(_ETCD)
    assert not binaries.cache_folder(_ETCD).exists()


def test_the_kubernetes_build_is_told_which_version_it_is(tmp_path: Path) -> None:
    arguments = build.command(_KUBERNETES, "go", tmp_path)
    (flags,) = (argument for argument in arguments if argument.startswith("-ldflags="))
    assert f"-X=k8s.io/component-base/version.gitVersion=v{KUBERNETES}" in flags.split()
    assert f"-o={tmp_path}{os.sep}" in arguments
    assert arguments[-3:] == list(_KUBERNETES.binaries.values())


def test_two_builds_of_one_tool_do_the_work_once(machine: Path) -> None:
    go = _script(machine / "path" / "go", f"echo run >> {machine}/runs\n{_GO_THAT_BUILDS}")
    for _ in range(2):
        build.build(_ETCD, str(go), binaries.cache_folder(_ETCD), silent)
    assert (machine / "runs").read_text() == "run\n"

"""`make tools` brings a Redis server from Debian where it can, and else says in one sentence what to install."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.base.errors import SandboxError
from sandbox import tool_setup
from sandbox.control_plane import binaries
from sandbox.control_plane.cache import silent
from sandbox.control_plane.versions import (
    KARPENTER_TOOL,
    MONITORING_TOOLS,
    PULUMI_KUBERNETES_TOOL,
    PULUMI_TOOL,
    TOOLS,
    Tool,
)

SENTENCE = (
    "neither valkey-server nor redis-server is on PATH: install Debian's package valkey-server or redis-server, "
    "or any build of one with TLS; `make tools` does it where apt and root or sudo are here."
)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with basic tools, nothing else on PATH, and no user with rights. Its `log` says what was run."""
    path = tmp_path / "path"
    path.mkdir()
    for tool in ("sh", "chmod", "cat", "env", "tee", "rm"):
        (path / tool).symlink_to(f"/bin/{tool}")
    (tmp_path / "log").touch()
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(tool_setup, "POLICY", tmp_path / "policy-rc.d")
    return tmp_path


def program(machine: Path, name: str, body: str = "") -> None:
    path = machine / "path" / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> {machine}/log\n{body}\n')
    path.chmod(0o755)


def with_apt(machine: Path, offers: str = "redis-server") -> None:
    """Give the machine an apt that offers one package and installs it only while services are kept off."""
    program(machine, "apt-cache", f'[ "$2" = {offers} ]')
    installed = f"echo > {machine}/path/{offers}; chmod +x {machine}/path/{offers}"
    program(machine, "apt-get", f'[ "$1" = update ] || {{ [ -x {machine}/policy-rc.d ] && {installed}; }}')


def log(machine: Path) -> list[str]:
    return (machine / "log").read_text().splitlines()


@pytest.mark.parametrize("name", tool_setup.SERVERS)
def test_where_a_server_is_on_path_nothing_is_installed(machine: Path, name: str) -> None:
    with_apt(machine)
    program(machine, name)
    tool_setup.bring_redis(silent)
    assert tool_setup.redis_server() == name
    assert log(machine) == []


def test_root_installs_the_package_that_debian_offers_and_no_service_starts(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with_apt(machine)
    said: list[str] = []
    tool_setup.bring_redis(said.append)
    assert tool_setup.redis_server() == "redis-server"
    assert log(machine) == [
        "apt-get update -qq",
        "apt-cache show valkey-server",
        "apt-cache show redis-server",
        "apt-get install -qq -y --no-install-recommends redis-server",
    ]
    assert said == ["installing a Redis server from Debian's packages", "installed redis-server"]
    assert not (machine / "policy-rc.d").exists()


def test_a_policy_of_the_machine_is_left_as_it_is(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with_apt(machine)
    policy = machine / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101 # ours\n")
    policy.chmod(0o755)
    tool_setup.bring_redis(silent)
    assert policy.read_text() == "#!/bin/sh\nexit 101 # ours\n"


def test_another_user_installs_through_sudo(machine: Path) -> None:
    with_apt(machine, offers="valkey-server")
    program(machine, "sudo", '"$@"')
    tool_setup.bring_redis(silent)
    asked = [line for line in log(machine) if line.startswith("sudo ")]
    assert [line.split()[1] for line in asked] == ["apt-get", "tee", "chmod", "env", "rm"]
    assert tool_setup.redis_server() == "valkey-server"


def test_without_apt_one_sentence_says_which_package(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert tool_setup.main() == 2
    assert capsys.readouterr().err == f"error: {SENTENCE}\n"


def test_without_root_and_sudo_one_sentence_says_which_package(machine: Path) -> None:
    with_apt(machine)
    with pytest.raises(SandboxError) as caught:
        tool_setup.bring_redis(silent)
    assert str(caught.value) == SENTENCE
    assert log(machine) == []


def test_what_apt_refuses_is_quoted_and_the_policy_goes(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with_apt(machine)
    program(machine, "apt-get", '[ "$1" = update ] || { echo "E: no room" >&2; exit 100; }')
    with pytest.raises(SandboxError, match=r"apt-get install .*` failed and said 'E: no room'; mend that"):
        tool_setup.bring_redis(silent)
    assert not (machine / "policy-rc.d").exists()


def test_every_pinned_tool_is_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    brought: list[str] = []

    def locate(tool: Tool, _: object) -> None:
        brought.append(tool.name)

    monkeypatch.setattr(binaries, "locate", locate)
    tool_setup.bring_binaries(silent)
    assert brought == [*TOOLS, PULUMI_TOOL.name, PULUMI_KUBERNETES_TOOL.name, KARPENTER_TOOL.name, *MONITORING_TOOLS]

"""The CLI runs apart from everything else of Pulumi on the machine, and never outlives its run unnoticed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.engines import run_locked
from sandbox.engines.cli_process import CliProcess, environment
from sandbox.engines.cli_project import stack_config, write_project


def test_nothing_of_another_pulumi_is_inherited(tmp_path: Path) -> None:
    inherited = {"PULUMI_ACCESS_TOKEN": "theirs", "PULUMI_BACKEND_URL": "https://elsewhere", "PATH": "/bin"}
    settings = environment(tmp_path, inherited=inherited)
    assert "PULUMI_ACCESS_TOKEN" not in settings
    assert settings["PULUMI_BACKEND_URL"].startswith("file://")
    assert settings["PATH"] == "/bin"


def test_state_and_settings_stay_in_the_folder(tmp_path: Path) -> None:
    settings = environment(tmp_path, inherited={})
    assert settings["PULUMI_BACKEND_URL"].split("?")[0] == tmp_path.as_uri()
    assert Path(settings["PULUMI_HOME"]).is_relative_to(tmp_path)


def _survivor(home: Path) -> subprocess.Popen[bytes]:
    runner = Path(run_locked.__file__)
    process = subprocess.Popen([sys.executable, str(runner), str(home / "process"), "sleep", "60"])
    deadline = time.monotonic() + 10
    while not (home / "process").exists() or (home / "process").read_text() != str(process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


def test_a_command_that_outlived_its_run_is_ended_before_the_next(tmp_path: Path) -> None:
    survivor = _survivor(tmp_path)
    CliProcess(tmp_path, binary=Path("pulumi")).end_survivor()
    assert survivor.wait(timeout=60) == -signal.SIGKILL


def test_a_number_in_the_file_without_the_lock_is_nobody_of_ours(tmp_path: Path) -> None:
    """Process numbers are used again: the one that stands there may be anybody's now."""
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        (tmp_path / "process").write_text(str(bystander.pid))
        CliProcess(tmp_path, binary=Path("pulumi")).end_survivor()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_children_of_the_command_do_not_hold_the_lock(tmp_path: Path) -> None:
    """Or an idle plugin would look like a running command for minutes."""
    runner = Path(run_locked.__file__)
    script = "import subprocess as s; print(s.Popen(['sleep', '60'], stdout=s.DEVNULL).pid, flush=True)"
    command = [sys.executable, str(runner), str(tmp_path / "process"), sys.executable, "-c", script]
    child = int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    try:
        CliProcess(tmp_path, binary=Path("pulumi")).end_survivor()
        os.kill(child, 0)
    finally:
        os.kill(child, signal.SIGKILL)


def test_the_project_keeps_the_salt_that_the_cli_wrote(tmp_path: Path) -> None:
    write_project(tmp_path, stack="us-east", config={"q2o-infra:phase": 1}, program=tmp_path)
    path = tmp_path / "Pulumi.us-east.yaml"
    path.write_text(f"encryptionsalt: v1:salt\n{path.read_text()}")
    write_project(tmp_path, stack="us-east", config={"q2o-infra:phase": 2}, program=tmp_path)
    assert "encryptionsalt: v1:salt" in path.read_text()
    assert "q2o-infra:phase: 2" in path.read_text()


def test_overrides_replace_what_the_file_says_and_absent_ones_do_not() -> None:
    config = stack_config("us-east", overrides={"environment": "sandbox", "phase": None})
    assert config["q2o-infra:environment"] == "sandbox"
    assert config["q2o-infra:phase"] == stack_config("us-east", overrides={})["q2o-infra:phase"]


@pytest.mark.parametrize("stack", ["us-east", "eu-west", "apac"])
def test_no_encrypted_value_reaches_the_sandbox(stack: str) -> None:
    config = stack_config(stack, overrides={})
    assert config["q2o-infra:llm_api_key"] == "[not decrypted on this machine]"
    assert "secure" not in str(config)

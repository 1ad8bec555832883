"""The CLI runs apart from everything else of Pulumi on the machine, and never outlives its command unnoticed."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import psutil

from sandbox.engine.cli import end_survivors, environment


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


def test_a_process_that_outlived_its_command_is_ended_and_one_of_another_sandbox_is_not(tmp_path: Path) -> None:
    survivor, bystander = (
        subprocess.Popen(["sleep", "60"], env=environment(tmp_path / name, inherited={})) for name in ("mine", "other")
    )
    try:
        while "PULUMI_HOME" not in psutil.Process(survivor.pid).environ():
            time.sleep(0.01)
        end_survivors(tmp_path / "mine")
        assert not psutil.pid_exists(survivor.pid)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
        survivor.wait()

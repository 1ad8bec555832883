"""The commands as a person or a pipeline calls them: what is on stdout, what on stderr, with which exit code."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PLAN_KEYS = {"stack", "cloud", "phase", "environment", "resources", "counts"}
RESOURCE_KEYS = {"type", "name", "parent", "provider", "inputs", "protect", "retain_on_delete", "import_id"}


def q2o(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "q2o_infra.cli", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_plan_as_json_is_one_document_with_the_documented_keys() -> None:
    done = q2o("plan", "us-east", "--json")

    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert document.keys() >= PLAN_KEYS
    assert (document["stack"], document["phase"]) == ("us-east", 1)
    assert all(row.keys() == RESOURCE_KEYS for row in document["resources"])
    assert sum(document["counts"].values()) == len(document["resources"])


def test_the_same_plan_has_the_same_bytes_in_every_process() -> None:
    first = q2o("plan", "us-east", "--json", PYTHONHASHSEED="1")
    second = q2o("plan", "us-east", "--json", PYTHONHASHSEED="2")

    assert first.stdout == second.stdout != ""


def test_a_plan_needs_no_home_no_credentials_and_no_cli(tmp_path: Path) -> None:
    done = q2o("plan", "us-east", HOME=str(tmp_path), PATH="", AWS_PROFILE="nobody", AWS_ACCESS_KEY_ID="")

    assert done.returncode == 0, done.stderr


def test_options_put_over_the_stack_file_are_shown() -> None:
    document = json.loads(q2o("plan", "eu-west", "--phase", "1", "--environment", "staging", "--json").stdout)

    assert (document["phase"], document["environment"]) == (1, "staging")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan", "mars"], "stack: 'mars' is not allowed: there is no Pulumi.mars.yaml"),
        (["plan", "us-east", "--phase", "9"], "--phase: 9 is not allowed"),
        (["plan", "us-east", "--cloud", "oracle"], "cloud: 'oracle' is not allowed"),
        (["plan", "us-east", "--environment", "home"], "environment: 'home' is not allowed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_bad_input_is_one_sentence_on_stderr_and_exit_code_2(arguments: list[str], words: str) -> None:
    done = q2o(*arguments)

    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, "a person reads one line, not a traceback"


def test_a_busy_port_is_named_with_who_holds_it(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = q2o("up", "us-east", "--root", str(tmp_path), Q2O_SANDBOX_PORT_BASE=str(port))

    assert done.returncode == 2
    assert f"port {port}" in done.stderr.splitlines()[-2] + done.stderr.splitlines()[-1]
    assert "Q2O_SANDBOX_PORT_BASE" in done.stderr
    assert not (tmp_path / "us-east" / "world" / "entries").exists(), "nothing may be made before it is known to work"


def test_without_the_control_planes_binaries_and_without_go_nothing_is_made(tmp_path: Path) -> None:
    cache, tools = tmp_path / "cache", tmp_path / "tools"
    tools.mkdir()
    done = q2o(
        *("up", "us-east", "--root", str(tmp_path)),
        PATH=str(tools),
        XDG_CACHE_HOME=str(cache),
        KUBEBUILDER_ASSETS="",
    )

    assert done.returncode == 2
    assert "and there is no Go on PATH to build with" in done.stderr
    assert "hint: install Go" in done.stderr
    assert not (tmp_path / "us-east" / "world" / "entries").exists()


def test_a_port_base_that_is_no_port_is_refused(tmp_path: Path) -> None:
    done = q2o("up", "us-east", "--root", str(tmp_path), Q2O_SANDBOX_PORT_BASE="eighty")

    assert done.returncode == 2
    assert "Q2O_SANDBOX_PORT_BASE: 'eighty' is not allowed: a port number from 1024 to 65000" in done.stderr


def test_taking_down_what_does_not_stand_says_so(tmp_path: Path) -> None:
    done = q2o("down", "us-east", "--root", str(tmp_path))

    assert (done.returncode, done.stdout) == (0, "us-east: nothing stands in the sandbox\n")


def test_looking_at_what_does_not_stand_says_how_to_bring_it_up(tmp_path: Path) -> None:
    done = q2o("status", "us-east", "--root", str(tmp_path))

    assert done.returncode == 2
    assert "no region stands there; bring it up with `make up STACK=us-east`" in done.stderr


def test_a_sandbox_that_another_process_works_on_names_that_process(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib; from sandbox import lock\n"
            f"with lock.held(pathlib.Path({str(tmp_path)!r}) / 'us-east' / 'lock', stack='us-east'):\n"
            "    print('held', flush=True); sys.stdin.read()",
        ],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        done = q2o("down", "us-east", "--root", str(tmp_path))
    finally:
        holder.communicate("")

    assert done.returncode == 2
    assert f"sandbox us-east: process {holder.pid} (q2o " in done.stderr


def test_the_lock_of_a_killed_process_holds_nobody_up(tmp_path: Path) -> None:
    folder = tmp_path / "us-east"
    folder.mkdir()
    (folder / "lock").write_text('{"pid": 999999, "command": "up us-east"}')

    assert q2o("status", "us-east", "--root", str(tmp_path)).stderr.count("is working on it") == 0


CAPACITY_KEYS = {"nodes", "pods_wanted", "pods_placed", "packing_percent", "bill_over_lower_bound"}


def test_capacity_as_json_is_one_document_and_its_exit_code_is_its_verdict() -> None:
    done = q2o("capacity", "us-east", "--phase", "1", "--json")

    document = json.loads(done.stdout)
    assert document.keys() >= CAPACITY_KEYS
    assert document["pods_placed"] == document["pods_wanted"] > 100
    assert done.returncode == (0 if document["is_met"] else 1), done.stderr


def test_capacity_of_an_unknown_cloud_is_one_sentence() -> None:
    done = q2o("capacity", "us-east", "--cloud", "mars")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --cloud: ")

"""`q2o release` as a person calls it: what is declared, what runs, and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from q2o_infra.cli.main import q2o
from q2o_infra.release_files import read_release
from q2o_infra.stack_files import stack_names

STABLE = read_release("us-east").api.stable
NEXT = f"registry.example.com/q2o/api@sha256:{'7' * 64}"


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig.yaml"
    path.write_text("{}")
    return path


def release(*arguments: str, root: Path) -> Result:
    return CliRunner().invoke(q2o, ["release", *arguments, "--root", str(root / "sandboxes")])


def kubectl(folder: Path, patch: pytest.MonkeyPatch, *, says: str, fails: bool = False) -> None:
    """Put a kubectl on PATH that notes how it was called and answers with `says`."""
    folder.joinpath("answer").write_text(says)
    program = folder / "kubectl"
    stream = f"cat {folder}/answer >&2; exit 1" if fails else f"cat {folder}/answer"
    program.write_text(f'#!/bin/sh\necho "$@" > {folder}/called\n{stream}\n')
    program.chmod(0o755)
    patch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def pod(deployment: str, image: str, *, ready: bool = True, leaving: bool = False) -> dict[str, Any]:
    gone = {"deletionTimestamp": "2026-11-29T00:00:00Z"} if leaving else {}
    return {
        "metadata": {"labels": {"app.kubernetes.io/name": deployment}, **gone},
        "spec": {"containers": [{"image": image}]},
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def test_without_a_cluster_it_shows_what_is_declared_and_asks_nobody(tmp_path: Path) -> None:
    done = release("us-east", root=tmp_path)

    assert done.exit_code == 0, done.output
    first, headings, api, *_, last = done.stdout.splitlines()
    assert first == "us-east: releases/us-east.yaml"
    assert headings.split() == ["workload", "role", "version", "weight", "%", "minimum", "pods"]
    assert api.split() == ["api", "stable", STABLE.rpartition(":")[2][:12], "100", "5"]
    assert last == "no canary stands"


def test_with_a_kubeconfig_it_shows_which_pods_of_the_cluster_run_which_image(
    tmp_path: Path, kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pods = [
        *(pod("api", STABLE, ready=number > 0) for number in range(4)),
        pod("api", NEXT),
        pod("api", NEXT, leaving=True),
        pod("api-canary", NEXT),
    ]
    kubectl(tmp_path, monkeypatch, says=json.dumps({"items": pods}))

    table = release("us-east", "--kubeconfig", str(kubeconfig), root=tmp_path)
    document = json.loads(release("us-east", "--kubeconfig", str(kubeconfig), "--json", root=tmp_path).stdout)

    _, headings, api, gone, agent, *_ = (line.rstrip() for line in table.stdout.splitlines())
    assert headings.endswith("runs in the cluster")
    assert api.endswith("3 of 4 ready, 777777777777: 1 of 1 ready")
    assert gone.split()[:5] == ["api", "canary", "no", "longer", "declared"]
    assert agent.endswith("nothing")
    assert document["looked_at"] == "cluster"
    assert document["workloads"][0]["running"][0] == {"image": STABLE, "pods": 4, "ready": 3}
    called = (tmp_path / "called").read_text().split()
    assert called == ["--kubeconfig", str(kubeconfig), *["get", "pods", "-A", "-l", "q2o.dev/serves", "-o", "json"]]


@pytest.mark.parametrize(
    ("says", "fails", "words"),
    [
        ("E1 a\nUnable to connect to the server: i/o timeout.\n", True, "Unable to connect to the server: i/o timeout"),
        ("no JSON", False, "kubectl printed no list of pods"),
        ('{"items": [{}]}', False, "kubectl printed no list of pods"),
    ],
    ids=["unreachable", "no-json", "no-pods"],
)
def test_a_cluster_that_does_not_answer_is_one_sentence(
    says: str, fails: bool, words: str, tmp_path: Path, kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubectl(tmp_path, monkeypatch, says=says, fails=fails)

    done = release("us-east", "--kubeconfig", str(kubeconfig), root=tmp_path)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: --kubeconfig: the cluster of {kubeconfig} cannot be asked: {words}; "
        f"try `kubectl --kubeconfig {kubeconfig} get pods -A`.\n"
    )


def test_without_kubectl_a_kubeconfig_is_refused(
    tmp_path: Path, kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = release("us-east", "--kubeconfig", str(kubeconfig), root=tmp_path)
    assert done.exit_code == 2
    assert done.stderr == "error: --kubeconfig: there is no kubectl on PATH to ask the cluster with; install it.\n"


def test_a_kubeconfig_belongs_to_one_stack(tmp_path: Path, kubeconfig: Path) -> None:
    done = release("--kubeconfig", str(kubeconfig), root=tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "it leads to the cluster of one stack; name that stack as well." in done.stderr


def test_without_a_stack_it_shows_every_stack(tmp_path: Path) -> None:
    table = release(root=tmp_path).stdout
    document = json.loads(release("--json", root=tmp_path).stdout)

    assert [row["stack"] for row in document["stacks"]] == stack_names()
    assert all(f"{name}: releases/{name}.yaml\n" in table for name in stack_names())


def test_a_phase_from_the_command_line_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    done = release("us-east", "--phase", "9", root=tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --phase: 9 is not allowed")

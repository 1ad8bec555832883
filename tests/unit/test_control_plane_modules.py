"""Files of Go modules are used only when the module is the pinned one; definitions are read as Kubernetes does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.control_plane import crds, documents, modules
from sandbox.control_plane.errors import BinaryMissingError, BuildFailedError, ChecksumMismatchError
from sandbox.control_plane.versions import Module

_MODULE = Module(name="things", path="example.org/things", version="v1.2.3", sum="h1:right=", folder="deploy")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "path").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def _go_that_answers(machine: Path, answer: dict[str, str]) -> None:
    go = machine / "path" / "go"
    go.write_text(f"#!/bin/sh\necho run >> {machine}/runs\necho '{json.dumps(answer)}'\n")
    go.chmod(0o755)


def _module_files(machine: Path) -> Path:
    folder = machine / "module"
    (folder / "deploy" / "inner").mkdir(parents=True)
    (folder / "deploy" / "inner" / "a.yaml").write_text("kind: A\n")
    (folder / "deploy" / "README.md").write_text("not copied")
    (folder / "elsewhere.yaml").write_text("kind: B\n")
    return folder


def test_the_yaml_files_of_the_pinned_folder_are_kept_in_the_cache(machine: Path) -> None:
    _go_that_answers(machine, {"Sum": "h1:right=", "Dir": str(_module_files(machine))})
    folder = modules.folder_of(_MODULE)
    assert folder == machine / "cache" / "q2o-infra" / "modules" / "things-v1.2.3"
    assert [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()] == ["inner/a.yaml"]


def test_a_module_is_fetched_once(machine: Path) -> None:
    _go_that_answers(machine, {"Sum": "h1:right=", "Dir": str(_module_files(machine))})
    modules.folder_of(_MODULE)
    modules.folder_of(_MODULE)
    assert (machine / "runs").read_text() == "run\n"


def test_a_module_with_another_checksum_is_refused_and_nothing_of_it_is_kept(machine: Path) -> None:
    _go_that_answers(machine, {"Sum": "h1:wrong=", "Dir": str(_module_files(machine))})
    with pytest.raises(ChecksumMismatchError) as caught:
        modules.folder_of(_MODULE)
    assert str(caught.value) == "example.org/things v1.2.3 has the checksum h1:wrong=, pinned is h1:right=."
    assert not (machine / "cache" / "q2o-infra" / "modules" / "things-v1.2.3").exists()


def test_gos_own_words_are_quoted_when_it_cannot_fetch(machine: Path) -> None:
    _go_that_answers(machine, {"Error": "no such host"})
    with pytest.raises(BuildFailedError, match=r"Go could not fetch example\.org/things v1\.2\.3: no such host"):
        modules.folder_of(_MODULE)


def test_without_go_and_without_cache_the_error_says_so(machine: Path) -> None:
    with pytest.raises(
        BinaryMissingError, match=r"example\.org/things v1\.2\.3 is not in .*, and there is no Go on PATH"
    ):
        modules.folder_of(_MODULE)


def test_a_bare_equals_sign_is_a_string(tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text("enum: [=, '!=']\n---\n---\nkind: B\n")
    assert documents.read(path) == [{"enum": ["=", "!="]}, {"kind": "B"}]


def test_a_chart_without_definitions_has_none() -> None:
    assert crds.load("metrics-server") == []


def test_the_load_balancer_controller_brings_target_group_bindings() -> None:
    (definition,) = crds.load("aws-load-balancer-controller")
    version = definition["spec"]["versions"][0]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    assert (definition["spec"]["group"], version["name"], definition["spec"]["scope"]) == (
        "elbv2.k8s.aws",
        "v1beta1",
        "Namespaced",
    )
    assert {"serviceRef", "targetGroupARN", "targetType", "vpcID", "networking"} <= set(spec)


def test_definitions_lose_their_prose_and_nothing_else() -> None:
    schema = {
        "description": "prose",
        "type": "object",
        "required": ["description"],
        "properties": {
            "description": {"description": "prose", "type": "string", "enum": ["a"]},
            "rows": {"items": {"description": "prose", "type": "object", "properties": {"x": {"type": "integer"}}}},
        },
        "x-kubernetes-validations": [{"rule": "self.x > 0", "message": "must be positive"}],
    }

    assert crds.without_descriptions(schema) == {
        "type": "object",
        "required": ["description"],
        "properties": {
            "description": {"type": "string", "enum": ["a"]},
            "rows": {"items": {"type": "object", "properties": {"x": {"type": "integer"}}}},
        },
        "x-kubernetes-validations": [{"rule": "self.x > 0", "message": "must be positive"}],
    }

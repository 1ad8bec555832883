"""The pinned versions are said in several files; they must be the same ones."""

from __future__ import annotations

import re

import pytest

from q2o_infra.versions import CHARTS, EVIDENCE_IMAGES, KUBERNETES_MINOR, PROMETHEUS
from sandbox.control_plane import versions
from sandbox.control_plane.build import TOOLS_FOLDER
from sandbox.control_plane.errors import VersionUnreadableError
from sandbox.control_plane.versions import (
    BROUGHT_BY_AKS,
    CHART_CRDS,
    KARPENTER_TOOL,
    KWOK_STAGES,
    MONITORING_TOOLS,
    TOOLS,
)

ALL_TOOLS = {**TOOLS, KARPENTER_TOOL.name: KARPENTER_TOOL, **MONITORING_TOOLS}


def _go_mod(tool: str) -> str:
    return (TOOLS_FOLDER / tool / "go.mod").read_text()


@pytest.mark.parametrize("name", ALL_TOOLS)
def test_a_tools_go_module_requires_the_pinned_version(name: str) -> None:
    tool = ALL_TOOLS[name]
    required = re.findall(rf"^(?:require )?\t?{re.escape(tool.module)} (\S+)", _go_mod(name), re.MULTILINE)
    # Prometheus 3.x has no import path of its own, so its module counts as 0.3xx.
    major, _, rest = tool.version.partition(".")
    module_version = f"0.{major}{rest}" if name == "prometheus" else tool.version
    assert required == [f"v{module_version}"]


@pytest.mark.parametrize("name", ALL_TOOLS)
def test_a_tools_go_module_names_the_packages_that_are_built(name: str) -> None:
    block = re.search(r"^tool (?:\((.*?)\)|(\S+))", _go_mod(name), re.MULTILINE | re.DOTALL)
    assert block is not None
    assert sorted((block.group(1) or block.group(2)).split()) == sorted(ALL_TOOLS[name].binaries.values())


def test_every_staging_module_of_kubernetes_is_replaced_by_its_matching_version() -> None:
    staged = versions.KUBERNETES.replace("1.", "0.", 1)
    rows = re.findall(r"^\t(\S+) => (\S+) (\S+)$", _go_mod("kubernetes"), re.MULTILINE)
    assert len(rows) > 25
    assert {(source == target, version) for source, target, version in rows} == {(True, f"v{staged}")}


def test_the_control_plane_has_the_minor_version_of_the_program() -> None:
    assert versions.KUBERNETES.rpartition(".")[0] == KUBERNETES_MINOR


# Charts that count their own versions, with what is inside (`appVersion`).
INSIDE = {"prometheus-operator-crds": ("31.0.1", "0.93.1")}


def test_definitions_have_the_version_of_their_chart() -> None:
    inside = dict(INSIDE.values())
    charts = {chart: CHARTS[chart].version.removeprefix("v") for chart in CHART_CRDS.keys() - {BROUGHT_BY_AKS}}
    assert {chart: CHART_CRDS[chart].version.removeprefix("v") for chart in charts} == {
        chart: inside.get(version, version) for chart, version in charts.items()
    }


@pytest.mark.parametrize(("tool", "image"), [("thanos", "reader"), ("blackbox", "prober")])
def test_tests_run_the_version_that_the_recorder_runs(tool: str, image: str) -> None:
    assert f":v{MONITORING_TOOLS[tool].version}@" in EVIDENCE_IMAGES[image]


def test_the_recorders_prometheus_would_do_for_the_tests() -> None:
    assert MONITORING_TOOLS["prometheus"].refusal(versions.parse(PROMETHEUS)) is None


def test_kwoks_stages_come_from_the_module_that_kwok_is_built_from() -> None:
    assert (
        f"{KWOK_STAGES.path} {KWOK_STAGES.version} {KWOK_STAGES.sum}\n"
        in (TOOLS_FOLDER / "kwok" / "go.sum").read_text()
    )


@pytest.mark.parametrize(
    ("tool", "printed", "serves"),
    [
        ("etcd", "etcd Version: 3.4.23\nGit SHA: x\nGo Version: go1.19.8", False),
        ("etcd", "etcd Version: 3.5.12", False),
        ("etcd", "etcd Version: 3.5.13", True),
        ("etcd", "etcd Version: 3.6.0", True),
        ("etcd", "etcd Version: 3.7.0", False),
        ("kubernetes", "Kubernetes v1.35.9", False),
        ("kubernetes", "Kubernetes v1.36.0", True),
        ("kubernetes", "Kubernetes v1.37.0-alpha.1", False),
        ("kwok", "kwok version v0.7.0 go1.25.0 (linux/amd64)", False),
        ("kwok", "kwok version v0.8.1 go1.26.0 (linux/amd64)", True),
        ("prometheus", "prometheus, version 2.42.0+ds (branch: debian/sid, revision: x)", False),
        ("prometheus", "promtool, version 3.14.0 (branch: HEAD, revision: x)", True),
        ("thanos", "thanos, version 0.42.4 (branch: , revision: unknown)", True),
    ],
)
def test_a_binary_serves_only_in_a_fitting_version(tool: str, printed: str, serves: bool) -> None:
    assert (ALL_TOOLS[tool].refusal(versions.parse(printed)) is None) is serves


def test_output_without_a_version_is_an_error() -> None:
    with pytest.raises(VersionUnreadableError, match="no version in 'usage: etcd'"):
        versions.parse("usage: etcd\n")

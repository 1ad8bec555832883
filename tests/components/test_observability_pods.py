"""The recorder's pods as the scheduler sees them: what stands in for the operator, and whether all of it fits."""

from __future__ import annotations

from functools import cache
from typing import Any

from components.base.pods import PodWorkload, WorkloadKind
from components.base.quantities import mebibytes, millicores
from components.observability import prometheus_operator
from components.observability.contract import DEFINITIONS_CHART, OPERATOR_CHART, Images, Sizes
from components.observability.policies import OPERATOR_LABELS
from components.observability.server import SERVER_LABELS
from components.observability.values import RELOADER, operator_values, operator_workloads
from q2o_infra.phases import chart_pods
from q2o_infra.versions import CHARTS, EVIDENCE_IMAGES
from tests.support.assertions import assert_none
from tests.support.stacks import planned

RELEASE = "kubernetes:helm.sh/v3:Release"


def told() -> dict[str, Any]:
    return operator_values(Images(**EVIDENCE_IMAGES), Sizes())


@cache
def server() -> PodWorkload:
    return prometheus_operator.workload(
        planned("us-east").named("kubernetes:monitoring.coreos.com/v1:Prometheus", "recorder-server").inputs
    )


def test_the_operators_chart_is_one_pod_with_the_labels_that_its_template_gives() -> None:
    (row,) = operator_workloads(OPERATOR_CHART, namespace="n", values=told())
    assert (row.component, row.service_account, row.replicas) == ("prometheus-operator", "prometheus-operator", 1)
    assert row.containers[0].name == "kube-prometheus-stack"
    assert OPERATOR_LABELS.items() <= row.labels.items()
    assert operator_workloads(DEFINITIONS_CHART, namespace="n", values={}) == ()


def test_of_the_chart_nothing_is_on_but_the_operator() -> None:
    values = told()
    on = [part for part, given in values.items() if part != "prometheusOperator" and given.get("enabled")]
    assert on == []
    operator = values["prometheusOperator"]
    assert operator["namespaces"] == {"additional": [], "releaseNamespace": True}
    assert operator["admissionWebhooks"] == operator["kubeletService"] == operator["tls"] == {"enabled": False}
    assert operator["image"]["registry"] == "quay.io"
    assert f"v{operator['image']['tag'].removeprefix('v')}" == "v0.93.1"
    assert len(operator["image"]["sha"]) == 64


def test_the_definitions_are_a_release_of_their_own_and_of_the_operators_version() -> None:
    releases = {row.name: row.inputs for row in planned("us-east").of_type(RELEASE) if row.name.startswith("recorder-")}
    assert set(releases) == {f"recorder-{chart}" for chart in (OPERATOR_CHART, DEFINITIONS_CHART)}
    assert releases[f"recorder-{OPERATOR_CHART}"]["skipCrds"] is True
    assert not releases[f"recorder-{DEFINITIONS_CHART}"].get("skipCrds")
    assert all(inputs["version"] == CHARTS[inputs["chart"]].version for inputs in releases.values())


def test_every_chart_of_the_program_has_pods_or_says_that_it_has_none() -> None:
    lost = []
    for row in planned("us-east").of_type(RELEASE):
        chart = str(row.inputs["chart"]).rsplit("/", 1)[-1]
        found = chart_pods.workloads(chart, namespace="n", values=row.inputs.get("values") or {})
        if not found and chart not in {"karpenter-crd", DEFINITIONS_CHART}:
            lost.append(chart)
    assert_none(lost, "the scheduler would not count it")


def test_the_stand_in_has_the_names_and_labels_that_the_operator_gives() -> None:
    row = server()
    assert (row.component, row.kind, row.replicas) == ("prometheus-evidence", WorkloadKind.STATEFUL_SET, 2)
    assert [container.name for container in row.containers] == ["prometheus", "config-reloader", "thanos-sidecar"]
    assert SERVER_LABELS.items() <= row.labels.items()
    assert row.labels["operator.prometheus.io/name"] == "evidence"
    (volume,) = row.volumes
    assert (volume.name, volume.size_gib, volume.storage_class) == ("prometheus-evidence-db", 20, "encrypted-gp3")


def test_the_reloader_asks_for_what_the_operator_gives_it_by_default() -> None:
    reloader = server().containers[1].resources
    given = told()["prometheusOperator"]["prometheusConfigReloader"]["resources"]
    # cmd/operator/main.go of prometheus-operator 0.93.1: defaultReloaderCPU and defaultReloaderMemory.
    assert reloader == RELOADER
    assert (millicores(given["requests"]["cpu"]), mebibytes(given["requests"]["memory"])) == (10, 50)
    assert given["limits"] == {"cpu": "0", "memory": "50Mi"}


def recorder_pods() -> tuple[int, int]:
    """CPU and memory that the recorder asks for, over all nodes."""
    found = [
        (row.replicas, row.cpu_millicores, row.memory_mib)
        for row in (server(), *operator_workloads(OPERATOR_CHART, namespace="n", values=told()))
    ]
    for row in planned("us-east").of_type("kubernetes:apps/v1:Deployment"):
        if row.name.startswith("recorder-"):
            (container,) = row.inputs["spec"]["template"]["spec"]["containers"]
            asked = container["resources"]["requests"]
            found.append((2, millicores(asked["cpu"]), mebibytes(asked["memory"])))
    return sum(count * cpu for count, cpu, _ in found), sum(count * memory for count, _, memory in found)


def test_it_asks_for_little() -> None:
    cpu, memory = recorder_pods()
    assert (cpu, memory) == (240, 1668)

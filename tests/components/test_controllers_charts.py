"""What each chart is told, and which pods the scheduler must find room for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from components.base.errors import ComponentError
from components.base.pods import ContainerResources, WorkloadKind, zone_spread
from components.controllers.charts import chart_workloads
from components.controllers.values import (
    CHARTS,
    CertManagerValues,
    KarpenterValues,
    LoadBalancerControllerValues,
    MetricsServerValues,
)

LOAD_BALANCERS = LoadBalancerControllerValues(cluster_name="q2o-us-east", location="us-east-1", network_id="vpc-1")
KARPENTER = KarpenterValues(cluster_name="q2o-us-east", interruption_queue="queue", location="us-east-1")
VALUES: dict[str, dict[str, Any]] = {
    "aws-load-balancer-controller": LOAD_BALANCERS.rendered(),
    "cert-manager": CertManagerValues().rendered(),
    "karpenter": KARPENTER.rendered(),
    "karpenter-crd": {},
    "metrics-server": MetricsServerValues().rendered(),
}
WORKLOADS = {
    row.component: row for chart in CHARTS for row in chart_workloads(chart, namespace="n", values=VALUES[chart])
}


def components(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every part of some values that sizes a container."""
    if "resources" in values:
        yield values
    for value in values.values():
        if isinstance(value, dict):
            yield from components(value)


def test_the_charts_make_the_pods_that_their_templates_name() -> None:
    assert {name: (row.service_account, row.containers[0].name) for name, row in WORKLOADS.items()} == {
        "aws-load-balancer-controller": ("aws-load-balancer-controller", "aws-load-balancer-controller"),
        "cert-manager": ("cert-manager", "cert-manager-controller"),
        "cert-manager-cainjector": ("cert-manager-cainjector", "cert-manager-cainjector"),
        "cert-manager-webhook": ("cert-manager-webhook", "cert-manager-webhook"),
        "karpenter": ("karpenter", "controller"),
        "metrics-server": ("metrics-server", "metrics-server"),
    }


@pytest.mark.parametrize("component", sorted(WORKLOADS))
def test_every_controller_survives_the_loss_of_a_node_and_of_a_zone(component: str) -> None:
    row = WORKLOADS[component]

    assert (row.kind, row.replicas, row.disruption_max_unavailable) == (WorkloadKind.DEPLOYMENT, 2, 1)
    assert zone_spread(row.labels) == list(row.topology_spread)


@pytest.mark.parametrize("component", sorted(WORKLOADS))
def test_every_controller_stays_on_the_system_pool(component: str) -> None:
    row = WORKLOADS[component]

    assert row.node_selector == {"q2o.dev/pool": "system"}
    # Of the pool's own taint, and of the one that stands in its place on GKE.
    assert list(row.tolerations) == [
        {"key": "q2o.dev/pool", "operator": "Equal", "value": "system", "effect": "NoSchedule"},
        {
            "key": "components.gke.io/gke-managed-components",
            "operator": "Equal",
            "value": "true",
            "effect": "NoSchedule",
        },
        {"key": "CriticalAddonsOnly", "operator": "Equal", "value": "true", "effect": "NoSchedule"},
    ]
    assert row.priority_class == "system-cluster-critical"


@pytest.mark.parametrize(
    ("chart", "containers"),
    [("aws-load-balancer-controller", 1), ("cert-manager", 4), ("karpenter", 1), ("metrics-server", 1)],
)
def test_every_container_asks_for_cpu_and_memory_and_has_a_memory_limit(chart: str, containers: int) -> None:
    sized = [part["resources"] for part in components(VALUES[chart])]

    assert containers == len(sized)
    for resources in sized:
        assert {"cpu", "memory"} == set(resources["requests"])
        assert {"memory"} == set(resources["limits"])


def test_selectors_are_those_of_the_charts_so_that_spreading_counts_the_right_pods() -> None:
    assert WORKLOADS["karpenter"].labels == {
        "app.kubernetes.io/instance": "karpenter",
        "app.kubernetes.io/name": "karpenter",
    }
    assert WORKLOADS["cert-manager-webhook"].labels == {
        "app.kubernetes.io/component": "webhook",
        "app.kubernetes.io/instance": "cert-manager",
        "app.kubernetes.io/name": "webhook",
    }
    assert WORKLOADS["cert-manager"].labels["app.kubernetes.io/component"] == "controller"


def test_another_size_reaches_the_chart_and_the_scheduler_alike() -> None:
    values = MetricsServerValues(
        resources=ContainerResources(cpu_millicores=333, memory_mib=44, memory_limit_mib=55)
    ).rendered()
    (row,) = chart_workloads("metrics-server", namespace="kube-system", values=values)

    assert (
        row.cpu_millicores,
        row.memory_mib,
        row.containers[0].resources.memory_limit_mib,
    ) == (333, 44, 55)
    assert row.namespace == "kube-system"


def test_metrics_server_has_what_its_project_names_for_a_hundred_nodes() -> None:
    assert (WORKLOADS["metrics-server"].cpu_millicores, WORKLOADS["metrics-server"].memory_mib) == (100, 200)


def test_load_balancers_belong_to_the_program_so_everything_that_makes_one_is_off() -> None:
    values = VALUES["aws-load-balancer-controller"]

    assert values["enableServiceMutatorWebhook"] is False
    assert values["controllerConfig"]["featureGates"] == {
        "ALBGatewayAPI": False,
        "EnableServiceController": False,
        "NLBGatewayAPI": False,
    }
    assert values["createIngressClassResource"] is values["ingressClassParams"]["create"] is False


def test_controllers_are_told_what_pods_cannot_ask_the_machine_for() -> None:
    values = VALUES["aws-load-balancer-controller"]

    assert (values["region"], values["vpcId"]) == ("us-east-1", "vpc-1")
    assert VALUES["karpenter"]["controller"]["env"] == [{"name": "AWS_REGION", "value": "us-east-1"}]


def test_certificates_survive_the_removal_of_the_chart() -> None:
    assert VALUES["cert-manager"]["crds"] == {"enabled": True, "keep": True}


def test_a_chart_without_known_pods_is_refused() -> None:
    with pytest.raises(ComponentError) as refusal:
        chart_workloads("kafka", namespace="n", values={})

    assert refusal.value.message == (
        "controllers.chart: 'kafka' is not allowed: one of aws-load-balancer-controller, cert-manager, karpenter, "
        "karpenter-crd, metrics-server; say in components/controllers/charts.py which pods it makes."
    )


def test_sizes_that_were_not_rendered_from_types_are_refused() -> None:
    values = MetricsServerValues().rendered()
    values["resources"]["requests"]["cpu"] = "0.1"

    with pytest.raises(ComponentError, match=r"^resources: '0\.1' is not allowed: a whole number of m; "):
        chart_workloads("metrics-server", namespace="n", values=values)

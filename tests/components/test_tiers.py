"""Who stays when nodes run short."""

from __future__ import annotations

import pulumi
from pulumi_kubernetes import Provider as KubernetesProvider
from pulumi_kubernetes.core.v1 import Namespace

from components.tiers.component import Tiers
from components.tiers.contract import TiersArgs
from q2o_infra.plan.recorder import Recording, record

PRIORITY = "kubernetes:scheduling.k8s.io/v1:PriorityClass"


def build() -> Recording:
    def program() -> None:
        kubernetes = KubernetesProvider("cluster", kubeconfig="{}", cluster_identifier="test")
        cluster = Namespace("stand-in", metadata={"name": "c"}, opts=pulumi.ResourceOptions(provider=kubernetes))
        Tiers("tiers", TiersArgs(cluster_resource=cluster), pulumi.ResourceOptions(provider=kubernetes))

    return record(program)


def test_data_outranks_the_gateway_the_gateway_the_api_and_the_api_the_agents() -> None:
    ranks = {row.inputs["metadata"]["name"]: row.inputs["value"] for row in build().of_type(PRIORITY)}
    assert ranks["q2o-data"] > ranks["q2o-gateway"] > ranks["q2o-api"] > ranks["q2o-agent"]


def test_a_canary_is_kept_like_the_api_and_pushes_nobody_out() -> None:
    rows = {row.inputs["metadata"]["name"]: row.inputs for row in build().of_type(PRIORITY)}
    assert rows["q2o-canary"]["value"] == rows["q2o-api"]["value"]
    assert {name for name, row in rows.items() if row.get("preemptionPolicy") == "Never"} == {"q2o-canary"}


def test_whoever_takes_a_name_from_the_tiers_gets_the_name_of_a_class_that_stands() -> None:
    recording = build()
    made = {row.inputs["metadata"]["name"] for row in recording.of_type(PRIORITY)}
    assert set(recording.named("q2o:tiers:Tiers", "tiers").outputs["priority_classes"].values()) == made


def test_the_classes_go_with_their_cluster() -> None:
    assert all(row.deleted_with.endswith("::stand-in") for row in build().of_type(PRIORITY))

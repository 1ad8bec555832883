"""The controllers on Azure: what Karpenter may buy, what a volume is, and what is left to AKS."""

from __future__ import annotations

from typing import Any

import pytest

from components.base.errors import ComponentError
from components.base.pods import ELASTIC_POOL
from components.base.vocabulary import Cloud
from components.charts.contract import ChartSource
from components.controllers.azure import CHARTS, AksControllers, AksControllersArgs
from components.controllers.contract import ElasticPoolArgs
from q2o_infra.phases.machines import elastic_machines
from q2o_infra.plan.recorder import record
from tests.support.stacks import planned, planned_on

CLASS = "kubernetes:karpenter.azure.com/v1beta1:AKSNodeClass"
POOL = "kubernetes:karpenter.sh/v1:NodePool"


def spec(type_: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = planned_on(Cloud.AZURE).named(type_, name).inputs["spec"]
    return found


def requirements(pool: dict[str, Any]) -> dict[str, list[str]]:
    return {row["key"]: row["values"] for row in pool["template"]["spec"]["requirements"]}


def test_spot_comes_first_of_many_types_in_every_zone() -> None:
    found = requirements(spec(POOL, "controllers-node-pool"))
    assert found["karpenter.sh/capacity-type"] == ["on-demand", "spot"]
    assert found["topology.kubernetes.io/zone"] == ["eastus2-1", "eastus2-2", "eastus2-3"]
    assert found["node.kubernetes.io/instance-type"] == [
        machine.name for machine in elastic_machines(Cloud.AZURE, "eastus2")
    ]


def test_the_pool_is_bounded_where_the_guard_bounds_it_on_aws_and_the_guard_owns_it() -> None:
    pool = planned_on(Cloud.AZURE).named(POOL, "controllers-node-pool")
    there = planned("us-east").named(POOL, "controllers-node-pool")
    assert pool.inputs["metadata"]["name"] == there.inputs["metadata"]["name"] == ELASTIC_POOL
    assert pool.inputs["spec"]["limits"] == there.inputs["spec"]["limits"] == {"nodes": "97"}
    assert pool.ignore_changes == there.ignore_changes == ("spec.limits",)


def test_elastic_nodes_stand_beside_the_system_pool_encrypted_and_tagged() -> None:
    found = spec(CLASS, "controllers-node-class")
    (subnet,) = planned_on(Cloud.AZURE).of_type("azure-native:network:Subnet")
    assert found["vnetSubnetID"].endswith(f"/subnets/{subnet.inputs['subnetName']}")
    assert found["security"] == {"encryptionAtHost": True}
    assert found["tags"]["q2o-stack"] == "us-east"


def test_a_node_takes_no_more_pods_than_its_memory_was_counted_for() -> None:
    counted = {machine.pods for machine in elastic_machines(Cloud.AZURE, "eastus2")}
    assert counted == {spec(CLASS, "controllers-node-class")["maxPods"]}


def test_a_volume_stands_in_its_pod_s_zone_and_nobody_downloads_it() -> None:
    found = planned_on(Cloud.AZURE).named("kubernetes:storage.k8s.io/v1:StorageClass", "controllers-storage").inputs
    assert found["provisioner"] == "disk.csi.azure.com"
    assert found["volumeBindingMode"] == "WaitForFirstConsumer"
    assert (found["parameters"]["skuName"], found["parameters"]["cachingMode"]) == ("PremiumV2_LRS", "None")
    assert found["parameters"]["networkAccessPolicy"] == "DenyAll"
    assert "q2o-stack=us-east" in found["parameters"]["tags"].split(",")


def test_only_certificates_are_installed_the_rest_comes_with_the_cluster() -> None:
    releases = planned_on(Cloud.AZURE).of_type("kubernetes:helm.sh/v3:Release")
    mine = [row for row in releases if row.name.startswith("controllers-")]
    assert [row.inputs["name"] for row in mine] == list(CHARTS)
    assert mine[0].inputs["values"]["podLabels"] == {"azure.workload.identity/use": "true"}


def test_other_charts_are_refused() -> None:
    args = AksControllersArgs(
        charts={"karpenter": ChartSource(chart="karpenter", repository="oci://charts.example", version="1")},
        cluster=None,  # type: ignore[arg-type]
        cluster_name="q2o-us-east",
        elastic_pool=ElasticPoolArgs(instance_types=elastic_machines(Cloud.AZURE, "eastus2"), nodes_maximum=97),
        location="eastus2",
        network_id="network",
        private_subnet_ids=["subnet"],
        tags={"q2o-stack": "us-east"},
        zones=("eastus2-1", "eastus2-2", "eastus2-3"),
    )
    with pytest.raises(ComponentError) as refusal:
        record(lambda: AksControllers("controllers", args) and None)
    assert refusal.value.message == (
        "controllers.charts: ['karpenter'] is not allowed: a source for each of cert-manager; name exactly these."
    )

"""What is different on GCP and Azure: what is paid by machine, by size, by version, or not at all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from components.base.errors import CostError
from components.base.vocabulary import Cloud
from q2o_infra.cost.estimate import Estimate, estimate
from q2o_infra.cost.meters_azure import BLOB_SERVICE
from q2o_infra.cost.pools_azure import CLUSTER
from q2o_infra.plan.recorder import Recording
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.region import RegionFacts, decide_region
from tests.cost.estimates import CLOUDS, line, priced
from tests.support.plans import beside
from tests.support.stacks import built_settings

ON_GCP = pytest.mark.skipif(Cloud.GCP not in CLOUDS, reason="the program cannot build GCP yet")
ON_AZURE = pytest.mark.skipif(Cloud.AZURE not in CLOUDS, reason="the program cannot build Azure yet")


def gcp() -> Estimate:
    return priced("us-east", Cloud.GCP).estimate


def azure() -> Estimate:
    return priced("us-east", Cloud.AZURE).estimate


def plan_of(cloud: Cloud) -> tuple[Recording, RegionFacts]:
    settings = built_settings("us-east", cloud=cloud.value)
    return plan_region("us-east", settings), decide_region("us-east", settings)


@ON_GCP
def test_many_pools_are_one_line_with_the_limits_of_all() -> None:
    found = gcp()
    assert found.pools.elastic_nodes.ceiling == 97
    assert line(found, f"{found.pools.fewest.machine} spot").component == "controllers"


@ON_GCP
def test_the_system_pool_of_gcp_has_a_node_in_each_zone() -> None:
    assert gcp().pools.system_nodes == 3


@ON_GCP
def test_nat_of_gcp_is_paid_by_machine_up_to_32() -> None:
    nat = line(gcp(), "NAT, by machine")
    assert nat.quantity.ceiling == 32 * 730
    assert nat.quantity.expected == (3 + gcp().pools.elastic_nodes.expected) * 730


@ON_GCP
def test_up_to_five_forwarding_rules_are_paid_once() -> None:
    assert line(gcp(), "load balancer").quantity.expected == 730


@ON_GCP
def test_versions_of_a_key_add_up() -> None:
    key = line(gcp(), "key versions", "recovery")
    assert key.quantity.floor == 1
    assert round(key.quantity.expected, 2) == round(1 + Decimal(365) / 90, 2)


@ON_GCP
def test_a_bucket_of_logs_that_nobody_explains_is_refused() -> None:
    plan, facts = plan_of(Cloud.GCP)
    with pytest.raises(CostError, match="it is not known who writes into this bucket"):
        estimate(beside(plan, "gcp:logging/projectBucketConfig:ProjectBucketConfig", "new"), facts)


@ON_GCP
def test_a_bucket_of_gcp_that_forgets_nothing_is_refused() -> None:
    plan, facts = plan_of(Cloud.GCP)
    bucket = plan.named("gcp:storage/bucket:Bucket", "recovery-bucket")
    kept = replace(bucket, wire_inputs={**bucket.wire_inputs, "lifecycleRules": []})
    with pytest.raises(CostError, match="nothing in it expires, which no bill can hold"):
        estimate(replace(plan, resources=tuple(kept if row is bucket else row for row in plan.resources)), facts)


@ON_AZURE
def test_root_disks_of_azure_are_sold_in_sizes() -> None:
    disks = line(azure(), "root disks, system")
    assert (disks.quantity.expected, disks.unit, disks.prices[0].what) == (3, "month", "volume/p6")


@ON_AZURE
def test_azure_takes_nothing_between_zones() -> None:
    assert line(azure(), "between zones").usd.ceiling == 0


@ON_AZURE
def test_the_balancer_of_azure_stands_behind_the_address_that_is_not_of_nat() -> None:
    found = azure()
    assert line(found, "load balancer").quantity.expected == 730
    assert sum(row.quantity.expected for row in found.lines if row.what == "public IPv4") == 2 * 730


@ON_AZURE
def test_an_account_that_nobody_explains_is_refused() -> None:
    plan, facts = plan_of(Cloud.AZURE)
    with pytest.raises(CostError, match="it is not known what this account"):
        estimate(beside(plan, "azure-native:storage:StorageAccount", "new"), facts)


@ON_AZURE
def test_flow_logs_are_priced_once_and_not_with_their_account() -> None:
    assert {row.component for row in azure().lines if row.what.startswith("backups")} == {"recovery"}
    assert line(azure(), "flow logs, kept").usd.expected > 0


@ON_AZURE
def test_the_private_way_to_an_api_server_of_azure_is_paid_only_where_there_is_one() -> None:
    assert line(azure(), "private endpoint").usd.expected == Decimal("7.30")
    plan, facts = plan_of(Cloud.AZURE)
    (cluster,) = plan.of_type(CLUSTER)
    profile = {**cluster.wire_inputs["apiServerAccessProfile"], "enablePrivateCluster": False}
    public = replace(cluster, wire_inputs={**cluster.wire_inputs, "apiServerAccessProfile": profile})
    found = estimate(replace(plan, resources=tuple(public if row is cluster else row for row in plan.resources)), facts)
    assert not [row for row in found.lines if row.what == "private endpoint"]


@ON_AZURE
def test_what_azure_keeps_of_deleted_backups_is_paid_as_well() -> None:
    plan, facts = plan_of(Cloud.AZURE)
    (service,) = plan.of_type(BLOB_SERVICE)
    off = replace(service, wire_inputs={**service.wire_inputs, "deleteRetentionPolicy": {"enabled": False}})
    without = estimate(replace(plan, resources=tuple(off if row is service else row for row in plan.resources)), facts)
    days = int(service.inputs["deleteRetentionPolicy"]["days"])
    kept, shorter = line(azure(), "backups, kept"), line(without, "backups, kept")
    assert kept.quantity.expected - shorter.quantity.expected == shorter.quantity.expected * days / 35

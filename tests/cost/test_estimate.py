"""The estimate of a plan: every resource priced or free, and money that follows from what stands."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from clouds.price_book import price_book
from components.base.errors import CostError
from components.base.vocabulary import Cloud, Region
from q2o_infra.cost.clouds import cloud_model
from q2o_infra.cost.estimate import estimate, total
from q2o_infra.cost.line import PROMISES, Group
from q2o_infra.cost.machine_prices import book_prices
from q2o_infra.cost.nodes import FewestNodes
from q2o_infra.cost.pools_aws import NODE_GROUP
from q2o_infra.cost.pools_karpenter import NODE_POOL
from q2o_infra.cost.quantity import Quantity
from q2o_infra.cost.treatment import Free, Priced
from q2o_infra.cost.what_if import parse_what_if
from q2o_infra.packing.report import region_capacity
from q2o_infra.phases.contract import PHASES, Phase, region_usd_per_month
from q2o_infra.phases.spending import reduced_nodes
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.region import decide_region
from q2o_infra.stack_files import read_settings
from tests.cost.estimates import CLOUDS, REGIONS, line, priced, us_east
from tests.support.assertions import assert_none
from tests.support.plans import beside
from tests.support.stacks import planned, planned_on


def inputs(recording: Recording, type_: str, name: str, **changes: Any) -> Recording:
    """Return the plan with other inputs of one resource."""
    row = recording.named(type_, name)
    other = replace(row, wire_inputs={**row.wire_inputs, **changes})
    return replace(recording, resources=tuple(other if each is row else each for each in recording.resources))


def without_type(recording: Recording, type_: str) -> Recording:
    return replace(recording, resources=tuple(row for row in recording.resources if row.type != type_))


@pytest.mark.parametrize(("stack", "cloud"), REGIONS)
def test_every_plan_can_be_priced(stack: str, cloud: Cloud) -> None:
    found = priced(stack, cloud).estimate
    assert 0 < found.usd.floor < found.usd.expected < found.usd.ceiling


def test_us_east_on_aws_is_within_the_budget_of_phase_1() -> None:
    assert us_east().usd.expected <= region_usd_per_month(PHASES[Phase.FOUNDATION], Region.US_EAST) == 800


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_treatment_has_its_words(cloud: Cloud) -> None:
    table = cloud_model(cloud).table
    silent = [
        type_ for type_, row in table.items() if len(row.reason if isinstance(row, Free) else row.what) < len("a wait")
    ]
    assert_none(silent, "neither a reason nor what is paid for")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_is_priced_gives_lines(cloud: Cloud) -> None:
    found = priced("us-east", cloud).estimate
    assert {row.component for row in found.lines} >= {"cluster", "edge", "network", "recovery", "redis"}
    assert_none([row for row in found.lines if not row.why or not row.prices], "a line without a reason or a price")


def test_an_unknown_type_is_an_error_that_says_what_to_do() -> None:
    plan = beside(planned("us-east"), "aws:rds/instance:Instance", "surprise")
    with pytest.raises(CostError) as refusal:
        us_east(plan)
    assert refusal.value.message == (
        "aws:rds/instance:Instance: this type (surprise) is neither priced nor declared free, and what is unknown is "
        "never taken for nothing; add it to q2o_infra/cost/types_aws.py with a meter, or as free with the reason."
    )


def test_an_unknown_kind_of_an_operator_is_not_taken_for_free() -> None:
    with pytest.raises(CostError, match=r"^kubernetes:kafka\.strimzi\.io/v1:KafkaNodePool: this type"):
        us_east(beside(planned("us-east"), "kubernetes:kafka.strimzi.io/v1:KafkaNodePool", "brokers"))


def test_the_sum_is_the_sum_of_its_lines() -> None:
    found = us_east()
    assert found.usd == total(found.lines)
    for parts in (found.by_group(), found.by_component()):
        assert sum((row.expected for row in parts.values()), Decimal(0)) == pytest.approx(found.usd.expected)


def test_every_group_says_which_promise_it_pays_for() -> None:
    assert PROMISES.keys() == set(Group)


def test_a_machine_more_costs_a_machine_more() -> None:
    plan = inputs(
        planned("us-east"), NODE_GROUP, "cluster-system", scalingConfig={"desiredSize": 4, "maxSize": 4, "minSize": 4}
    )
    machine = Decimal("0.077") * 730
    more = line(us_east(plan), "m6g.large on demand").usd.expected - line(us_east(), "m6g.large on demand").usd.expected
    assert more == machine


def test_elastic_nodes_follow_pods_contract_and_limit() -> None:
    nodes = us_east().pools.elastic_nodes
    # The fewest pods fit three machines, a rollout or the budget's average asks for a fourth, the pool stops at 97.
    assert (nodes.floor, nodes.expected, nodes.ceiling) == (3, 4, 97)


@pytest.mark.parametrize(("stack", "cloud"), REGIONS)
def test_the_bill_counts_the_nodes_that_capacity_shows_and_never_more_than_the_guard_leaves(
    stack: str, cloud: Cloud
) -> None:
    found = priced(stack, cloud).estimate
    packed = region_capacity(found.facts, planned_on(cloud, stack), book_prices(price_book(cloud)))
    elastic = [node for node in packed.nodes if node.place.pool == packed.places.elastic.name]
    assert {found.pools.fewest.machine} == {node.machine.name for node in elastic}
    assert found.pools.elastic_nodes.floor == len(elastic)
    assert len(elastic) < found.pools.elastic_nodes.expected <= reduced_nodes(found.facts)


def test_a_pod_too_large_for_the_usual_machine_is_priced_on_the_one_that_holds_it() -> None:
    settings = read_settings("us-east", overrides={"api": {"cpu_millicores": 3000}})
    found = estimate(plan_region("us-east", settings), decide_region("us-east", settings))
    assert {row.what for row in found.lines if row.group is Group.ELASTIC_NODES} == {
        "m6g.xlarge spot",
        "m6g.xlarge on demand where spot gives none",
    }
    assert found.usd.expected > us_east().usd.expected


def test_where_two_machines_are_packed_each_has_its_hours() -> None:
    pools = replace(
        us_east().pools,
        fewest=FewestNodes(by_machine=(("m7g.large", 3), ("m7g.xlarge", 2))),
        elastic_node_hours=Quantity(Decimal(5), Decimal(6), Decimal(97)) * 730,
    )
    assert dict(pools.hours_by_machine()) == {
        "m7g.large": Quantity(Decimal(3), Decimal(4), Decimal(97)) * 730,
        "m7g.xlarge": Quantity(Decimal(2), Decimal(2), Decimal(0)) * 730,
    }


def test_spot_has_a_range_and_a_share_that_falls_back() -> None:
    found = us_east()
    spot, behind = line(found, "m7g.large spot"), line(found, "m7g.large on demand where spot gives none")
    assert spot.price_usd.floor < spot.price_usd.expected < spot.price_usd.ceiling < behind.price_usd.expected
    assert behind.quantity.expected == Decimal("0.15") * 4 * 730
    assert spot.quantity.expected + behind.quantity.expected == 4 * 730


def test_the_ceiling_buys_the_dearest_machine_on_demand_in_every_hour() -> None:
    behind = line(us_east(), "m7g.large on demand where spot gives none")
    assert behind.usd.ceiling == 97 * 730 * Decimal("0.17952")


def test_a_savings_plan_takes_28_percent_off_what_stands_all_month() -> None:
    with_plan, without = us_east(savings_plan=True), us_east()
    saved = without.usd.expected - with_plan.usd.expected
    assert saved == line(without, "m6g.large on demand").usd.expected * Decimal("0.28")


def test_volumes_come_from_claims() -> None:
    assert line(us_east(), "volumes of data", "redis").quantity.expected == 6 * 10
    assert line(us_east(), "volumes of data", "recorder").quantity.expected == 2 * 20


def test_extended_support_is_paid_only_where_a_version_may_grow_old() -> None:
    assert line(us_east(), "extended support").usd.ceiling == 0
    plan = inputs(
        planned("us-east"), "aws:eks/cluster:Cluster", "cluster-cluster", upgradePolicy={"supportType": "EXTENDED"}
    )
    assert line(us_east(plan), "extended support").usd.ceiling == 365


def test_backups_are_priced_in_the_recovery_location() -> None:
    found = us_east()
    assert line(found, "backups, kept").prices[0].location == "us-west-2"
    assert line(found, "backups, sent").prices[0].location == "us-east-1"


def test_a_log_that_is_kept_for_ever_is_refused() -> None:
    plan = inputs(planned("us-east"), "aws:cloudwatch/logGroup:LogGroup", "cluster-logs", retentionInDays=0)
    with pytest.raises(CostError, match="its logs are kept for ever, which no bill can hold; give it retentionInDays"):
        us_east(plan)


def test_a_bucket_that_forgets_nothing_is_refused() -> None:
    plan = without_type(planned("us-east"), "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
    with pytest.raises(CostError, match="nothing in it expires, which no bill can hold; give it a lifecycle"):
        us_east(plan)


@pytest.mark.parametrize("type_", ["aws:s3/bucket:Bucket", "aws:cloudwatch/logGroup:LogGroup"])
def test_what_nobody_says_the_use_of_is_refused(type_: str) -> None:
    with pytest.raises(CostError, match=r"it is not known (what this bucket|who writes into this log group)"):
        us_east(beside(planned("us-east"), type_, "new"))


@pytest.mark.parametrize("type_", [NODE_POOL, NODE_GROUP])
def test_a_plan_without_a_pool_is_refused(type_: str) -> None:
    with pytest.raises(CostError, match=rf"^plan: it has 0 resources of {type_}, and nodes are counted"):
        us_east(without_type(planned("us-east"), type_))


def test_a_firewall_and_a_nat_gateway_in_each_zone_are_seen() -> None:
    settings = read_settings(
        "us-east", overrides={"network": {"nat": "per_zone"}, "edge": {**edge_of("us-east"), "waf": True}}
    )
    found = estimate(plan_region("us-east", settings), decide_region("us-east", settings))
    assert line(found, "NAT gateway").quantity.expected == 3 * 730
    assert line(found, "firewall").usd.expected == 5
    assert not [row for row in found.lines if row.what == "to NAT in another zone"]


def edge_of(stack: str) -> dict[str, Any]:
    return read_settings(stack).edge.model_dump(mode="json", exclude_none=True)


def test_a_component_is_not_charged_but_its_children_are() -> None:
    plan = planned("us-east")
    extra = Registration(
        urn="urn:pulumi:us-east::q2o-infra::q2o:new:New::new", type="q2o:new:New", name="new", custom=False
    )
    assert us_east(replace(plan, resources=(*plan.resources, extra))).usd == us_east().usd


def test_what_if_more_nodes_for_some_hours() -> None:
    usual, more = us_east(), us_east(what_if=parse_what_if(["nodes=100", "hours=40"]))
    added = more.pools.elastic_node_hours.expected - usual.pools.elastic_node_hours.expected
    assert added == (97 - 4) * 40
    assert more.usd.floor == usual.usd.floor


def test_what_if_fewer_nodes_than_the_pods_need_is_what_they_need() -> None:
    found = us_east(what_if=parse_what_if(["nodes=3"]))
    assert found.pools.elastic_nodes.expected == found.pools.elastic_nodes.floor == 3


def test_what_if_other_users_is_another_bill() -> None:
    half = us_east(what_if=parse_what_if(["users=2500"]))
    assert line(half, "to users").quantity.expected * 2 == line(us_east(), "to users").quantity.expected


def test_what_costs_nothing_for_nobody_has_no_cost_per_user() -> None:
    assert us_east(what_if=parse_what_if(["users=0"])).per_user_usd == 0


def test_the_same_plan_gives_the_same_bill() -> None:
    assert us_east().lines == us_east().lines


def test_priced_types_of_aws_are_all_in_the_plan_or_behind_a_setting() -> None:
    types = {row.type for row in planned("us-east").resources}
    idle = [
        type_ for type_, row in cloud_model(Cloud.AWS).table.items() if isinstance(row, Priced) and type_ not in types
    ]
    assert sorted(idle) == ["aws:wafv2/webAcl:WebAcl", "kubernetes:core/v1:PersistentVolumeClaim"]


def test_backups_leave_by_nat_where_the_private_way_ends_at_the_border_of_the_location() -> None:
    found = us_east()
    sent = line(found, "backups, sent").quantity.expected
    assert sent > 300
    assert line(found, "through NAT").why.endswith(f" and {sent:.0f} GB of backups")
    assert not line(priced("us-east", Cloud.AZURE).estimate, "through NAT").why.endswith("backups")

"""The arithmetic of availability: what each failure costs, and that the sum keeps the phase's promise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.base.vocabulary import Cloud
from components.edge.timings import detection_seconds
from components.redis.failover import failover_seconds
from components.redis.topology import plan_nodes
from components.workloads.health import traffic_recovery_seconds
from q2o_infra.availability import topology_of
from q2o_infra.capacity.availability import (
    MINUTES,
    Rates,
    Term,
    Topology,
    availability_percent,
    noticing_limit_seconds,
    terms,
)
from q2o_infra.phases.contract import PHASES, Phase
from q2o_infra.region import decide_region
from tests.support.stacks import built_settings

PHASE_1 = Topology(
    foundation_percent=100,
    foundation_source="nobody",
    zones=3,
    nodes=6,
    api_pods=5,
    egress_return_seconds=0,
    redis_shards=3,
    zone_failover_seconds=12,
    pod_failover_seconds=7,
    redis_failover_seconds=4,
    redis_exposure_seconds=60,
    canary_share=0.1,
)
NEVER = Rates(
    zone_losses_per_year=0,
    node_losses_per_node_year=0,
    crashes_per_pod_month=0,
    releases_per_month=0,
    redis_primary_losses_per_month=0,
    noticing_seconds=300,
)


def lost(topology: Topology = PHASE_1, **rates: float) -> float:
    return sum(term.lost_minutes for term in terms(topology, replace(NEVER, **rates)))


def test_what_never_fails_is_always_there() -> None:
    assert availability_percent(terms(PHASE_1, NEVER)) == 100


def test_phase_1_keeps_its_promise_of_three_nines() -> None:
    assert availability_percent(terms(PHASE_1)) >= 99.9


@pytest.mark.parametrize(
    ("rates", "minutes"),
    [
        ({"zone_losses_per_year": 12}, 3 * 1 / 3 * 12 / 60),
        ({"node_losses_per_node_year": 12}, 6 * 2 / 5 * 7 / 60),
        ({"crashes_per_pod_month": 1}, 7 / 60),
        ({"redis_primary_losses_per_month": 1}, 4 / 60),
        ({"releases_per_month": 10, "change_failure_share": 0.5}, 5 * 0.1 * 5),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_one_kind_of_failure_costs_its_events_times_its_share_times_its_seconds(
    rates: dict[str, float], minutes: float
) -> None:
    assert lost(**rates) == pytest.approx(minutes)


def test_what_the_cloud_does_not_promise_is_lost() -> None:
    assert lost(replace(PHASE_1, foundation_percent=99.9)) == pytest.approx(MINUTES / 1000)


def test_a_single_way_out_costs_the_loss_of_its_zone_until_a_person_has_moved_it() -> None:
    single = replace(PHASE_1, egress_return_seconds=900)
    assert lost(single, zone_losses_per_year=12) - lost(zone_losses_per_year=12) == pytest.approx((300 + 900) / 60)


def test_the_promise_holds_up_to_the_limit_and_not_a_minute_longer() -> None:
    single = replace(PHASE_1, egress_return_seconds=900, foundation_percent=99.95)
    limit = noticing_limit_seconds(single, promised_percent=99.9)
    assert limit is not None
    assert limit > Rates().noticing_seconds
    assert availability_percent(terms(single, Rates(noticing_seconds=limit))) >= 99.9
    assert availability_percent(terms(single, Rates(noticing_seconds=limit + 60))) < 99.9


def test_there_is_no_limit_where_nobody_has_to_act_and_none_that_helps_a_broken_promise() -> None:
    assert noticing_limit_seconds(PHASE_1, NEVER, promised_percent=99.9) is None
    assert noticing_limit_seconds(replace(PHASE_1, foundation_percent=99.8), promised_percent=99.9) == 0


def topology(cloud: Cloud = Cloud.AWS, **settings: Any) -> Topology:
    return topology_of(decide_region("us-east", built_settings("us-east", cloud=cloud.value, **settings)))


def test_a_region_counts_its_own_figures() -> None:
    found = topology(api={"minimum": 8}, redis={"node_timeout_milliseconds": 3000})
    contract = PHASES[Phase.FOUNDATION]
    assert found.api_pods == 8
    assert found.nodes == contract.nodes_minimum + contract.elastic_nodes_budgeted == 7
    assert found.redis_shards == len(plan_nodes(("a", "b", "c"))) // 2
    assert found.redis_failover_seconds == failover_seconds(3000) > topology().redis_failover_seconds
    assert found.pod_failover_seconds == traffic_recovery_seconds()
    assert found.zone_failover_seconds == detection_seconds()


def test_each_cloud_has_its_own_promise_and_its_own_way_out() -> None:
    assert {topology(cloud).foundation_source.partition(" service")[0] for cloud in Cloud} == {
        "Amazon EKS",
        "Azure",
        "Google Kubernetes Engine",
    }
    assert [topology(cloud).egress_return_seconds > 0 for cloud in (Cloud.AWS, Cloud.AZURE, Cloud.GCP)] == [
        True,
        True,
        False,
    ]
    assert topology(network={"nat": "per_zone"}).egress_return_seconds == 0


def test_two_primaries_in_one_zone_cost_more_the_later_they_are_handed_back() -> None:
    def exposure(seconds: float) -> float:
        failing = {"redis_primary_losses_per_month": 1.0, "zone_losses_per_year": 1.0}
        both = lost(replace(PHASE_1, redis_exposure_seconds=seconds), **failing)
        return both - lost(replace(PHASE_1, redis_exposure_seconds=0), **failing)

    assert exposure(60) == pytest.approx(3 * 60 / 3600 / 8766 * 60)
    assert exposure(3600) == pytest.approx(60 * exposure(60))


def test_releasing_everything_at_once_breaks_the_promise_when_every_second_release_is_bad() -> None:
    at_once = replace(PHASE_1, canary_share=1)
    assert availability_percent(terms(at_once, Rates(change_failure_share=0.5))) < 99.9
    assert availability_percent(terms(PHASE_1, Rates(change_failure_share=0.5))) >= 99.9


@pytest.mark.parametrize("wrong", [{"share": 1.1}, {"share": -0.1}, {"events": -1}, {"seconds": -1}], ids=str)
def test_a_term_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    given = {"events": 1, "share": 0.5, "seconds": 1, **wrong}
    with pytest.raises(ValueError, match="a share is 0 to 1"):
        Term(name="x", source="y", **given)

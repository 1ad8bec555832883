"""The arithmetic of availability: what each failure costs, and that the sum keeps the phase's promise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from q2o_infra.capacity.availability import MINUTES, Rates, Term, Topology, availability_percent, terms

PHASE_1 = Topology(
    zones=3,
    nodes=6,
    api_pods=5,
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
    foundation_percent=100,
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
        ({"foundation_percent": 99.9}, MINUTES / 1000),
        ({"zone_losses_per_year": 12}, 1 / 3 * 12 / 60),
        ({"node_losses_per_node_year": 12}, 6 * 1 / 5 * 7 / 60),
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

"""How many pods a canary has, over every weight and every size that a stack may have."""

from __future__ import annotations

import math
from itertools import product

import pytest

from components.workloads.canary import PodRange, consuming_canary, routed_canary
from components.workloads.rules import LEAST_REDUNDANCY

WEIGHTS = range(101)
SHARED = range(1, 100)
MINIMA = range(LEAST_REDUNDANCY, 61)
GROWTH = (1, 2, 3, 10)


def share_percent(*, stable: int, canary: int) -> float:
    """The share that `canary` pods of one name do beside `stable` pods."""
    return 100 * canary / (stable + canary)


def deviation(*, stable: int, canary: int, weight: int) -> float:
    """How many pods more than its share the canary has."""
    return canary - (stable + canary) * weight / 100


def test_at_either_end_the_canary_has_its_share_and_less_than_one_pod_more() -> None:
    for minimum, growth, weight in product(MINIMA, GROWTH, SHARED):
        stable = PodRange(minimum=minimum, maximum=minimum * growth)
        found = consuming_canary(stable, weight_percent=weight)
        for ours, beside in ((found.minimum, stable.minimum), (found.maximum, stable.maximum)):
            assert 0 <= deviation(stable=beside, canary=ours, weight=weight) < 1, (minimum, growth, weight)


def test_in_between_the_share_is_never_missed_by_a_pod_and_never_above_that_of_the_minima() -> None:
    """Both autoscalers see the same use and multiply by the same factor, each within its own ends."""
    for minimum, growth, weight in product(MINIMA, GROWTH, SHARED):
        stable = PodRange(minimum=minimum, maximum=minimum * growth)
        found = consuming_canary(stable, weight_percent=weight)
        most = max(weight, share_percent(stable=stable.minimum, canary=found.minimum))
        for step in range(11):
            factor = 1 + (growth - 1) * step / 10
            ours = min(math.ceil(found.minimum * factor), found.maximum)
            beside = min(math.ceil(stable.minimum * factor), stable.maximum)
            assert deviation(stable=beside, canary=ours, weight=weight) > -1, (minimum, growth, weight, factor)
            assert deviation(stable=beside, canary=ours, weight=most) < 1, (minimum, growth, weight, factor)


@pytest.mark.parametrize("weight", [0, 100])
def test_at_the_ends_either_can_be_left_for_the_other(weight: int) -> None:
    stable = PodRange(minimum=9, maximum=90)
    assert consuming_canary(stable, weight_percent=weight) == stable


def test_from_half_to_all_no_pod_is_started() -> None:
    for minimum in MINIMA:
        stable = PodRange(minimum=minimum, maximum=10 * minimum)
        assert consuming_canary(stable, weight_percent=50) == stable


def test_behind_a_route_a_canary_is_as_large_as_stable_at_every_weight() -> None:
    stable = PodRange(minimum=5, maximum=50)
    assert routed_canary(stable) == stable


def test_a_canary_has_a_pod_at_every_weight_and_ends_in_order() -> None:
    for minimum, weight in product(MINIMA, WEIGHTS):
        found = consuming_canary(PodRange(minimum=minimum, maximum=10 * minimum), weight_percent=weight)
        assert 1 <= found.minimum <= found.maximum

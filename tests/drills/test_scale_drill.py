"""The scale drill in its short form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drills.conditions import figures_of

pytestmark = [pytest.mark.sandbox, pytest.mark.worlds]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return figures_of("scale", "--short")


def test_karpenter_gives_every_pod_a_node_and_takes_them_all_back(found: dict[str, Any]) -> None:
    assert found["lost"] == 0
    assert found["nodes_from"] == 3
    assert found["nodes_to"] == found["nodes_from"] + found["pods"]
    assert len(found["down_seconds"]) == found["runs"], "each run came back to the system pool's nodes"


def test_it_buys_machines_of_the_plan_at_prices_of_the_book(found: dict[str, Any]) -> None:
    assert sum(found["nodes_by_machine"].values()) == found["pods"]
    assert all(name.endswith(" spot") for name in found["nodes_by_machine"])
    assert found["elastic_usd_per_hour"] > 0


def test_bare_karpenter_needs_as_many_nodes(found: dict[str, Any]) -> None:
    assert found["bare_nodes_to"] == found["nodes_to"], "else the two times are not of the same work"
    assert found["bare_lost"] == 0


def test_spot_that_goes_is_paid_on_demand_until_it_is_back(found: dict[str, Any]) -> None:
    assert found["without_spot_usd_per_hour"] > found["spot_usd_per_hour"] > 0
    assert found["spot_lost_extra_usd"] > 0
    assert found["spot_back_seconds"] > 0


def test_without_karpenter_the_pods_stay_without_a_node(found: dict[str, Any]) -> None:
    assert found["control_lost"] > 0, "a drill that never sees a pod wait proves nothing"

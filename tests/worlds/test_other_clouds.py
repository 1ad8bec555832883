"""The same region on the other clouds, against the real API server and scheduler: it comes up, stands, and goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clouds.locations import LOCATIONS
from components.base.vocabulary import Cloud, Region
from q2o_infra.locations import HOME
from q2o_infra.phases.contract import BUILT_ON
from sandbox.session import PORT_VARIABLE
from tests.support import regions
from tests.support.agreement import assert_scheduler_agrees
from tests.support.free_ports import free_base

pytestmark = [pytest.mark.sandbox, pytest.mark.worlds]

OTHERS = [cloud for cloud in BUILT_ON if cloud is not Cloud.AWS]


@pytest.fixture
def region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[regions.Region]:
    monkeypatch.setenv(PORT_VARIABLE, str(free_base()))
    found = regions.Region(tmp_path)
    yield found
    with found.session() as session:
        session.cluster.wipe()


@pytest.mark.parametrize("cloud", OTHERS)
def test_a_region_comes_up_whole_changes_nothing_again_and_leaves_nothing(cloud: Cloud, region: regions.Region) -> None:
    """AWS is looked at in more depth in test_region.py; between the clouds only this can differ."""
    zones = LOCATIONS[cloud, HOME[Region.US_EAST, cloud]].zones

    summary = region.up(cloud=cloud.value)

    assert summary["pods_ready"] == summary["pods_wanted"] > 100
    assert {row["zone"] for row in summary["nodes"] if row["pool"] == "system"} == set(zones)
    assert {row["pool"] for row in summary["nodes"]} == {"system", "elastic"}
    assert summary["edge"], "without a way in nobody reaches it"
    assert all(len(row["zones"]) == 3 and row["targets_ready"] == row["targets"] for row in summary["edge"])
    with region.session() as session:
        client = session.cluster.client()
        assert_scheduler_agrees(client, region.stack, regions.sandbox_settings(region.stack, cloud=cloud.value))
        redis = regions.zones_of_pods(client, "q2o-data")
        assert {zone for counts in redis.values() for zone, pods in counts.items() if pods} == set(zones)
    assert not region.up(cloud=cloud.value)["changes"].keys() & {"create", "update", "replace", "delete"}
    assert region.down().account_closed
    with region.session() as session:
        assert not session.world.entries()

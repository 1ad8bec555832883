"""The rollout of Redis by the real controller of StatefulSets."""

from __future__ import annotations

from typing import Any

import pytest

from drills.redis.report import ROLLOUT_PAUSE_SECONDS
from tests.drills.conditions import figures_of, require_redis

pytestmark = [pytest.mark.sandbox, pytest.mark.worlds]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    require_redis()
    return figures_of("redis_rollout")


def test_a_rollout_of_redis_loses_no_acknowledged_write(found: dict[str, Any]) -> None:
    assert found["pods"] == 6
    assert found["writes"] > 500
    assert found["lost"] == 0


def test_a_rollout_of_redis_hands_over_before_each_stop(found: dict[str, Any]) -> None:
    assert found["gap_worst_seconds"] < ROLLOUT_PAUSE_SECONDS, "a rolled primary without it loses nothing, but waits"


def test_one_pod_of_redis_is_away_at_a_time(found: dict[str, Any]) -> None:
    assert found["most_pods_away"] == 1


def test_the_control_of_the_rollout_shows_loss(found: dict[str, Any]) -> None:
    assert found["control_lost"] > 0, "a counter that never sees a loss proves nothing"

"""The rollout of Redis by the real controller of StatefulSets."""

from __future__ import annotations

from typing import Any

import pytest

from components.redis.config import NODE_TIMEOUT_MILLISECONDS
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
    """The drill itself judges the pause, on a quiet machine; no failover is faster than the node timeout."""
    without = NODE_TIMEOUT_MILLISECONDS / 1000
    assert found["gap_worst_seconds"] < without, "a primary that is stopped without it loses nothing, but waits"


def test_one_pod_of_redis_is_away_at_a_time(found: dict[str, Any]) -> None:
    assert found["most_pods_away"] == 1


def test_the_control_of_the_rollout_shows_loss(found: dict[str, Any]) -> None:
    assert found["control_lost"] > 0, "a counter that never sees a loss proves nothing"

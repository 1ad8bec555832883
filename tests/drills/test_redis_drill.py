"""The Redis drill in its short form: what must hold on any machine. Times are judged by the drill itself."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from components.redis.config import NODE_TIMEOUT_MILLISECONDS
from drills.redis.experiments import Kill, Restart, Rollout, ZoneLoss
from drills.redis.report import LOST_AGE_SECONDS, ROLLOUT_PAUSE_SECONDS, Outcome, missed
from q2o_infra.stack_files import ROOT
from tests.drills.conditions import figures_of, require_redis


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    require_redis()
    return figures_of("redis", "--short")


def test_no_write_a_second_old_is_lost_when_a_primary_is_killed(found: dict[str, Any]) -> None:
    assert found["runs"] == len(found["gaps_seconds"]) == 2
    assert found["writes"] > 1000
    # The replica is told after the client is: what was acknowledged in the very last moment may be gone.
    assert found["oldest_lost_seconds"] <= LOST_AGE_SECONDS


def test_the_control_with_a_frozen_replica_shows_loss(found: dict[str, Any]) -> None:
    assert found["control_lost"] > 0, "a counter that never counts proves nothing"


def test_each_killed_primary_takes_its_shard_back(found: dict[str, Any]) -> None:
    # The keeper waits ten seconds before it takes a shard back; zero would mean that nobody looked.
    assert found["hand_back_worst_seconds"] > 5


def test_a_lost_zone_takes_a_primary_and_a_replica_and_no_write_a_second_old(found: dict[str, Any]) -> None:
    assert found["zones_lost"] == len(found["zone_gaps_seconds"]) == 1
    assert found["zone_writes"] > 500
    assert found["zone_oldest_lost_seconds"] <= LOST_AGE_SECONDS
    # Shorter than the node timeout would mean that no shard lost its primary.
    assert found["zone_gap_worst_seconds"] > NODE_TIMEOUT_MILLISECONDS / 1000
    # The zone's primary has its shard back, which takes the keeper's ten seconds.
    assert found["zone_settled_worst_seconds"] > 5


def test_all_six_come_back_on_other_addresses_with_their_data(found: dict[str, Any]) -> None:
    assert found["restart_keys_after"] == found["restart_keys_before"] > 1000


def test_a_rollout_of_all_six_loses_no_write(found: dict[str, Any]) -> None:
    assert found["rollout_pods"] == 6
    assert found["rollout_writes"] > 500
    assert found["rollout_lost"] == 0


def test_a_rollout_hands_over_before_each_stop(found: dict[str, Any]) -> None:
    # A stop without a hand-over loses nothing either: only how long a write waits tells the two apart.
    # The promise in seconds is the drill's to judge; on a machine that is busy with other tests only the two compare.
    without = found["rollout_control_pause_worst_seconds"]
    assert found["rollout_pause_worst_seconds"] < without
    assert without > NODE_TIMEOUT_MILLISECONDS / 1000, "the shard found out by itself that its primary is gone"


def test_the_longest_pause_of_a_rollout_is_the_one_that_is_promised() -> None:
    page = (ROOT / "components" / "redis" / "README.md").read_text(encoding="utf-8")
    assert f"| a pod is stopped in order | {ROLLOUT_PAUSE_SECONDS:g} |" in page


def test_where_no_server_is_installed_one_sentence_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "drills.redis", "--short"],
        cwd=ROOT,
        env={**os.environ, "PATH": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: redis-server is not on PATH, and the drill breaks real ones: install it "
        "(Debian: `apt-get install redis-server`).\n"
    )


def kill(**changes: Any) -> Kill:
    given = {
        "victim": "redis-a-0",
        "shard": 0,
        "gap_seconds": 3.5,
        "others_gap_seconds": 0.1,
        "hand_back_seconds": 12.0,
        "hand_back_pause_seconds": 0.2,
        "writes": 5000,
        "lost": 0,
        "oldest_lost_seconds": 0.0,
    }
    return Kill(**{**given, **changes})


def zone_loss(**changes: Any) -> ZoneLoss:
    given = {
        "zone": "a",
        "pods": ("redis-a-0", "redis-a-1"),
        "gap_seconds": 4.0,
        "settled_seconds": 13.0,
        "writes": 2000,
        "lost": 0,
        "oldest_lost_seconds": 0.0,
    }
    return ZoneLoss(**{**given, **changes})


def rollout(**changes: Any) -> Rollout:
    given = {"pods": 6, "seconds": 20.0, "pause_seconds": 0.3, "writes": 4000, "lost": 0}
    return Rollout(**{**given, **changes})


def outcome(**changes: Any) -> Outcome:
    given = {
        "server": "redis-server",
        "network": "127.1.",
        "kills": [kill(), kill()],
        "zones": [zone_loss(), zone_loss(zone="b")],
        "control": kill(lost=100, oldest_lost_seconds=1.4),
        "restart": Restart(seconds=3.0, settled_seconds=13.0, keys_before=10_000, keys_after=10_000),
        "rollout": rollout(),
        "rollout_control": rollout(pods=1, pause_seconds=3.7),
        "restore": None,
    }
    return Outcome(**{**given, **changes})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({}, "", id="all kept"),
        pytest.param(
            {"kills": [kill(gap_seconds=4.5)]}, "median gap 4.50 s, promised less than 4.5 s", id="slow median"
        ),
        pytest.param(
            {"kills": [kill(), kill(), kill(gap_seconds=6.5)]},
            "worst gap 6.50 s, promised less than 6.5 s",
            id="slow once",
        ),
        pytest.param(
            {"kills": [kill(lost=1, oldest_lost_seconds=1.01)]},
            "a write acknowledged 1.01 s before the kill is lost, promised at most 1.0 s",
            id="old loss",
        ),
        pytest.param(
            {"kills": [kill(hand_back_seconds=61.0)]}, "hand-back after 61.0 s, promised 60 s", id="late hand-back"
        ),
        pytest.param(
            {"zones": [zone_loss(), zone_loss(gap_seconds=6.5)]},
            "gap 6.50 s after the loss of a zone, promised less than 6.5 s",
            id="slow after a zone",
        ),
        pytest.param(
            {"zones": [zone_loss(lost=1, oldest_lost_seconds=1.01), zone_loss()]},
            "a write acknowledged 1.01 s before the loss of a zone is lost, promised at most 1.0 s",
            id="old loss with a zone",
        ),
        pytest.param(
            {"zones": [zone_loss(), zone_loss(settled_seconds=60.1)]},
            "settled 60.1 s after the return of a zone, promised 60 s",
            id="a zone that does not settle",
        ),
        pytest.param(
            {"control": kill()}, "the control lost nothing, so this drill would not see a loss", id="blind counter"
        ),
        pytest.param(
            {"restart": Restart(seconds=3.0, settled_seconds=13.0, keys_before=10, keys_after=9)},
            "9 of 10 keys came back on other addresses",
            id="data gone",
        ),
        pytest.param(
            {"rollout": rollout(lost=2)},
            "the rollout lost 2 writes",
            id="loss in a rollout",
        ),
        pytest.param(
            {"rollout": rollout(pause_seconds=1.0)},
            "the rollout held a write up for 1.00 s, promised less than 1 s",
            id="no hand-over",
        ),
        pytest.param(
            {"rollout_control": rollout(pause_seconds=1.0)},
            "the control without pre-stop held a write up for only 1.00 s, so this drill would not see a missing "
            "hand-over",
            id="blind to the hand-over",
        ),
    ],
)
def test_a_broken_promise_is_named(changes: dict[str, Any], sentence: str) -> None:
    assert missed(outcome(**changes)) == ([sentence] if sentence else [])

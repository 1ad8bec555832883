"""How long writes wait for a new primary, against what was measured on real processes."""

from __future__ import annotations

import pytest

from components.base.errors import SettingsError
from components.redis.failover import failover_seconds, longest_node_timeout_milliseconds
from components.redis.sizes import backup_schedule, check_backup_interval


@pytest.mark.parametrize(("timeout", "measured"), [(2000, 4.7), (5000, 8.9)], ids=["two-seconds", "five-seconds"])
def test_the_arithmetic_bounds_what_real_processes_took_and_not_by_much(timeout: int, measured: float) -> None:
    assert measured <= failover_seconds(timeout) <= measured + 1


def test_each_rank_costs_a_second() -> None:
    assert failover_seconds(2000, rank=2) - failover_seconds(2000) == 2


def test_the_longest_timeout_keeps_the_promise_and_a_millisecond_more_breaks_it() -> None:
    longest = longest_node_timeout_milliseconds(10)
    assert failover_seconds(longest) < 10 <= failover_seconds(longest + 1)


@pytest.mark.parametrize(
    ("minutes", "schedule"),
    [(5, "*/5 * * * *"), (60, "0 */1 * * *"), (240, "0 */4 * * *"), (1440, "0 0 * * *")],
    ids=str,
)
def test_an_even_interval_becomes_a_schedule(minutes: int, schedule: str) -> None:
    check_backup_interval("here", minutes)
    assert backup_schedule(minutes) == schedule


@pytest.mark.parametrize("minutes", [0, 4, 7, 45, 90, 300, 2880], ids=str)
def test_an_interval_that_no_schedule_keeps_is_refused(minutes: int) -> None:
    with pytest.raises(SettingsError):
        check_backup_interval("here", minutes)

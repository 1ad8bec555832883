"""The questions for the reader: what a fact was over a window, and how much of the window was seen.

They are put to the deduplicating reader, never to one of the servers: each server has gaps of its own, and only both
together have the least. A coverage below what the gate asks for is no evidence, whatever the value says.
"""

from __future__ import annotations

from components.observability.facts import (
    AVAILABILITY,
    ERRORS,
    FACTS,
    LATENCY,
    OBSERVED,
    OUTSIDE,
    REQUESTS,
    USERS,
    Fact,
)
from components.observability.retention import INTERVAL_SECONDS


def coverage(fact: Fact, *, window_seconds: int) -> str:
    """Return the question which share of the window a fact was seen in: observations over those there should be."""
    expected = window_seconds // INTERVAL_SECONDS
    return f'count_over_time({OBSERVED}{{fact="{fact.name}"}}[{window_seconds}s]) / {expected}'


def availability_percent(*, window_seconds: int, vantage: str = OUTSIDE) -> str:
    """Return the question in how many percent of the probes the API was ready."""
    return f"100 * avg_over_time({AVAILABILITY[vantage].selector}[{window_seconds}s])"


def error_percent(*, window_seconds: int) -> str:
    """Return the question how many percent of all requests failed, each request counting the same."""
    window = f"[{window_seconds}s]"
    return f"100 * sum_over_time({ERRORS.record}{window}) / sum_over_time({REQUESTS.record}{window})"


def latency_seconds(*, window_seconds: int, quantile: str) -> str:
    """Return the question for the highest latency of that quantile in any five minutes of the window."""
    return f"max_over_time({LATENCY[quantile].selector}[{window_seconds}s])"


def users_at_once(*, window_seconds: int) -> str:
    """Return the question how many users there were at once, at most."""
    return f"max_over_time({USERS.record}[{window_seconds}s])"


def questions(*, window_seconds: int) -> dict[str, str]:
    """Return every question about a window, by what it asks for."""
    return {
        **{
            f"availability {vantage}, percent": availability_percent(window_seconds=window_seconds, vantage=vantage)
            for vantage in AVAILABILITY
        },
        "failed requests, percent": error_percent(window_seconds=window_seconds),
        **{
            f"latency {quantile}, seconds": latency_seconds(window_seconds=window_seconds, quantile=quantile)
            for quantile in LATENCY
        },
        "users at once": users_at_once(window_seconds=window_seconds),
        **{f"coverage of {fact.name}, share": coverage(fact, window_seconds=window_seconds) for fact in FACTS},
    }

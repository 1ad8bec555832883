"""The questions for the reader: what a fact was over a window, and how much of the window was seen.

They are put to the deduplicating reader, never to one of the servers: each server has gaps of its own, and only both
together have the least. A coverage below what the gate asks for is no evidence, whatever the value says.
"""

from __future__ import annotations

from components.observability.api_metrics import FAILED_CLASS, LATENCY_METRIC, REQUEST_CLASS_LABEL, REQUESTS_METRIC
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

CANARY_PODS = "api-canary-.*"
"""Pods of the API's canary by name; stable's are all others."""

_RATE = "5m"


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


def release_questions() -> dict[str, str]:
    """Return what is asked while a canary of the API stands: each answers for stable and for the canary.

    The series of the canary has `version="canary"`, that of stable no such label.
    """
    total = _by_version(f"rate({REQUESTS_METRIC}[{_RATE}])")
    failed = _by_version(f'rate({REQUESTS_METRIC}{{{REQUEST_CLASS_LABEL}="{FAILED_CLASS}"}}[{_RATE}])')
    buckets = _by_version(f"rate({LATENCY_METRIC}_bucket[{_RATE}])", "le")
    return {
        # A class that no answer has had may have no series, which must not hide a version.
        "failed requests by version, percent": f"100 * ({failed} or 0 * {total}) / ({total} > 0)",
        "latency p99 by version, seconds": f"histogram_quantile(0.99, {buckets})",
    }


def _by_version(series: str, *labels: str) -> str:
    by = ", ".join(("version", *labels))
    return f'sum by ({by}) (label_replace({series}, "version", "canary", "pod", "{CANARY_PODS}"))'


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

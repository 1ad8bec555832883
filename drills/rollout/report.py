"""What the drill of the API's rollout found, as figures, as a table, and against its promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from drills.harness.command import Report, broken, figures, table
from drills.rollout.http_load import RATE_PER_SECOND, HttpLoad

PROPAGATION_SECONDS = 3.0
"""From a change of the endpoints until the gateway goes by it: Envoy learns within one, a balancer in more."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """What clients saw of one rollout."""

    name: str
    requests: int
    failed: int
    failures: Mapping[str, int]
    longest_seconds: float
    pause_seconds: float
    """Longest time between two good answers."""

    @classmethod
    def of(cls, name: str, load: HttpLoad) -> Self:
        """Return what a load counted."""
        return cls(
            name=name,
            requests=load.requests,
            failed=load.failed,
            failures=dict(load.failures),
            longest_seconds=max(load.latencies),
            pause_seconds=load.longest_pause,
        )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Both rollouts, which ran at the same time."""

    pods: int
    seconds: float
    real: Side
    control: Side


def missed(outcome: Outcome) -> list[str]:
    """Return every promise that was not kept."""
    real = outcome.real
    return broken(
        {
            f"{real.failed} of {real.requests} requests failed: {dict(real.failures)}": not real.failed,
            "without the pre-stop hook nothing failed either, so this drill would not see a failure": (
                outcome.control.failed > 0
            ),
        }
    )


def report(outcome: Outcome) -> Report:
    """Return everything that the drill prints."""
    real, control = outcome.real, outcome.control
    return Report(
        figures=figures(
            gaps=[real.pause_seconds],
            lost=real.failed,
            control_lost=control.failed,
            requests=real.requests,
            control_requests=control.requests,
            longest_request_seconds=real.longest_seconds,
            control_longest_request_seconds=control.longest_seconds,
            control_gap_worst_seconds=control.pause_seconds,
            rollout_seconds=outcome.seconds,
            pods=outcome.pods,
            requests_per_second=RATE_PER_SECOND,
            propagation_seconds=PROPAGATION_SECONDS,
        ),
        views=[
            table(
                *("rollout", "requests", "failed", "longest request s", "longest pause s"),
                rows=[
                    [side.name, side.requests, side.failed, side.longest_seconds, side.pause_seconds]
                    for side in (real, control)
                ],
            ),
            "",
            f"{outcome.pods} pods rolled in {outcome.seconds:.0f} s, {RATE_PER_SECOND} requests/s, all on loopback",
            f"the gateway follows a change of endpoints {PROPAGATION_SECONDS:.0f} s late and sends no request twice",
            "played: the kubelet (no KWOK: a pod is ready when its process answers, and gone when it has ended)",
        ],
        missed=missed(outcome),
    )

"""How many pods a canary has beside stable, so that it does the share of the work that its weight says.

Behind a route the gateway counts requests, so the number of pods decides nothing but how soon the weight may rise.
Consumers take work from one name, each as much as the next, so there the number of pods is the share.

At 0 and at 100 one of the two does no work and both stand at full size: either is left for the other by one setting
that starts no pod.
"""

from __future__ import annotations

from dataclasses import dataclass

ALL_PERCENT = 100


@dataclass(frozen=True, kw_only=True)
class PodRange:
    """How far an autoscaler may go."""

    minimum: int
    maximum: int


def routed_canary(stable: PodRange) -> PodRange:
    """Return the range of a canary behind a route: stable's own at every weight, so that any weight may be set next."""
    return stable


def consuming_canary(stable: PodRange, *, weight_percent: int) -> PodRange:
    """Return the range of a canary that takes work from the same name as stable.

    Both ends are scaled alike and rounded up, so at either end the canary has its share and less than one pod more,
    and at least one pod. The loss of that pod is no outage: stable answers to the same name. In between, both
    autoscalers aim at the same use and see the same, because every pod gets as much work as the next.
    """
    if weight_percent in {0, ALL_PERCENT}:
        return stable
    return PodRange(minimum=_beside(stable.minimum, weight_percent), maximum=_beside(stable.maximum, weight_percent))


def _beside(stable: int, weight_percent: int) -> int:
    return -(-stable * weight_percent // (ALL_PERCENT - weight_percent))

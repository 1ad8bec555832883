"""Whether a release fits the machines that the budget counts: stable, canaries, and the surge of rolling them.

A release rolls what has a canary: the canary when its image changes, stable when the canary is confirmed. Leaving
pods are not counted; they keep their requests for the time of their grace, and the autoscaler of machines bridges it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from components.workloads.rules import surge_pods
from q2o_infra.capacity.amount import Amount


@dataclass(frozen=True, kw_only=True)
class Machines:
    """Equal machines."""

    count: int
    each: Amount
    """What one has for pods, without what runs on every node."""

    @property
    def whole(self) -> Amount:
        """What all have."""
        return self.each * self.count


@dataclass(frozen=True, kw_only=True)
class Rolled:
    """One workload during a release."""

    pod: Amount
    """What one pod asks for, with `pods` 1."""
    stable: int
    """Fewest pods of stable."""
    canary: int = 0
    """Fewest pods of the canary; 0 where there is none."""

    @property
    def surge(self) -> int:
        """Most pods that rolling it brings beside those that stand."""
        return max(surge_pods(self.stable), surge_pods(self.canary)) if self.canary else 0


def standing(workloads: Iterable[Rolled]) -> Amount:
    """Return what the minima of stable ask for."""
    return sum((row.pod * row.stable for row in workloads), Amount())


def added(workloads: Iterable[Rolled]) -> Amount:
    """Return what the canaries and their surge ask for beside stable."""
    return sum((row.pod * (row.canary + row.surge) for row in workloads), Amount())


def machines_at_worst(workloads: Iterable[Rolled], *, machine: Amount, zones: int) -> int:
    """Return how many machines the even spread over `zones` may take, as long as the release lasts.

    Each Deployment puts its pods evenly over the zones, so a zone holds up to its share of each, rounded up.
    """
    parts = [(row.pod, -(-part // zones)) for row in workloads for part in (row.stable, row.canary, row.surge)]
    zone = sum((pod * count for pod, count in parts), Amount())
    return zones * max(
        -(-zone.cpu_millicores // machine.cpu_millicores),
        -(-zone.memory_mib // machine.memory_mib),
        -(-zone.pods // machine.pods),
    )

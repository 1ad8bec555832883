"""How available a region is: what fails how often, how much of the traffic it hits, and for how long.

A sum of small independent outages, in minutes over 30 days; pure arithmetic. What stays down together (a zone) counts
once. Rates are assumptions with their sources; measured ones replace them when a region has a history.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

DAYS = 30
MINUTES = DAYS * 24 * 60
_HOURS_PER_YEAR = 8766
_SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class Term:
    """One way to lose traffic."""

    name: str
    events: float
    """How often it happens in 30 days."""
    share: float
    """Part of the traffic that it hits, 0 to 1."""
    seconds: float
    """How long that part is hit, for each event."""
    source: str
    """Where the rate comes from."""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or self.events < 0 or self.seconds < 0:
            raise ValueError(f"{self.name}: a share is 0 to 1, and neither events nor seconds are negative")

    @property
    def lost_minutes(self) -> float:
        """Minutes of all traffic that it costs in 30 days."""
        return self.events * self.share * self.seconds / _SECONDS_PER_MINUTE


@dataclass(frozen=True, kw_only=True)
class Rates:
    """How often things fail or are changed. Each is an assumption with its source; a measured rate replaces it."""

    zone_losses_per_year: float = 0.5
    """An assumption on the safe side: a given zone of AWS has been lost less often than every second year."""
    node_losses_per_node_year: float = 0.3
    """Machines that die without notice; AWS names no figure, so this is an assumption, and a high one."""
    crashes_per_pod_month: float = 2.0
    """Crashes of a container: out of memory, a panic; an assumption until the recorder has counted."""
    releases_per_month: float = 20.0
    """One each working day."""
    change_failure_share: float = 0.05
    """DORA, "Accelerate State of DevOps 2024": what the elite group of teams reports."""
    redis_primary_losses_per_month: float = 0.1
    """A primary that dies without handing over: its share of node losses, and crashes."""
    foundation_percent: float = 99.99
    """What the cloud promises for what the region stands on (AWS EC2 region-level and ELB service level agreements)."""
    noticing_seconds: float = 300.0
    """From a bad release to the way back: five minutes of burn-rate alert and one setting."""


@dataclass(frozen=True, kw_only=True)
class Topology:
    """What stands, as far as failures care."""

    zones: int
    nodes: int
    api_pods: int
    redis_shards: int
    zone_failover_seconds: float
    """Until the load balancer sends nothing more into a zone that is gone."""
    pod_failover_seconds: float
    """Until no request reaches a pod that is gone."""
    redis_failover_seconds: float
    """Until writes to a shard go on after its primary died."""
    redis_exposure_seconds: float
    """From a failover to the hand-back: so long one zone may hold two primaries, and its loss a majority."""
    canary_share: float
    """Part of the traffic that a new release gets before it is confirmed."""


def terms(topology: Topology, rates: Rates = Rates()) -> tuple[Term, ...]:
    """Return every way to lose traffic, largest loss first."""
    months = 12
    zone_events = rates.zone_losses_per_year / months
    node_events = rates.node_losses_per_node_year / months * topology.nodes
    exposed_hours = (
        rates.redis_primary_losses_per_month * topology.redis_shards * topology.redis_exposure_seconds / 3600
    )
    found = (
        Term(
            name="the cloud's own promise",
            events=1,
            share=1,
            seconds=(100 - rates.foundation_percent) / 100 * MINUTES * _SECONDS_PER_MINUTE,
            source="service level agreement",
        ),
        Term(
            name="a zone is lost",
            events=zone_events,
            share=1 / topology.zones,
            seconds=max(topology.zone_failover_seconds, topology.redis_failover_seconds),
            source="zone_losses_per_year",
        ),
        Term(
            name="a node dies",
            events=node_events,
            share=math.ceil(topology.api_pods / topology.nodes) / topology.api_pods,
            seconds=topology.pod_failover_seconds,
            source="node_losses_per_node_year",
        ),
        Term(
            name="a pod crashes",
            events=rates.crashes_per_pod_month * topology.api_pods,
            share=1 / topology.api_pods,
            seconds=topology.pod_failover_seconds,
            source="crashes_per_pod_month",
        ),
        Term(
            name="a Redis primary dies",
            events=rates.redis_primary_losses_per_month * topology.redis_shards,
            share=1 / topology.redis_shards,
            seconds=topology.redis_failover_seconds,
            source="redis_primary_losses_per_month",
        ),
        Term(
            name="a zone is lost while it holds two Redis primaries",
            events=exposed_hours * rates.zone_losses_per_year / _HOURS_PER_YEAR,
            share=1,
            seconds=3600,
            source="exposure until the hand-back; an hour to form the cluster by hand",
        ),
        Term(
            name="a release is bad",
            events=rates.releases_per_month * rates.change_failure_share,
            share=topology.canary_share,
            seconds=rates.noticing_seconds,
            source="change_failure_share",
        ),
    )
    return tuple(sorted(found, key=lambda term: -term.lost_minutes))


def availability_percent(found: Sequence[Term]) -> float:
    """Return the share of traffic over 30 days that is served, in percent."""
    return 100 * (1 - sum(term.lost_minutes for term in found) / MINUTES)

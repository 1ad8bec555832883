"""How available a region is: what fails how often, how much of the traffic it hits, and for how long.

A sum of small independent outages, in minutes over 30 days; pure arithmetic. What stays down together (a zone) counts
once. Rates are assumptions with their sources; measured ones replace them when a region has a history.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

DAYS = 30
MINUTES = DAYS * 24 * 60
_HOURS_PER_YEAR = 8766
_MONTHS = 12
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
    """Of one zone. An assumption on the safe side: a given zone of AWS was lost less often than every second year."""
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
    noticing_seconds: float = 900.0
    """Until a person acts. In phase 1 nobody is paged: whoever releases watches as long as the canary stands
    (docs/how-to/release.md), looks every five minutes at a rate over five, and needs five more to set it back."""


@dataclass(frozen=True, kw_only=True)
class Topology:
    """What stands, as far as failures care."""

    foundation_percent: float
    """What the cloud promises for what the region stands on."""
    foundation_source: str
    """Where it promises that."""
    zones: int
    nodes: int
    """Machines that stand on average, fixed and elastic ones."""
    api_pods: int
    egress_return_seconds: float
    """From noticing that the way out is cut until it leads through another zone; 0 where no zone's loss cuts it."""
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
    found = (*_machinery(topology, rates), *_noticed(topology, rates))
    return tuple(sorted(found, key=lambda term: -term.lost_minutes))


def noticing_limit_seconds(topology: Topology, rates: Rates = Rates(), *, promised_percent: float) -> int | None:
    """Return how late a person may act and the promise still holds, in whole seconds.

    0 where it is broken however soon, `None` where nothing waits for a person.
    """
    rest = MINUTES * (100 - promised_percent) / 100
    rest -= sum(term.lost_minutes for term in terms(topology, replace(rates, noticing_seconds=0)))
    each = sum(term.events * term.share for term in _noticed(topology, rates)) / _SECONDS_PER_MINUTE
    return math.floor(max(0.0, rest) / each) if each else None


def _noticed(topology: Topology, rates: Rates) -> Iterator[Term]:
    """Yield what lasts until a person has noticed it."""
    yield Term(
        name="a release is bad",
        events=rates.releases_per_month * rates.change_failure_share,
        share=topology.canary_share,
        seconds=rates.noticing_seconds,
        source="change_failure_share; noticing_seconds",
    )
    if topology.egress_return_seconds:
        yield Term(
            name="the zone with the only way out is lost",
            events=rates.zone_losses_per_year / _MONTHS,
            share=1,
            seconds=rates.noticing_seconds + topology.egress_return_seconds,
            source="zone_losses_per_year; noticing_seconds, then docs/runbooks/zone-lost.md",
        )


def _machinery(topology: Topology, rates: Rates) -> tuple[Term, ...]:
    """Return what mends itself, and what the cloud does not promise."""
    zone_events = rates.zone_losses_per_year / _MONTHS * topology.zones
    node_events = rates.node_losses_per_node_year / _MONTHS * topology.nodes
    exposed_hours = (
        rates.redis_primary_losses_per_month * topology.redis_shards * topology.redis_exposure_seconds / 3600
    )
    return (
        Term(
            name="the cloud's own promise",
            events=1,
            share=1,
            seconds=(100 - topology.foundation_percent) / 100 * MINUTES * _SECONDS_PER_MINUTE,
            source=topology.foundation_source,
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
            # Pods are spread over zones; a zone's may all stand on one node.
            share=math.ceil(topology.api_pods / topology.zones) / topology.api_pods,
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
    )


def availability_percent(found: Sequence[Term]) -> float:
    """Return the share of traffic over 30 days that is served, in percent."""
    return 100 * (1 - sum(term.lost_minutes for term in found) / MINUTES)

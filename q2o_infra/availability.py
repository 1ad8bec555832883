"""How available a region is, computed from the figures that its components are built with.

Which failures count and how often they happen is decided in `q2o_infra.capacity.availability`; here it learns the
region's own figures, and answers whether the phase's promise is kept.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from components.edge.timings import HEALTH_INTERVAL_SECONDS, HEALTH_THRESHOLD, HEALTH_TIMEOUT_SECONDS
from components.workloads.health import traffic_recovery_seconds
from q2o_infra.capacity.availability import Rates, Term, Topology, availability_percent, terms
from q2o_infra.capacity.failover import failover_seconds
from q2o_infra.region import RegionFacts

REDIS_SHARDS = 3
HAND_BACK_SECONDS = 60
"""What the keeper promises from a primary's return to its hand-back; the drill holds it to that."""
NODE_RETURN_SECONDS = 300
"""Until a lost node's pod runs again: Kubernetes notices after 40 s, a machine takes two minutes, a volume one more."""
CANARY_SHARE = 0.1
"""A release starts with a tenth of the traffic (docs/how-to/release.md)."""


@dataclass(frozen=True, kw_only=True)
class Availability:
    """What a region promises."""

    percent: float
    promised_percent: float
    terms: tuple[Term, ...]

    @property
    def is_kept(self) -> bool:
        """Whether the phase's promise is kept."""
        return self.percent >= self.promised_percent


def region_availability(facts: RegionFacts, rates: Rates | None = None) -> Availability:
    """Return what the region of `facts` promises, with every term of the sum."""
    found = terms(topology_of(facts), rates or Rates())
    return Availability(
        percent=availability_percent(found), promised_percent=facts.contract.availability_percent, terms=found
    )


def topology_of(facts: RegionFacts) -> Topology:
    """Return what stands, as far as failures care."""
    return Topology(
        zones=facts.contract.zones,
        nodes=facts.contract.nodes_minimum,
        api_pods=facts.api.minimum,
        redis_shards=REDIS_SHARDS,
        zone_failover_seconds=HEALTH_INTERVAL_SECONDS * HEALTH_THRESHOLD + HEALTH_TIMEOUT_SECONDS,
        pod_failover_seconds=traffic_recovery_seconds(),
        redis_failover_seconds=failover_seconds(facts.settings.redis.node_timeout_milliseconds),
        redis_exposure_seconds=NODE_RETURN_SECONDS + HAND_BACK_SECONDS,
        canary_share=CANARY_SHARE,
    )


def availability_document(found: Availability) -> dict[str, Any]:
    """Return it for machines."""
    return {
        "availability_percent": round(found.percent, 5),
        "promised_percent": found.promised_percent,
        "is_kept": found.is_kept,
        "terms": [{**asdict(term), "lost_minutes": round(term.lost_minutes, 4)} for term in found.terms],
    }


def availability_table(found: Availability) -> Table:
    """Return it for people: the largest loss first."""
    verdict = "kept" if found.is_kept else "broken"
    table = Table(
        title=f"availability over 30 days: {found.percent:.4f} %, promised {found.promised_percent} %: {verdict}",
        box=None,
        title_justify="left",
        pad_edge=False,
    )
    table.add_column("what happens")
    for heading in ("times in 30 days", "share of traffic", "seconds", "minutes lost"):
        table.add_column(heading, justify="right")
    for term in found.terms:
        table.add_row(
            term.name, f"{term.events:.4g}", f"{term.share:.0%}", f"{term.seconds:.4g}", f"{term.lost_minutes:.4f}"
        )
    return table

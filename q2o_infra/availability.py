"""How available a region is, computed from the figures that its components are built with.

Which failures count and how often they happen is decided in `q2o_infra.capacity.availability`; here it learns the
region's own figures, and answers whether the phase's promise is kept.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from components.base.vocabulary import Cloud, NatMode
from components.edge.timings import detection_seconds
from components.redis.failover import failover_seconds
from components.redis.topology import HAND_BACK_SECONDS, SHARDS
from components.workloads.health import traffic_recovery_seconds
from q2o_infra.capacity.availability import (
    Rates,
    Term,
    Topology,
    availability_percent,
    noticing_limit_seconds,
    terms,
)
from q2o_infra.region import RegionFacts

FOUNDATIONS: dict[Cloud, tuple[float, str]] = {
    Cloud.AWS: (99.95, "Amazon EKS service level agreement"),
    Cloud.AZURE: (99.95, "Azure service level agreement, AKS of tier Standard with availability zones"),
    Cloud.GCP: (99.95, "Google Kubernetes Engine service level agreement, regional cluster"),
}
"""What each cloud promises for a cluster like ours, and where. Its machines in several zones and its balancers are
promised more (99.99 %), so this is the safe side: workloads go on while only the control plane is away."""
EGRESS_RETURN_SECONDS = 900
"""To give the way out a gateway in another zone (docs/runbooks/zone-lost.md, step 2)."""
NODE_RETURN_SECONDS = 300
"""Until a lost node's pod runs again: Kubernetes notices after 40 s, a machine takes two minutes, a volume one more."""
CANARY_SHARE = 0.1
"""A release starts with a tenth of the traffic (docs/how-to/release.md)."""


@dataclass(frozen=True, kw_only=True)
class Availability:
    """What a region promises."""

    percent: float
    promised_percent: float
    noticing_seconds: float
    """When a person acts, by assumption."""
    noticing_limit_seconds: int | None
    """When a person has to act at the latest; 0 where the promise is broken however soon."""
    terms: tuple[Term, ...]

    @property
    def is_kept(self) -> bool:
        """Whether the phase's promise is kept."""
        return self.percent >= self.promised_percent


def region_availability(facts: RegionFacts, rates: Rates | None = None) -> Availability:
    """Return what the region of `facts` promises, with every term of the sum."""
    topology, used = topology_of(facts), rates or Rates()
    promised = facts.contract.availability_percent
    found = terms(topology, used)
    return Availability(
        percent=availability_percent(found),
        promised_percent=promised,
        noticing_seconds=used.noticing_seconds,
        noticing_limit_seconds=noticing_limit_seconds(topology, used, promised_percent=promised),
        terms=found,
    )


def topology_of(facts: RegionFacts) -> Topology:
    """Return what stands, as far as failures care."""
    foundation_percent, foundation_source = FOUNDATIONS[facts.location.cloud]
    return Topology(
        foundation_percent=foundation_percent,
        foundation_source=foundation_source,
        zones=facts.contract.zones,
        nodes=facts.contract.nodes_minimum + facts.contract.elastic_nodes_budgeted,
        api_pods=facts.api.minimum,
        egress_return_seconds=EGRESS_RETURN_SECONDS if _is_in_one_zone(facts) else 0,
        redis_shards=SHARDS,
        zone_failover_seconds=detection_seconds(),
        pod_failover_seconds=traffic_recovery_seconds(),
        redis_failover_seconds=failover_seconds(facts.settings.redis.node_timeout_milliseconds),
        redis_exposure_seconds=NODE_RETURN_SECONDS + HAND_BACK_SECONDS,
        canary_share=CANARY_SHARE,
    )


def _is_in_one_zone(facts: RegionFacts) -> bool:
    """Whether the way out stands in one zone; Google's stands in none."""
    return facts.settings.network.nat is NatMode.SINGLE and facts.location.cloud is not Cloud.GCP


def availability_document(found: Availability) -> dict[str, Any]:
    """Return it for machines."""
    return {
        "availability_percent": round(found.percent, 5),
        "promised_percent": found.promised_percent,
        "is_kept": found.is_kept,
        "noticing_seconds": found.noticing_seconds,
        "noticing_limit_seconds": found.noticing_limit_seconds,
        "terms": [{**asdict(term), "lost_minutes": round(term.lost_minutes, 4)} for term in found.terms],
    }


def availability_table(found: Availability) -> RenderableType:
    """Return it for people: the largest loss first, and how late a person may act."""
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
    return Group(table, Text(_noticing(found)))


def _noticing(found: Availability) -> str:
    rests = f"nobody is paged in phase 1: this rests on a person who acts within {found.noticing_seconds / 60:.0f} min"
    if not found.noticing_limit_seconds:
        return rests
    return f"{rests}; {found.promised_percent} % holds up to {found.noticing_limit_seconds // 60} min"

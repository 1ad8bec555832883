"""The four phases as a typed table: what each promises, what it may cost, how large it starts.

Source: the project's brief, as resolved in `docs/adr/0001-how-the-brief-is-read.md`. Sizes, objectives, budgets,
alerts and gates derive from this table and repeat none of its numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from components.base.vocabulary import Cloud, Region


class Phase(IntEnum):
    """A step of the platform's growth. Not an environment: staging goes through the same phases."""

    FOUNDATION = 1
    PERFORMANCE = 2
    OBSERVABILITY = 3
    GLOBAL = 4


@dataclass(frozen=True, kw_only=True)
class PhaseContract:
    """What a phase promises from the day its gate opens."""

    phase: Phase
    concurrent_users: int
    availability_percent: float
    """Over 30 days, at the region's public endpoint."""
    error_rate_percent: float
    api_p95_milliseconds: float | None
    """`None` where the brief promises no figure yet."""
    search_p95_milliseconds: float | None
    recovery_seconds: int
    """A crashed server's traffic is served again in less than this."""
    infrastructure_usd_per_month: int
    """All regions of the phase together."""
    engineering_usd: int
    zones: int
    nodes_minimum: int
    nodes_maximum: int
    elastic_nodes_budgeted: int
    """Spot machines that the budget counts on average beside the fixed ones."""
    api_pods: int
    agent_pods: int
    """Over all kinds of agents."""
    pods_per_kind_minimum: int
    """Fewer pods than this and the loss of one node takes a kind of agent away."""


_FOUNDATION = PhaseContract(
    phase=Phase.FOUNDATION,
    concurrent_users=5_000,
    availability_percent=99.9,
    error_rate_percent=0.1,
    api_p95_milliseconds=None,
    search_p95_milliseconds=None,
    recovery_seconds=10,
    infrastructure_usd_per_month=800,
    engineering_usd=60_000,
    zones=3,
    nodes_minimum=3,
    nodes_maximum=100,
    elastic_nodes_budgeted=4,
    api_pods=5,
    agent_pods=50,
    pods_per_kind_minimum=2,
)
# Each phase keeps what the one before promised, but for what it says itself.
_PERFORMANCE = replace(
    _FOUNDATION,
    phase=Phase.PERFORMANCE,
    concurrent_users=50_000,
    api_p95_milliseconds=50,
    search_p95_milliseconds=50,
    infrastructure_usd_per_month=2_000,
    engineering_usd=50_000,
)
_OBSERVABILITY = replace(
    _PERFORMANCE, phase=Phase.OBSERVABILITY, infrastructure_usd_per_month=2_200, engineering_usd=30_000
)
_GLOBAL = replace(
    _OBSERVABILITY,
    phase=Phase.GLOBAL,
    concurrent_users=100_000,
    availability_percent=99.99,
    infrastructure_usd_per_month=5_000,
    engineering_usd=50_000,
)

PHASES: dict[Phase, PhaseContract] = {row.phase: row for row in (_FOUNDATION, _PERFORMANCE, _OBSERVABILITY, _GLOBAL)}

REGION_SHARES_PERCENT: dict[Region, int] = {Region.US_EAST: 40, Region.EU_WEST: 35, Region.APAC: 25}
"""Who may spend what of the last phase's budget. The primary carries most users; eu-west keeps a small live cluster
in its recovery location, because no other region may take its users; apac is the smallest."""


def region_usd_per_month(contract: PhaseContract, region: Region) -> int:
    """Return what one region may cost in a month.

    Before the last phase there is one region, so each has all of it: the others join when the phase is global.
    """
    share = REGION_SHARES_PERCENT[region] if contract.phase is Phase.GLOBAL else 100
    return contract.infrastructure_usd_per_month * share // 100


NOT_BUILT: dict[Phase, tuple[str, ...]] = {
    Phase.PERFORMANCE: ("Kafka", "Elasticsearch", "gRPC between agents"),
    Phase.OBSERVABILITY: ("Grafana", "alerts", "SLOs", "the cost of LLMs"),
    Phase.GLOBAL: ("replication between regions", "global load balancing", "the live recovery site"),
}
"""The services of each phase that the program cannot build yet."""


def missing(phase: Phase) -> tuple[str, ...]:
    """Return the services that a region of `phase` should have and the program cannot build yet."""
    return tuple(name for step, names in NOT_BUILT.items() if step <= phase for name in names)


BUILT: tuple[Phase, ...] = tuple(phase for phase in Phase if not missing(phase))
"""The phases that the program builds whole."""


BUILT_ON: tuple[Cloud, ...] = (Cloud.AWS, Cloud.GCP, Cloud.AZURE)
"""The clouds that the program builds regions on: every one, in the order in which they are shown."""

GROWTH = PHASES[Phase.PERFORMANCE].concurrent_users // PHASES[Phase.FOUNDATION].concurrent_users
"""Default maximum of pods over the minimum: the next phase's users arrive before its machines do."""

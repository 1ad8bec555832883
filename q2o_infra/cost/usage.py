"""What the users of a region cause in a month: requests and bytes, by the stated assumptions.

Pure arithmetic. Floor is a month in which nobody comes, expected the active hours, ceiling all of the phase's users
in every hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from components.base.vocabulary import Region
from q2o_infra.cost.assumptions import Assumptions
from q2o_infra.cost.quantity import HOURS_PER_MONTH, Quantity
from q2o_infra.phases.contract import REGION_SHARES_PERCENT, Phase, PhaseContract

_KB_PER_GB = Decimal(10**6)
_BYTES_PER_GB = Decimal(10**9)
_SECONDS_PER_HOUR = Decimal(3600)
_HOURS_PER_DAY = Decimal(24)
_MINUTES_PER_HOUR = Decimal(60)


def region_users(contract: PhaseContract, region: Region) -> int:
    """Return the concurrent users of one region: all of the phase's before the last one, then its share of them."""
    share = REGION_SHARES_PERCENT[region] if contract.phase is Phase.GLOBAL else 100
    return contract.concurrent_users * share // 100


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What happens in a month."""

    users: int
    assumptions: Assumptions
    user_hours: Quantity
    """Hours of all users together."""

    def with_users(self, users: int) -> Usage:
        """Return what another number of concurrent users causes."""
        return _usage(users, self.assumptions)

    @property
    def requests(self) -> Quantity:
        """Requests to the API."""
        return self.user_hours * self.assumptions.requests_per_user_hour

    @property
    def answers_gb(self) -> Quantity:
        """GB to users."""
        return self.requests * self.assumptions.response_kb / _KB_PER_GB

    @property
    def questions_gb(self) -> Quantity:
        """GB from users."""
        return self.requests * self.assumptions.request_kb / _KB_PER_GB

    @property
    def _llm_calls(self) -> Quantity:
        return self.requests * self.assumptions.llm_calls_per_request

    @property
    def llm_out_gb(self) -> Quantity:
        """GB to LLM providers."""
        return self._llm_calls * self.assumptions.llm_question_kb / _KB_PER_GB

    @property
    def llm_in_gb(self) -> Quantity:
        """GB from LLM providers."""
        return self._llm_calls * self.assumptions.llm_answer_kb / _KB_PER_GB

    @property
    def between_nodes_gb(self) -> Quantity:
        """GB that go from node to node on behalf of requests."""
        return (self.answers_gb + self.questions_gb) * self.assumptions.hops

    @property
    def dns_queries(self) -> Quantity:
        """Queries that the zone answers and that cost something."""
        return self.user_hours * self.assumptions.dns_queries_per_user_hour

    @property
    def access_log_gb(self) -> Quantity:
        """GB of access logs that a month adds."""
        return self.requests * self.assumptions.access_log_bytes / _BYTES_PER_GB

    def image_gb(self, elastic_nodes: Quantity) -> Quantity:
        """Return the GB of images that new machines pull from registries outside of the cloud."""
        return elastic_nodes * self.assumptions.node_starts * self.assumptions.image_gb_per_node

    def audit_gb(self, nodes: Quantity) -> Quantity:
        """Return the GB of audit records of a control plane with so many nodes."""
        rate = nodes * self.assumptions.control_plane_requests_per_node_second
        rate = rate.each(lambda value: value + self.assumptions.control_plane_requests_per_second)
        return rate * (_SECONDS_PER_HOUR * HOURS_PER_MONTH * self.assumptions.audit_bytes / _BYTES_PER_GB)

    def flow_log_gb(self, nodes: Quantity) -> Quantity:
        """Return the GB of flow records."""
        records = self.requests * self.assumptions.flow_records_per_request
        idle = nodes * self.assumptions.idle_flow_records_per_node_hour * HOURS_PER_MONTH
        return (records + idle) * self.assumptions.flow_record_bytes / _BYTES_PER_GB

    def capacity_unit_hours(self) -> Quantity:
        """Return the hours of load-balancer capacity units: the dearest of bytes, new and open connections in an hour.

        One unit: 1 GB an hour, 25 new connections a second, 3,000 open connections (Elastic Load Balancing, pricing).
        """
        return self.user_hours * (
            max(
                self.assumptions.requests_per_user_hour
                * (self.assumptions.response_kb + self.assumptions.request_kb)
                / _KB_PER_GB,
                self.assumptions.requests_per_user_hour / _SECONDS_PER_HOUR / 25,
                self.assumptions.connections_per_user / 3000,
            )
        )


def usage_of(contract: PhaseContract, region: Region, assumptions: Assumptions) -> Usage:
    """Return what the users of `region` cause."""
    return _usage(region_users(contract, region), assumptions)


def _usage(users: int, assumptions: Assumptions) -> Usage:
    return Usage(
        users=users,
        assumptions=assumptions,
        user_hours=Quantity(Decimal(0), users * assumptions.active_hours, users * HOURS_PER_MONTH),
    )


@dataclass(frozen=True, kw_only=True)
class BackupVolume:
    """What backups of Redis amount to in a month."""

    runs: Decimal
    sent_gb: Quantity
    kept_gb: Quantity


def backup_volume(usage: Usage, *, interval_minutes: Decimal, kept_days: Decimal, memory_gib: Decimal) -> BackupVolume:
    """Return what is sent and kept when all shards are copied each `interval_minutes` and a copy stays `kept_days`.

    `memory_gib` is the most that all primaries together may hold, which is the ceiling of one copy.
    """
    runs = HOURS_PER_MONTH * _MINUTES_PER_HOUR / interval_minutes
    size = Quantity(
        Decimal(0),
        min(memory_gib, usage.users * usage.assumptions.state_kb_per_user / _KB_PER_GB),
        memory_gib,
    )
    copies = _HOURS_PER_DAY * _MINUTES_PER_HOUR / interval_minutes * kept_days
    return BackupVolume(runs=runs, sent_gb=size * runs, kept_gb=size * copies)

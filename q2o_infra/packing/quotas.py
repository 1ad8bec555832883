"""Which of a cloud's quotas a plan needs, how much of each, and which must be raised before anything is started.

What a cloud calls a quota and what a fresh account has of it stands in `quotas_aws`, `quotas_gcp` and `quotas_azure`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from components.base.vocabulary import Cloud
from components.cluster.contract import SystemPoolArgs
from components.controllers.contract import ElasticPoolArgs
from q2o_infra.packing.report import Capacity
from q2o_infra.plan.recorder import Recording
from q2o_infra.region import RegionFacts


@dataclass(frozen=True, kw_only=True)
class Need:
    """How much of a quota is used."""

    expected: int
    """At the phase's expected load."""
    most: int
    """When the elastic pool is as large as it may become, and spot has run out."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What the quotas are counted from."""

    facts: RegionFacts
    recording: Recording
    capacity: Capacity

    def resources(self, *types: str) -> Need:
        """Return how many resources of these types the plan has."""
        count = sum(len(self.recording.of_type(type_)) for type_ in types)
        return Need(expected=count, most=count)

    def vcpus(self, *, spot: bool, families: tuple[str, ...] = ()) -> Need:
        """Return the cores of nodes bought in one way, of machines whose names begin with one of `families`.

        On demand, the most is everything: the elastic pool falls back on it. Of each machine that the pool may buy the
        largest counts.
        """
        expected = sum(
            node.machine.vcpus
            for node in self.capacity.nodes
            if node.place.spot is spot and node.machine.name.startswith(families or ("",))
        )
        pool = self.capacity.places.elastic
        offered = [place.machine.vcpus for place in pool.places if place.machine.name.startswith(families or ("",))]
        most = pool.most * max(offered, default=0)
        fixed = 0 if spot else expected
        return Need(expected=expected, most=fixed + most)

    def nodes(self) -> Need:
        """Return how many nodes there are."""
        fixed = len(self.capacity.places.standing)
        return Need(expected=len(self.capacity.nodes), most=fixed + self.capacity.places.elastic.most)

    def standing_nodes(self) -> Need:
        """Return how many nodes the system pool has."""
        fixed = len(self.capacity.places.standing)
        return Need(expected=fixed, most=fixed)

    def storage_gib(self) -> Need:
        """Return disks of nodes and volumes of pods together, in GiB."""
        volumes = sum(pods.pods * pods.storage_gib for pods in self.capacity.pods.standing)
        system = len(self.capacity.places.standing)
        fixed = volumes + system * SystemPoolArgs.disk_gib
        elastic = len(self.capacity.nodes) - system
        return Need(
            expected=fixed + elastic * ElasticPoolArgs.disk_gib,
            most=fixed + self.capacity.places.elastic.most * ElasticPoolArgs.disk_gib,
        )


@dataclass(frozen=True, kw_only=True)
class QuotaRow:
    """One quota of a cloud."""

    name: str
    """As the cloud calls it."""
    code: str
    """What to ask the cloud for, to read or to raise it."""
    default: int | None
    """What a fresh account has; `None` where the cloud says that it differs from account to account."""
    source: str
    count: Callable[[Demand], Need]


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One quota, with what a plan needs of it."""

    row: QuotaRow
    need: Need

    @property
    def name(self) -> str:
        """As the cloud calls it."""
        return self.row.name

    @property
    def expected(self) -> int:
        """What is needed at the expected load."""
        return self.need.expected

    @property
    def most(self) -> int:
        """What is needed at most."""
        return self.need.most

    @property
    def default(self) -> int | None:
        """What a fresh account has."""
        return self.row.default

    @property
    def raise_to(self) -> int | None:
        """What it must be raised to; `None` where a fresh account has enough."""
        if self.default is not None and self.default >= self.most:
            return None
        return self.most or None

    def sentence(self) -> str:
        """Say what to do before anything is started."""
        if self.default is None:
            start = f"{self.expected} to start and {self.most} to grow" if self.expected else f"{self.most} to grow"
            return f"look at {self.name} ({self.row.code}): it differs from account to account; have {start}."
        verb = "before you start" if self.default < self.expected else "before the load comes"
        return f"raise {self.name} ({self.row.code}) from {self.default} to {self.most} {verb}."

    def document(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "name": self.name,
            "code": self.row.code,
            "expected": self.expected,
            "most": self.most,
            "default": self.default,
            "raise_to": self.raise_to,
            "source": self.row.source,
        }


def region_quotas(facts: RegionFacts, recording: Recording, capacity: Capacity) -> tuple[Quota, ...]:
    """Return the quotas that a region needs, of its own cloud."""
    from q2o_infra.packing.quotas_aws import AWS_QUOTAS
    from q2o_infra.packing.quotas_azure import AZURE_QUOTAS
    from q2o_infra.packing.quotas_gcp import GCP_QUOTAS

    rows = {Cloud.AWS: AWS_QUOTAS, Cloud.GCP: GCP_QUOTAS, Cloud.AZURE: AZURE_QUOTAS}[facts.settings.cloud]
    demand = Demand(facts=facts, recording=recording, capacity=capacity)
    return tuple(Quota(row=row, need=row.count(demand)) for row in rows)

"""What services managed by the cloud would cost instead of what runs in the cluster.

A managed service takes the place of pods; what those cost is their share of the system nodes, by the memory that
they ask for, and their volumes. Nodes become cheaper only if there are fewer or smaller ones, so the share is the
most that can be saved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from clouds.machines import INSTANCE_TYPES
from clouds.price_book import Price, PriceBook
from components.base.quantities import mebibytes
from q2o_infra.cost.backups import STATEFUL_SET
from q2o_infra.cost.estimate import Estimate
from q2o_infra.cost.line import Group
from q2o_infra.cost.quantity import HOURS_PER_MONTH
from q2o_infra.plan.document import component_of
from q2o_infra.plan.recorder import Recording


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One managed service beside what it would replace."""

    replaces: str
    service: str
    in_cluster_usd: Decimal
    managed_usd: Decimal
    price: Price

    @property
    def more_usd(self) -> Decimal:
        """What it costs more."""
        return self.managed_usd - self.in_cluster_usd


@dataclass(frozen=True, kw_only=True)
class _Service:
    """What a cloud offers for a component of ours."""

    component: str
    name: str
    price: str
    units: Callable[[int], int]
    """Nodes to rent for so many pods of ours."""


# One node for each server, so that three shards with a replica each stay what they are. Azure sells no nodes but a
# cache of a size, which is highly available as two: 12 GB hold what six servers of 2 GiB do.
SERVICES: dict[str, tuple[_Service, ...]] = {
    "aws": (
        _Service(component="redis", name="ElastiCache, m6g.large", price="managed/redis-node", units=lambda pods: pods),
    ),
    "gcp": (
        _Service(
            component="redis",
            name="Memorystore for Redis Cluster, standard small",
            price="managed/redis-node",
            units=lambda pods: pods,
        ),
    ),
    "azure": (_Service(component="redis", name="Azure Managed Redis, M10", price="managed/redis", units=lambda _: 2),),
}


def alternatives(found: Estimate, recording: Recording, book: PriceBook) -> tuple[Alternative, ...]:
    """Return the managed alternatives to what the plan runs in the cluster."""
    location = found.facts.location
    rows = []
    for service in SERVICES.get(location.cloud.value, ()):
        pods, memory_mib = _pods(recording, service.component)
        if not pods:
            continue
        price = book.price(service.price, location.name)
        rows.append(
            Alternative(
                replaces=service.component,
                service=service.name,
                in_cluster_usd=_in_cluster(found, service.component, memory_mib),
                managed_usd=price.amount * HOURS_PER_MONTH * service.units(pods),
                price=price,
            )
        )
    return tuple(rows)


def _pods(recording: Recording, component: str) -> tuple[int, int]:
    """Return the stateful pods of a component and the memory that they ask for, in MiB."""
    owners = component_of(recording)
    pods = memory = 0
    for row in recording.of_type(STATEFUL_SET):
        if owners[row.urn] == component:
            spec = row.inputs["spec"]
            count = int(spec["replicas"])
            pods += count
            memory += count * sum(
                mebibytes(str(container["resources"]["requests"]["memory"]))
                for container in spec["template"]["spec"]["containers"]
            )
    return pods, memory


def _in_cluster(found: Estimate, component: str, memory_mib: int) -> Decimal:
    machine = INSTANCE_TYPES[found.pools.system_machine]
    share = Decimal(memory_mib) / (machine.allocatable_memory_mib * found.pools.system_nodes)
    nodes = found.by_group()[Group.SYSTEM_NODES].expected
    volumes = sum(
        (line.usd.expected for line in found.lines if line.component == component and line.group is Group.VOLUMES),
        start=Decimal(0),
    )
    return nodes * share + volumes

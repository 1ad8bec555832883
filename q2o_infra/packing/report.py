"""The capacity of one region: nodes, what sits on them, how full they are, what they cost and could cost at least."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from clouds.machine import InstanceType
from clouds.machines import INSTANCE_TYPES_BY_CLOUD
from components.base.errors import CostError
from components.base.vocabulary import Cloud
from q2o_infra.capacity.lower_bound import Offer, unit_prices
from q2o_infra.capacity.packing import Packing, pack, room_for
from q2o_infra.capacity.scheduling import Node, PodSet
from q2o_infra.packing.places import Places, region_places
from q2o_infra.packing.pods import PlannedPods, planned_pods
from q2o_infra.packing.prices import MachinePrices
from q2o_infra.plan.recorder import Recording
from q2o_infra.region import RegionFacts

LEAST_PACKING_PERCENT = 70.0
MOST_BILL_OVER_LOWER_BOUND = 1.35


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What the nodes cost an hour, and the least that any machines could cost for the same pods."""

    usd_per_hour: float
    lower_bound_usd_per_hour: float
    prices: dict[str, float]
    """USD an hour by name of node."""

    @property
    def over_lower_bound(self) -> float:
        """The bill over its lower bound."""
        return self.usd_per_hour / self.lower_bound_usd_per_hour


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Everything that `q2o capacity` says but the quotas."""

    packing: Packing
    pods: PlannedPods
    places: Places
    bill: Bill

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, the system pool's first."""
        return self.packing.nodes

    @property
    def pods_wanted(self) -> int:
        """Pods that shall stand, those that run on every node included."""
        return self.packing.placed + self.packing.waiting.total()

    @property
    def shares(self) -> dict[str, float]:
        """Requested over allocatable of all nodes together, by resource, in percent."""
        return shares(self.nodes)

    @property
    def binding(self) -> str:
        """The resource that is used most: what decides how many nodes there are."""
        found = self.shares
        return max(("cpu", "memory"), key=lambda name: found[name])

    @property
    def packing_percent(self) -> float:
        """How full the binding resource is."""
        return self.shares[self.binding]

    @property
    def jobs_without_room(self) -> list[str]:
        """Jobs whose pod would wait, or need another node."""
        return [row.name for row in self.pods.jobs if not room_for(row, self.nodes)]

    def to_next_node(self) -> dict[str, int]:
        """Return how many more pods of each size the elastic nodes hold, by the set that has the most pods of it."""
        elastic = [node for node in self.nodes if node.place.pool == self.places.elastic.name]
        largest: dict[tuple[int, int], PodSet] = {}
        for pods in self.pods.standing:
            if pods.everywhere or not any(node.pods[pods.name] for node in elastic):
                continue
            size = (pods.cpu_millicores, pods.memory_mib)
            if size not in largest or largest[size].pods < pods.pods:
                largest[size] = pods
        return {pods.name: room_for(pods, elastic) for pods in largest.values()}

    @property
    def is_met(self) -> bool:
        """Whether all pods have a place and both promises about money hold."""
        return (
            not self.packing.waiting
            and not self.jobs_without_room
            and self.packing_percent >= LEAST_PACKING_PERCENT
            and self.bill.over_lower_bound <= MOST_BILL_OVER_LOWER_BOUND
        )


def region_capacity(facts: RegionFacts, recording: Recording, prices: MachinePrices) -> Capacity:
    """Return the capacity of a region at the phase's expected load: every scaled workload at its minimum.

    The elastic nodes are of the machine of the pool with which the bill is lowest, as its autoscaler's would be. Raises
    `ComponentError` for a pod that no machine holds, `PlanError` and `CostError`.
    """
    cloud, location = facts.settings.cloud, facts.location.name
    pods = planned_pods(recording, cloud=cloud)
    found = []
    for places in _choices(region_places(facts, recording), location=location, prices=prices):
        packing = pack(pods.standing, standing=places.standing, elastic=places.elastic)
        bill = _bill(packing.nodes, pods.standing, cloud=cloud, location=location, prices=prices)
        found.append(Capacity(packing=packing, pods=pods, places=places, bill=bill))
    return min(found, key=lambda row: (row.packing.waiting.total(), row.bill.usd_per_hour))


def shares(nodes: Iterable[Node]) -> dict[str, float]:
    """Return requested over allocatable of `nodes` together, by resource, in percent."""
    found = list(nodes)
    totals = {
        "cpu": (
            sum(node.cpu_millicores for node in found),
            sum(node.machine.allocatable_millicores for node in found),
        ),
        "memory": (
            sum(node.memory_mib for node in found),
            sum(node.machine.allocatable_memory_mib for node in found),
        ),
        "pods": (sum(node.pods.total() for node in found), sum(node.machine.pods for node in found)),
    }
    return {name: 100 * used / whole for name, (used, whole) in totals.items() if whole}


def _choices(places: Places, *, location: str, prices: MachinePrices) -> Iterator[Places]:
    """Yield the places once for each machine that the elastic pool may buy, with that machine preferred.

    One without a price is never bought. Raises `CostError` when none has one.
    """
    pool = places.elastic
    priced = [
        place for place in pool.places if prices(place.machine.name, location=location, spot=place.spot) is not None
    ]
    if not priced:
        raise CostError(
            f"capacity: the price book has no spot price of any machine of the elastic pool at {location}; "
            "add a row for one of them."
        )
    for machine in dict.fromkeys(place.machine.name for place in priced):
        ordered = sorted(priced, key=lambda row: row.machine.name != machine)
        yield replace(places, elastic=replace(pool, places=tuple(ordered)))


def _bill(nodes: Sequence[Node], sets: Sequence[PodSet], *, cloud: Cloud, location: str, prices: MachinePrices) -> Bill:
    """Price the nodes, and the same requests at the cheapest prices that the cloud offers at this location.

    Pods that stand on demand are held against on-demand prices, the others against spot prices. A machine offers what
    it has left beside what runs on every node, which every machine would have to carry.
    """
    by_node = {}
    for node in nodes:
        price = prices(node.machine.name, location=location, spot=node.place.spot)
        if price is None:
            raise CostError(f"capacity: the price book has no price of {node.machine.name} at {location}; add a row.")
        by_node[node.name] = price
    sizes = {pods.name: pods for pods in sets}
    daemons = [pods for pods in sets if pods.everywhere]
    bound = 0.0
    for spot in (False, True):
        held: Counter[str] = Counter()
        for node in nodes:
            if node.place.spot is spot:
                held += node.pods
        asked = [(count, sizes[name]) for name, count in held.items() if not sizes[name].everywhere]
        if not asked:
            continue
        cores = sum(count * pods.cpu_millicores for count, pods in asked) / 1000
        gib = sum(count * pods.memory_mib for count, pods in asked) / 1024
        offers = [
            offer
            for machine in INSTANCE_TYPES_BY_CLOUD[cloud].values()
            if (price := prices(machine.name, location=location, spot=spot)) is not None
            if (offer := _offer(machine, daemons, price)) is not None
        ]
        bound += unit_prices(offers, cores=cores, gib=gib).of(cores=cores, gib=gib)
    return Bill(usd_per_hour=sum(by_node.values()), lower_bound_usd_per_hour=bound, prices=by_node)


def _offer(machine: InstanceType, daemons: Sequence[PodSet], usd_per_hour: float) -> Offer | None:
    cores = machine.allocatable_millicores - sum(pods.cpu_millicores for pods in daemons)
    mib = machine.allocatable_memory_mib - sum(pods.memory_mib for pods in daemons)
    if min(cores, mib) <= 0:
        return None
    return Offer(cores=cores / 1000, gib=mib / 1024, usd_per_hour=usd_per_hour)

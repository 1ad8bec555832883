"""Which pods sit on which nodes: the scheduler's rules as pure arithmetic, and how many elastic nodes that takes.

What counts is what the scheduler filters by: requests, pods per node, volumes, selectors, taints, and spread that it
must keep. Among the nodes that are left it is asked for the one where a set has the fewest pods, then for the emptiest;
the scheduler weighs more, so a pod may sit elsewhere than here, but never on more nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from components.base.errors import ComponentError, refused
from q2o_infra.capacity.scheduling import ZONE, Node, Place, PodSet


@dataclass(frozen=True, kw_only=True)
class ElasticPool:
    """What an autoscaler may buy, and how many."""

    name: str
    places: tuple[Place, ...]
    """One for each machine and zone, the preferred machine first."""
    most: int


@dataclass(frozen=True, kw_only=True)
class Packing:
    """Where everything sits."""

    nodes: tuple[Node, ...]
    waiting: Counter[str]
    """Pods that no node takes and no further node would, by set."""

    @property
    def placed(self) -> int:
        """Pods that have a node."""
        return sum(node.pods.total() for node in self.nodes)


def pack(sets: Sequence[PodSet], *, standing: Sequence[Place], elastic: ElasticPool | None) -> Packing:
    """Put all pods on nodes: the ones that stand, and as few elastic ones as they need.

    Sets of higher priority go first, as in the scheduler's queue. Raises `ComponentError` for a pod that is larger
    than any machine of the pools that admit it.
    """
    _refuse_giants(sets, standing, elastic)
    daemons = [row for row in sets if row.everywhere]
    counts: Counter[str] = Counter()
    nodes = [_open(place, counts, daemons) for place in standing]
    waiting: Counter[str] = Counter()
    for pods in sorted((row for row in sets if not row.everywhere), key=lambda row: -row.priority):
        for _ in range(pods.pods):
            node = _choose(pods, nodes, elastic) or _buy(pods, nodes, counts, daemons, elastic)
            if node is None:
                waiting[pods.name] += 1
            else:
                node.add(pods)
    return Packing(nodes=tuple(nodes), waiting=waiting)


def room_for(pods: PodSet, nodes: Iterable[Node]) -> int:
    """Return how many more such pods the nodes hold, whatever their spread."""
    return sum(_rooms(pods, node) for node in nodes if node.place.admits(pods))


def _rooms(pods: PodSet, node: Node) -> int:
    machine = node.machine
    rooms = [machine.pods - node.pods.total()]
    if pods.cpu_millicores:
        rooms.append((machine.allocatable_millicores - node.cpu_millicores) // pods.cpu_millicores)
    if pods.memory_mib:
        rooms.append((machine.allocatable_memory_mib - node.memory_mib) // pods.memory_mib)
    return max(0, min(rooms))


def _open(place: Place, counts: Counter[str], daemons: Sequence[PodSet]) -> Node:
    zone = place.labels[ZONE]
    node = Node(f"{place.pool}-{counts[place.pool]}.{zone}", place)
    counts[place.pool] += 1
    for pods in daemons:
        if place.admits(pods):
            node.add(pods)
    return node


def _choose(pods: PodSet, nodes: Sequence[Node], elastic: ElasticPool | None) -> Node | None:
    admitted = [node for node in nodes if node.place.admits(pods)]
    zones = {node.zone for node in admitted}
    if elastic is not None:
        zones |= {place.labels[ZONE] for place in elastic.places if place.admits(pods)}
    fitting = [node for node in admitted if node.has_room(pods) and _keeps_spread(pods, node, admitted, zones)]
    in_zone = _by_zone(pods, admitted)
    return min(
        fitting,
        key=lambda node: (in_zone[node.zone], node.pods[pods.name], round(_fullness(node), 6), node.name),
        default=None,
    )


def _fullness(node: Node) -> float:
    used = node.used
    return (used["cpu"] + used["memory"]) / 2


def _by_zone(pods: PodSet, nodes: Iterable[Node]) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in nodes:
        found[node.zone] += node.pods[pods.name]
    return found


def _keeps_spread(pods: PodSet, node: Node, admitted: Sequence[Node], zones: set[str]) -> bool:
    for row in pods.spread:
        if not row.must:
            continue
        if row.key == ZONE:
            counts = _by_zone(pods, admitted)
            here, least = counts[node.zone], min(counts[zone] for zone in zones)
        else:
            here, least = node.pods[pods.name], min(other.pods[pods.name] for other in admitted)
        if here + 1 - least > row.max_skew:
            return False
    return True


def _buy(
    pods: PodSet,
    nodes: list[Node],
    counts: Counter[str],
    daemons: Sequence[PodSet],
    elastic: ElasticPool | None,
) -> Node | None:
    """Open the first machine that would take the pod, in the zone that has the fewest of the set, then of nodes."""
    if elastic is None or counts[elastic.name] >= elastic.most:
        return None
    admitted = [node for node in nodes if node.place.admits(pods)]
    offered = [place for place in elastic.places if place.admits(pods)]
    zones = {node.zone for node in admitted} | {place.labels[ZONE] for place in offered}
    in_zone = _by_zone(pods, admitted)
    nodes_in = Counter(node.zone for node in nodes if node.place.pool == elastic.name)
    order = {place.machine.name: rank for rank, place in reversed(list(enumerate(elastic.places)))}
    for place in sorted(
        offered,
        key=lambda row: (
            in_zone[row.labels[ZONE]],
            nodes_in[row.labels[ZONE]],
            row.labels[ZONE],
            order[row.machine.name],
        ),
    ):
        tentative = _open(place, counts, daemons)
        if tentative.has_room(pods) and _keeps_spread(pods, tentative, [*admitted, tentative], zones):
            nodes.append(tentative)
            return tentative
        counts[place.pool] -= 1
    return None


def _refuse_giants(sets: Sequence[PodSet], standing: Sequence[Place], elastic: ElasticPool | None) -> None:
    places = [*standing, *(elastic.places if elastic else ())]
    daemons = [row for row in sets if row.everywhere]
    for pods in sets:
        if pods.everywhere or not pods.pods:
            continue
        admitted = [place for place in places if place.admits(pods)]
        if not admitted:
            raise ComponentError(
                refused(
                    f"capacity.{pods.name}",
                    dict(pods.node_selector),
                    "no pool has nodes with these labels, or their taints are not tolerated",
                    "correct the selector or the tolerations",
                )
            )
        if not any(_open(place, Counter(), daemons).has_room(pods) for place in admitted):
            largest = max(admitted, key=lambda row: (row.machine.allocatable_memory_mib, row.machine.vcpus)).machine
            raise ComponentError(
                refused(
                    f"capacity.{pods.name}",
                    f"{pods.cpu_millicores}m and {pods.memory_mib} MiB",
                    f"no machine of its pool has as much beside what runs on every node; the largest is {largest.name} "
                    f"with {largest.allocatable_millicores}m and {largest.allocatable_memory_mib} MiB",
                    "ask for less, or name a larger machine in q2o_infra/phases/machines.py",
                )
            )

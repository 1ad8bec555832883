"""Which node stands where: six nodes in three zones, three shards of two.

The first node of zone i is the designated primary of shard i, its second the replica of the shard before. So a primary
and its replica never share a zone, and in steady state no zone holds two primaries: the loss of any zone leaves every
shard a node and the cluster two of three votes (docs/adr/0015-redis-cluster-topology.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from components.base.errors import ComponentError, refused

SLOTS = 16_384
"""Hash slots of any cluster (Redis Cluster specification, "Key distribution model")."""
ZONES = 3
"""A majority of primaries must survive any zone, so three; with more, a zone would hold a part of a shard only."""
SHARDS = ZONES
"""One designated primary in each zone."""
NODES_IN_A_ZONE = 2
HAND_BACK_SECONDS = 60
"""Longest from a primary's return until it has its shard back: what the keeper promises and the drill holds it to."""


class Role(StrEnum):
    """What a node is in steady state. Not what it is now: that, the cluster itself knows."""

    PRIMARY = "primary"
    REPLICA = "replica"


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node in steady state."""

    ordinal: int
    """Which pod of its zone's StatefulSet."""
    role: Role
    shard: int
    zone: str

    @property
    def name(self) -> str:
        """Name of its pod."""
        return f"{set_name(self.zone)}-{self.ordinal}"


def set_name(zone: str) -> str:
    """Return the name of a zone's StatefulSet."""
    return f"redis-{zone}"


def plan_nodes(zones: Sequence[str]) -> tuple[Node, ...]:
    """Return all nodes, shard by shard and the primary first."""
    if len(set(zones)) != ZONES or len(zones) != ZONES:
        raise ComponentError(
            refused("redis.zones", list(zones), f"{ZONES} different zones", "name one zone for each shard")
        )
    nodes = []
    for shard in range(ZONES):
        nodes.append(Node(ordinal=0, role=Role.PRIMARY, shard=shard, zone=zones[shard]))
        nodes.append(Node(ordinal=1, role=Role.REPLICA, shard=shard, zone=zones[(shard + 1) % ZONES]))
    return tuple(nodes)


def slot_range(shard: int) -> tuple[int, int]:
    """Return the first and the last slot of a shard."""
    return shard * SLOTS // ZONES, (shard + 1) * SLOTS // ZONES - 1


def render_nodes(nodes: Sequence[Node], *, host: Callable[[Node], str], port: Callable[[Node], int]) -> str:
    """Return the table of nodes that the scripts read: name, host, port, shard, role, first slot, last slot."""
    return "".join(
        f"{node.name} {host(node)} {port(node)} {node.shard} {node.role.value} {first} {last}\n"
        for node in nodes
        for first, last in (slot_range(node.shard),)
    )

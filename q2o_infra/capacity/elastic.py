"""How many elastic nodes the fewest pods of everything need."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from clouds.machine import InstanceType

SPARE_NODES = 1
"""A node that is replaced stands beside its successor for a while, and a rollout's surge needs room."""


@dataclass(frozen=True, kw_only=True)
class PodGroup:
    """Equal pods: what each asks for, and how many there are."""

    cpu_millicores: int
    memory_mib: int
    pods: int


def nodes_for(groups: Iterable[PodGroup], *, machine: InstanceType, on_each: Iterable[PodGroup], zones: int) -> int:
    """Return the fewest nodes that hold `groups`, spread evenly over `zones`, and `SPARE_NODES` more.

    `on_each` is what runs on every node besides. Raises `ValueError` when the machine has no room beside that.
    """
    taken = list(on_each)
    room = (
        machine.allocatable_millicores - sum(row.cpu_millicores * row.pods for row in taken),
        machine.allocatable_memory_mib - sum(row.memory_mib * row.pods for row in taken),
        machine.pods - sum(row.pods for row in taken),
    )
    if min(room) < 1:
        raise ValueError(f"{machine.name} has no room beside what runs on every node")
    # The pods that a zone may hold: a spread of one lets it have the odd one of every group.
    shares = [(group, math.ceil(group.pods / zones)) for group in groups]
    wanted = (
        sum(group.cpu_millicores * share for group, share in shares),
        sum(group.memory_mib * share for group, share in shares),
        sum(share for _, share in shares),
    )
    in_a_zone = max(math.ceil(need / have) for need, have in zip(wanted, room, strict=True))
    return zones * in_a_zone + SPARE_NODES

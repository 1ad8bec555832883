"""What a row of the tables says: an edge, who acts on custom resources, what stands in the cloud unknown to Pulumi.

Reasons that hold on several clouds stand here as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NOTHING_OUTSIDE = "Nothing outside the cluster comes of it; Pulumi saves itself the calls."
ENDS_BEFORE_ITS_NODE = "A pod that fits on no node gets one only while these stand, and is gone before its node is."
WAITS_FOR_ITS_PODS = "It waits for its pods, which run on system nodes, resolve names, and work until the end."


class When(StrEnum):
    """When an edge is needed; Pulumi knows it only for both."""

    CREATE = "create"
    DESTROY = "destroy"
    BOTH = "both"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What `dependent` waits for; or, in `DELETED_WITH`, what takes it along."""

    dependent: str
    prerequisites: tuple[str, ...]
    when: When
    reason: str


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Who brings an API group to the cluster and acts on its objects.

    Both stand before the first object and until the last is gone, because its finalizer needs them.
    """

    api_groups: tuple[str, ...]
    definitions: str
    operator: str


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Something in the cloud that Pulumi does not know."""

    made: str
    maker: str
    awaited_by: tuple[str, ...]
    """Resources whose deletion lasts until it is gone; none where nothing can wait for it."""
    outlived_by: tuple[str, ...]
    """What must stand until then: it acts on it, or cannot be deleted before."""
    how: str


@dataclass(frozen=True, kw_only=True)
class Order:
    """Tables of order that belong together: what holds everywhere, what one cloud has, or both for its plans."""

    depends_on: tuple[Row, ...]
    deleted_with: tuple[Row, ...]
    operators: tuple[Operator, ...]
    outside: tuple[Outside, ...] = ()

    def __add__(self, other: Order) -> Order:
        return Order(
            depends_on=self.depends_on + other.depends_on,
            deleted_with=self.deleted_with + other.deleted_with,
            operators=self.operators + other.operators,
            outside=self.outside + other.outside,
        )


def guard_after(pool: str) -> Row:
    """Return why the budget's guard waits for the pool whose limit it owns; each cloud calls the pool its own name."""
    return Row(
        dependent="CronJob budget-guard",
        prerequisites=(pool,),
        when=When.CREATE,
        reason="A first run without the pool would fail, and people would look for what is wrong.",
    )

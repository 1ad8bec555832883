"""How an edge that no data flow gives is written down, with its reason: the rows of `order.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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

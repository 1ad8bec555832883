"""What each cloud calls things: the fields of a dialect. The three stand in `aws.py`, `gcp.py` and `azure.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from q2o_infra.parity.findings import AnyCheck, Inputs
from q2o_infra.plan.recorder import Recording


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A pool of nodes as its cloud was told."""

    nodes: int
    """Fixed number, or the most there may be."""
    zones: int
    label: str
    """Value of the label that says which pool a node belongs to."""
    is_tainted: bool
    spot: bool
    """Whether spot machines are bought where there are any."""
    on_demand: bool
    """Whether machines are bought on demand, always or where no spot is left."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one cloud says what all three promise."""

    encryption: tuple[AnyCheck, ...]
    """Every type that keeps data, and what in its inputs encrypts it."""
    privacy: tuple[AnyCheck, ...]
    """Nodes without public addresses, and an API server that the internet does not reach."""
    identity: tuple[AnyCheck, ...]
    """Pods are known by short-lived tokens; whatever else would let somebody in by a constant is off."""
    static_credentials: frozenset[str]
    """Types that make a credential which does not expire; none is in a plan."""
    protection: tuple[AnyCheck, ...]
    """What refuses to be deleted in the cloud itself, whoever asks."""
    recovery: Mapping[str, Callable[[Recording], str]]
    """By type, where the one that belongs to the backups lies."""
    system_pool: Callable[[Recording], Pool]
    elastic_pool: Callable[[Recording], Pool]
    label_pattern: str
    """What keys and values of labels may consist of, for the labels that the program gives."""
    label_field: str
    """Argument by which a resource takes labels; one whose class lacks it cannot carry any."""
    labels_come_from_the_provider: bool
    """Whether the provider puts the labels on all that can carry them."""
    beyond_the_provider: Mapping[str, Callable[[Inputs], Sequence[Mapping[str, str] | None]]]
    """What a resource makes that the provider's labels do not reach although it costs money: by type, the labels of
    each thing that it makes."""
    unlabelled: Mapping[str, str]
    """Types whose class takes labels and that carry none, with the reason."""

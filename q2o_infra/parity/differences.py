"""What one cloud cannot do, or does another way: the explicit errors, and what stands in for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from q2o_infra.vocabulary import Cloud


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One row."""

    cloud: Cloud
    wish: str
    """What somebody used to another cloud would ask for."""
    instead: str
    """What stands there instead."""
    setting: Mapping[str, Any] | None = None
    """Settings that ask for it and are refused, by top-level key; `None` where there is nothing to ask with."""
    refusal: str = ""
    """The beginning of the sentence that refuses them."""


DIFFERENCES: tuple[Difference, ...] = ()

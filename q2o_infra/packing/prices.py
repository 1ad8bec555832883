"""How packing is told what a machine costs; the cost model answers from its price books."""

from __future__ import annotations

from typing import Protocol


class MachinePrices(Protocol):
    """Returns a machine's price in USD an hour, `None` where nobody knows one."""

    def __call__(self, machine: str, *, location: str, spot: bool) -> float | None:
        """Look it up."""

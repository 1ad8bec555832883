"""What a machine costs an hour, from the price book.

Spot varies by zone and by day; what is expected is the middle between the cheapest and the dearest zone.
"""

from __future__ import annotations

from typing import Protocol

from q2o_infra.vocabulary import Cloud


class MachinePrices(Protocol):
    """Returns a machine's price in USD an hour, `None` where nobody knows one."""

    def __call__(self, machine: str, *, location: str, spot: bool) -> float | None:
        """Look it up."""


def book_prices(cloud: Cloud) -> MachinePrices:
    """Return the prices of the cloud's book. Raises `CostError` when the cloud has none."""
    from q2o_infra.cost.machines import ON_DEMAND, SPOT_HIGH, SPOT_LOW, price_key
    from q2o_infra.cost.price_book import price_book

    book = price_book(cloud)

    def price(machine: str, *, location: str, spot: bool) -> float | None:
        kinds = (SPOT_LOW, SPOT_HIGH) if spot else (ON_DEMAND,)
        keys = [price_key(machine, kind) for kind in kinds]
        if not all(book.has(key, location) for key in keys):
            return None
        return float(sum(book.price(key, location).amount for key in keys)) / len(keys)

    return price

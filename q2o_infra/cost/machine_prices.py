"""What a machine costs an hour, from a price book.

Spot varies by zone and by day; what is expected is the middle between the cheapest and the dearest zone.
"""

from __future__ import annotations

from clouds.price_book import PriceBook
from q2o_infra.packing.prices import MachinePrices

ON_DEMAND = "on-demand"
SPOT_LOW = "spot-low"
SPOT_HIGH = "spot-high"


def price_key(machine: str, kind: str) -> str:
    """Return what a machine's price is called in the book."""
    return f"machine/{machine}/{kind}"


def book_prices(book: PriceBook) -> MachinePrices:
    """Return the prices of a book."""

    def price(machine: str, *, location: str, spot: bool) -> float | None:
        kinds = (SPOT_LOW, SPOT_HIGH) if spot else (ON_DEMAND,)
        keys = [price_key(machine, kind) for kind in kinds]
        if not all(book.has(key, location) for key in keys):
            return None
        return float(sum(book.price(key, location).amount for key in keys)) / len(keys)

    return price

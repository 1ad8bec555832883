"""The least that any choice of machines could cost for given requests: what a bill is measured against.

Machines are bought by fractions and filled to the brim, so no real bill can be lower. The cheapest prices of a core and
of a GiB are the two numbers at which every offered machine costs at least what it holds; the bound is the requests at
these prices (linear programming's dual, solved at its corners).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a machine has for pods, and its price."""

    cores: float
    gib: float
    usd_per_hour: float


@dataclass(frozen=True, kw_only=True)
class UnitPrices:
    """The cheapest prices that are consistent with every offer."""

    usd_per_core_hour: float
    usd_per_gib_hour: float

    def of(self, *, cores: float, gib: float) -> float:
        """Return what the requests cost an hour at these prices."""
        return cores * self.usd_per_core_hour + gib * self.usd_per_gib_hour


_ROUNDING = 1e-9


def unit_prices(offers: Sequence[Offer], *, cores: float, gib: float) -> UnitPrices:
    """Return the prices of a core and a GiB at which `cores` and `gib` cost most without any offer being overpaid.

    Raises `ValueError` without an offer.
    """
    if not offers:
        raise ValueError("no machine is offered")
    corners = [UnitPrices(usd_per_core_hour=0.0, usd_per_gib_hour=0.0)]
    corners += [UnitPrices(usd_per_core_hour=row.usd_per_hour / row.cores, usd_per_gib_hour=0.0) for row in offers]
    corners += [UnitPrices(usd_per_core_hour=0.0, usd_per_gib_hour=row.usd_per_hour / row.gib) for row in offers]
    for one, other in combinations(offers, 2):
        area = one.cores * other.gib - other.cores * one.gib
        if abs(area) > _ROUNDING:
            corners.append(
                UnitPrices(
                    usd_per_core_hour=(one.usd_per_hour * other.gib - other.usd_per_hour * one.gib) / area,
                    usd_per_gib_hour=(one.cores * other.usd_per_hour - other.cores * one.usd_per_hour) / area,
                )
            )
    allowed = [row for row in corners if _is_allowed(row, offers)]
    return max(allowed, key=lambda row: row.of(cores=cores, gib=gib))


def _is_allowed(prices: UnitPrices, offers: Sequence[Offer]) -> bool:
    return min(prices.usd_per_core_hour, prices.usd_per_gib_hour) >= -_ROUNDING and all(
        prices.of(cores=row.cores, gib=row.gib) <= row.usd_per_hour + _ROUNDING for row in offers
    )

"""A quantity in the three cases that an estimate knows: floor, expected, ceiling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

HOURS_PER_MONTH = Decimal(730)
"""365 x 24 / 12, as the clouds' own calculators count."""


@dataclass(frozen=True)
class Quantity:
    """How much of something in a month: at least, with the phase's load, and with every limit reached all the time."""

    floor: Decimal
    expected: Decimal
    ceiling: Decimal

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.floor + other.floor, self.expected + other.expected, self.ceiling + other.ceiling)

    def __mul__(self, factor: Decimal | int | Quantity) -> Quantity:
        if isinstance(factor, Quantity):
            return Quantity(self.floor * factor.floor, self.expected * factor.expected, self.ceiling * factor.ceiling)
        return self.each(lambda value: value * factor)

    def __truediv__(self, divisor: Decimal | int) -> Quantity:
        return self.each(lambda value: value / divisor)

    def each(self, change: Callable[[Decimal], Decimal]) -> Quantity:
        """Return the quantity with each of the three changed."""
        return Quantity(change(self.floor), change(self.expected), change(self.ceiling))

    def at_least(self, other: Quantity) -> Quantity:
        """Return the larger of the two in each case."""
        return Quantity(
            max(self.floor, other.floor), max(self.expected, other.expected), max(self.ceiling, other.ceiling)
        )


NONE = Quantity(Decimal(0), Decimal(0), Decimal(0))


def always(value: Decimal | int) -> Quantity:
    """Return a quantity that is the same in all three cases."""
    return Quantity(Decimal(value), Decimal(value), Decimal(value))


def all_month(count: int | Decimal) -> Quantity:
    """Return the hours of `count` things that stand all month."""
    return always(HOURS_PER_MONTH * count)

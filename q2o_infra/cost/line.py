"""A line of a bill, and which promise it pays for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from clouds.price_book import Price
from q2o_infra.cost.quantity import Quantity


class Group(StrEnum):
    """What lines of different clouds have in common, so that clouds can stand side by side. Not a component."""

    CONTROL_PLANE = "control plane"
    SYSTEM_NODES = "system nodes"
    ELASTIC_NODES = "elastic nodes"
    VOLUMES = "volumes"
    WAY_IN = "way in"
    TRAFFIC_OUT = "traffic out"
    WAY_OUT = "way out"
    BETWEEN_ZONES = "between zones"
    BACKUPS = "backups"
    LOGS = "logs"
    KEYS_AND_NAMES = "keys and names"


PROMISES: dict[Group, str] = {
    Group.CONTROL_PLANE: "a Kubernetes control plane that the cloud keeps",
    Group.SYSTEM_NODES: "three machines on demand, one in each zone: controllers, gateway, recorder, six Redis servers",
    Group.ELASTIC_NODES: "5 API pods and 50 agents at all times, with room for a rollout",
    Group.VOLUMES: "data that outlive their pod; root disks",
    Group.WAY_IN: "one address for users, whatever pod or zone is lost",
    Group.TRAFFIC_OUT: "answers to users and questions to LLM providers",
    Group.WAY_OUT: "machines without a public address that still reach the internet",
    Group.BETWEEN_ZONES: "three zones, so that the loss of one is survived",
    Group.BACKUPS: "copies of Redis in a second location, every hour",
    Group.LOGS: "who did what and who spoke with whom, for 30 days",
    Group.KEYS_AND_NAMES: "encryption with keys of our own, DNS, notices of lost spot machines",
}
"""What the platform promises by each group; a bill over budget is read against this."""


@dataclass(frozen=True, kw_only=True)
class PriceRange:
    """What one unit costs in the three cases; the same but for what a market prices."""

    floor: Decimal
    expected: Decimal
    ceiling: Decimal


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: a quantity times a price."""

    component: str
    group: Group
    what: str
    """What is paid for, in the reader's words."""
    why: str
    """Where the quantity comes from."""
    quantity: Quantity
    price_usd: PriceRange
    prices: tuple[Price, ...]
    """The rows of the book behind it; the first gives unit, source and date."""

    @property
    def unit(self) -> str:
        """Unit of the quantity."""
        return self.prices[0].unit

    @property
    def is_verified(self) -> bool:
        """Whether every price behind it was read somewhere."""
        return all(price.is_verified for price in self.prices)

    @property
    def usd(self) -> Quantity:
        """What it costs in a month."""
        return Quantity(
            self.quantity.floor * self.price_usd.floor,
            self.quantity.expected * self.price_usd.expected,
            self.quantity.ceiling * self.price_usd.ceiling,
        )


def flat(price: Price) -> PriceRange:
    """Return the range of a price that no market moves."""
    return PriceRange(floor=price.amount, expected=price.amount, ceiling=price.amount)

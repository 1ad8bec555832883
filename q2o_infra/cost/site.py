"""What the meters look at: one region's plan with its book, its users and its nodes, and how they write a line."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from clouds.price_book import Price, PriceBook
from q2o_infra.cost.assumptions import Assumptions
from q2o_infra.cost.line import Group, Line, PriceRange, flat
from q2o_infra.cost.nodes import Pools
from q2o_infra.cost.quantity import Quantity
from q2o_infra.cost.usage import Usage
from q2o_infra.plan.document import component_of
from q2o_infra.plan.monitor import PROVIDER_PREFIX, Registration
from q2o_infra.plan.recorder import Recording
from q2o_infra.region import RegionFacts

_LOCATION_KEYS = ("region", "location")


@dataclass(frozen=True, kw_only=True)
class Site:
    """One region to be priced."""

    recording: Recording
    facts: RegionFacts
    book: PriceBook
    assumptions: Assumptions
    usage: Usage
    pools: Pools
    backup_interval_minutes: Decimal
    savings_percent: Decimal
    """Discount on machines that stand all month; 0 without a commitment."""
    owners: dict[str, str] = field(default_factory=dict)
    """Outermost component by URN."""
    provider_locations: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What a provider says of its location, by URN."""

    def owner(self, row: Registration) -> str:
        """Return the component that a resource belongs to."""
        return self.owners.get(row.urn) or "(program)"

    def location(self, row: Registration) -> str:
        """Return where a resource stands: by its own inputs, else by its provider, else at the region's home."""
        known = {self.facts.location.name, self.facts.recovery.name}
        above = self.provider_locations.get(row.provider.rpartition("::")[0], ())
        return next((place for place in (*locations_in(row), *above) if place in known), self.facts.location.name)

    def line(
        self,
        row: Registration,
        group: Group,
        what: str,
        quantity: Quantity,
        price: str,
        *,
        why: str,
        location: str | None = None,
    ) -> Line:
        """Return a line at one price."""
        found = self.book.price(price, location or self.location(row))
        return Line(
            component=self.owner(row),
            group=group,
            what=what,
            why=why,
            quantity=quantity,
            price_usd=flat(found),
            prices=(found,),
        )

    def priced(
        self,
        row: Registration,
        group: Group,
        what: str,
        quantity: Quantity,
        prices: PriceRange,
        rows: tuple[Price, ...],
        *,
        why: str,
    ) -> Line:
        """Return a line whose price differs between the cases."""
        return Line(
            component=self.owner(row),
            group=group,
            what=what,
            why=why,
            quantity=quantity,
            price_usd=prices,
            prices=rows,
        )


def locations_in(row: Registration) -> tuple[str, ...]:
    """Return what a resource's own inputs say of its location."""
    inputs = row.wire_inputs
    return tuple(str(inputs[key]).lower() for key in _LOCATION_KEYS if isinstance(inputs.get(key), str))


def providers_of(recording: Recording) -> dict[str, tuple[str, ...]]:
    """Return what each provider says of its location, by URN."""
    return {row.urn: locations_in(row) for row in recording.resources if row.type.startswith(PROVIDER_PREFIX)}


def owners_of(recording: Recording) -> dict[str, str]:
    """Return the outermost component of every resource, by URN."""
    return component_of(recording)

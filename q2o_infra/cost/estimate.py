"""The estimate: every resource of a plan, its lines, and what they add up to.

A pure function of plan, facts, book and assumptions. Every type is priced or declared free; one that the table does
not know stops it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from clouds.price_book import Price, PriceBook, price_book
from q2o_infra.cost.assumptions import Assumptions
from q2o_infra.cost.clouds import SAVINGS_PERCENT, cloud_model
from q2o_infra.cost.line import Group, Line
from q2o_infra.cost.machine_prices import book_prices
from q2o_infra.cost.nodes import FewestNodes, Pools, fewest_nodes, standing_pools
from q2o_infra.cost.quantity import NONE, Quantity
from q2o_infra.cost.site import Site, owners_of, providers_of
from q2o_infra.cost.treatment import Priced, treatment_of
from q2o_infra.cost.usage import Usage, usage_of
from q2o_infra.cost.what_if import WhatIf
from q2o_infra.phases.contract import region_usd_per_month
from q2o_infra.plan.recorder import Recording
from q2o_infra.region import RegionFacts


@dataclass(frozen=True, kw_only=True)
class Options:
    """What may differ between two estimates of one plan."""

    what_if: WhatIf = field(default_factory=WhatIf)
    savings_plan: bool = False


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a region costs in a month."""

    facts: RegionFacts
    pools: Pools
    usage: Usage
    options: Options
    lines: tuple[Line, ...]

    @property
    def usd(self) -> Quantity:
        """The sum of all lines."""
        return total(self.lines)

    @property
    def budget_usd(self) -> Decimal:
        """What the region may cost in its phase."""
        return Decimal(region_usd_per_month(self.facts.contract, self.facts.place.region))

    @property
    def per_user_usd(self) -> Decimal:
        """Expected cost by concurrent user."""
        return self.usd.expected / self.usage.users if self.usage.users else Decimal(0)

    @property
    def is_over_budget(self) -> bool:
        """Whether the phase's load costs more than the region may."""
        return self.usd.expected > self.budget_usd

    @property
    def unverified_usd(self) -> Decimal:
        """Expected cost whose price nobody read anywhere."""
        return total(tuple(line for line in self.lines if not line.is_verified)).expected

    def prices(self) -> tuple[Price, ...]:
        """Return the rows of the book that it used, each once."""
        return tuple(dict.fromkeys(price for line in self.lines for price in line.prices))

    def by_group(self) -> dict[Group, Quantity]:
        """Return the sum of each group that has a line, in the order of the groups."""
        return {
            group: total(rows) for group in Group if (rows := tuple(line for line in self.lines if line.group is group))
        }

    def by_component(self) -> dict[str, Quantity]:
        """Return the sum of each component that has a line, sorted by name."""
        return {
            name: total(tuple(line for line in self.lines if line.component == name))
            for name in sorted({line.component for line in self.lines})
        }


def total(lines: tuple[Line, ...]) -> Quantity:
    """Return the sum of `lines`."""
    return sum((line.usd for line in lines), start=NONE)


def estimate(
    recording: Recording,
    facts: RegionFacts,
    *,
    options: Options | None = None,
    book: PriceBook | None = None,
    fewest: FewestNodes | None = None,
) -> Estimate:
    """Return what the plan of a region costs in a month.

    `fewest` are the nodes that an earlier estimate of the same plan has packed; without them the plan is packed here.
    Raises `CostError` for a type that is not in its cloud's table, a price that is missing, an impossible quantity.
    """
    options, book = options or Options(), book or price_book(facts.location.cloud)
    model = cloud_model(facts.location.cloud)
    what_if = options.what_if
    assumptions = Assumptions.model_validate({**Assumptions().model_dump(), **what_if.assumptions})
    usage = usage_of(facts.contract, facts.place.region, assumptions)
    if what_if.users is not None:
        usage = usage.with_users(what_if.users)
    declared = model.read_pools(recording)
    fewest = fewest or fewest_nodes(facts, recording, book_prices(book))
    pools = standing_pools(declared, fewest, budgeted=facts.contract.elastic_nodes_budgeted)
    pools = replace(pools, elastic_node_hours=what_if.node_hours(pools, facts.contract.nodes_maximum))
    site = Site(
        recording=recording,
        facts=facts,
        book=book,
        assumptions=assumptions,
        usage=usage,
        pools=pools,
        backup_interval_minutes=what_if.backup_interval_minutes
        or Decimal(facts.settings.redis.backup_interval_minutes),
        savings_percent=SAVINGS_PERCENT if options.savings_plan else Decimal(0),
        owners=owners_of(recording),
        provider_locations=providers_of(recording),
    )
    lines: list[Line] = []
    for row in recording.resources:
        if row.custom:
            treatment = treatment_of(model.table, row, table_file=model.table_file)
            lines += treatment.meter(site, row) if isinstance(treatment, Priced) else ()
    return Estimate(facts=facts, pools=pools, usage=usage, options=options, lines=merged(lines))


def merged(lines: list[Line]) -> tuple[Line, ...]:
    """Return the lines, those of one component, name and price added up, in a stable order."""
    by_key: dict[tuple[str, Group, str, tuple[Price, ...]], Line] = {}
    for line in lines:
        key = (line.component, line.group, line.what, line.prices)
        found = by_key.get(key)
        by_key[key] = replace(found, quantity=found.quantity + line.quantity) if found else line
    groups = list(Group)
    return tuple(sorted(by_key.values(), key=lambda line: (groups.index(line.group), line.component, line.what)))

"""What a person must hear of an estimate: that it is over budget, that it can become so, that prices are old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from clouds.price_book import age_warnings
from q2o_infra.cost.estimate import Estimate
from q2o_infra.cost.levers import BIGGEST, Again, levers, node_hours


def over_budget(found: Estimate, again: Again) -> str | None:
    """Return the sentence for a bill over budget, with the three biggest levers, or `None` when it is within."""
    if not found.is_over_budget:
        return None
    named = "; ".join(
        f"{lever.action} saves {lever.saves_usd_per_month:,.0f} USD" for lever in levers(found, again)[:BIGGEST]
    )
    return (
        f"{found.facts.stack}: {found.usd.expected:,.0f} USD a month at expected load is over the budget of "
        f"{found.budget_usd:,.0f} USD by {found.usd.expected - found.budget_usd:,.0f}; pull a lever: {named}."
    )


def warnings(found: Estimate, today: date) -> tuple[str, ...]:
    """Return what is no reason to stop: a ceiling over budget, old prices. `today` is the day of the question."""
    return (*_ceiling(found), *age_warnings(found.prices(), today))


def _ceiling(found: Estimate) -> Iterator[str]:
    if found.usd.ceiling > found.budget_usd:
        hours = node_hours(found)
        yield (
            f"the ceiling of {found.usd.ceiling:,.0f} USD is over the budget of {found.budget_usd:,.0f} USD: it counts "
            f"{hours.ceiling_hours:,.0f} elastic node-hours, and beside those expected the budget pays "
            f"{hours.affordable_hours:,.0f} more at {hours.usd_per_hour:.3f} USD each; the guard bounds the rest."
        )

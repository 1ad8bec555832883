"""An estimate for machines, and the difference between two of them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from components.base.errors import CostError, refused
from q2o_infra.cost.estimate import Estimate
from q2o_infra.cost.line import PROMISES, Line
from q2o_infra.region import RegionFacts

_CENTS = 2
_PRICE_DIGITS = 6
_QUANTITY_DIGITS = 3


def usd(amount: Decimal) -> float:
    """Return an amount in whole cents."""
    return round(float(amount), _CENTS)


def estimate_document(found: Estimate, *, warnings: Collection[str] = ()) -> dict[str, Any]:
    """Return the estimate as plain data; amounts are USD a month unless their key says otherwise."""
    facts = found.facts
    return {
        "stack": facts.stack,
        "cloud": facts.location.cloud.value,
        "location": facts.location.name,
        "phase": int(facts.contract.phase),
        "environment": facts.settings.environment.value,
        "floor_usd_per_month": usd(found.usd.floor),
        "expected_usd_per_month": usd(found.usd.expected),
        "ceiling_usd_per_month": usd(found.usd.ceiling),
        "budget_usd_per_month": usd(found.budget_usd),
        "per_user_usd_per_month": round(float(found.per_user_usd), 4),
        "unverified_usd_per_month": usd(found.unverified_usd),
        "users": found.usage.users,
        "elastic_node_hours_per_month": round(float(found.pools.elastic_node_hours.expected), _QUANTITY_DIGITS),
        "savings_plan": found.options.savings_plan,
        "what_if": list(found.options.what_if.entries),
        "components": {
            name: {"floor_usd": usd(row.floor), "expected_usd": usd(row.expected), "ceiling_usd": usd(row.ceiling)}
            for name, row in found.by_component().items()
        },
        "groups": {
            group.value: {
                "floor_usd": usd(row.floor),
                "expected_usd": usd(row.expected),
                "ceiling_usd": usd(row.ceiling),
                "promise": PROMISES[group],
            }
            for group, row in found.by_group().items()
        },
        "warnings": list(warnings),
        "lines": [_line(row) for row in found.lines],
    }


def _line(row: Line) -> dict[str, Any]:
    return {
        "component": row.component,
        "group": row.group.value,
        "what": row.what,
        "why": row.why,
        "unit": row.unit,
        "quantity_floor": round(float(row.quantity.floor), _QUANTITY_DIGITS),
        "quantity_expected": round(float(row.quantity.expected), _QUANTITY_DIGITS),
        "quantity_ceiling": round(float(row.quantity.ceiling), _QUANTITY_DIGITS),
        "price_usd": round(float(row.price_usd.expected), _PRICE_DIGITS),
        "price_floor_usd": round(float(row.price_usd.floor), _PRICE_DIGITS),
        "price_ceiling_usd": round(float(row.price_usd.ceiling), _PRICE_DIGITS),
        "floor_usd": usd(row.usd.floor),
        "expected_usd": usd(row.usd.expected),
        "ceiling_usd": usd(row.usd.ceiling),
        "source": row.prices[0].source,
        "date": row.prices[0].date.isoformat(),
        "location": row.prices[0].location,
        "is_verified": row.is_verified,
    }


@dataclass(frozen=True, kw_only=True)
class Before:
    """An earlier estimate, as far as a difference needs it."""

    source: str
    stack: str
    cloud: str
    phase: int
    expected_usd: Decimal
    components: dict[str, Decimal]

    def check_same(self, facts: RegionFacts) -> None:
        """Raise `CostError` when the estimate is of another stack, cloud or phase than `facts`."""
        asked = (facts.stack, facts.location.cloud.value, int(facts.contract.phase))
        if (self.stack, self.cloud, self.phase) != asked:
            raise CostError(
                refused(
                    f"against.{self.source}",
                    _named(self.stack, self.cloud, self.phase),
                    f"a difference is of one stack, cloud and phase, here of {_named(*asked)}",
                    f"write one of that with `q2o cost {facts.stack} --json`; --compare shows clouds side by side",
                )
            )


def _named(stack: str, cloud: str, phase: int) -> str:
    return f"{stack} on {cloud} in phase {phase}"


def read_before(path: Path) -> Before:
    """Return the estimate in a file that `q2o cost --json` wrote.

    Raises `CostError` for anything else, and for an estimate with a what-if, which is no plan.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal)
        what_if = ", ".join(document["what_if"])
        before = Before(
            source=path.name,
            stack=str(document["stack"]),
            cloud=str(document["cloud"]),
            phase=int(document["phase"]),
            expected_usd=document["expected_usd_per_month"],
            components={name: row["expected_usd"] for name, row in document["components"].items()},
        )
    except OSError as error:
        raise CostError(
            f"{path.name}: the file cannot be read: {error.strerror}; name what `q2o cost STACK --json` wrote."
        ) from None
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError):
        raise CostError(
            refused("against", path.name, "it is no estimate", "name a file that `q2o cost STACK --json` wrote")
        ) from None
    if what_if:
        raise CostError(
            refused(
                f"against.{path.name}",
                what_if,
                "an estimate with a what-if is of no plan",
                f"write it again with `q2o cost {before.stack} --json`, without a what-if",
            )
        )
    return before

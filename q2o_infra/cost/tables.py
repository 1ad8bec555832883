"""An estimate for a screen, and for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from rich.console import Group as Together
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from q2o_infra.cost.document import Before
from q2o_infra.cost.estimate import Estimate
from q2o_infra.cost.line import PROMISES, Group
from q2o_infra.cost.managed import Alternative


def heading(found: Estimate) -> str:
    """Return one line that says what was estimated."""
    facts, entries = found.facts, found.options.what_if.entries
    what_if = f"; what if {', '.join(entries)}" if entries else ""
    return (
        f"{facts.stack} on {facts.location.cloud.value} at {facts.location.name}, phase {int(facts.contract.phase)}, "
        f"{facts.settings.environment.value}: {found.usage.users:,} concurrent users{what_if}"
    )


def estimate_table(found: Estimate) -> RenderableType:
    """Return every line with its price and source, and the sums against the budget."""
    table = _table(
        "component", "what", "unit", "floor", "expected", "ceiling", "price", "floor $", "expected $", "ceiling $"
    )
    previous = ""
    for line in sorted(found.lines, key=lambda row: row.component):
        quantity, cost = line.quantity, line.usd
        table.add_row(
            line.component if line.component != previous else "",
            line.what + ("" if line.is_verified else " *"),
            line.unit,
            *(f"{value:,.1f}" for value in (quantity.floor, quantity.expected, quantity.ceiling)),
            f"{line.price_usd.expected:.4f}",
            *(f"{value:,.2f}" for value in (cost.floor, cost.expected, cost.ceiling)),
        )
        previous = line.component
    parts: list[RenderableType] = [Text(heading(found)), table, Text(""), group_table(found), Text("")]
    return Together(*parts, sources_table(found), Text(""), *(Text(line) for line in summary(found)))


def group_table(found: Estimate) -> Table:
    """Return what each promise costs."""
    table = _table("group", "expected $", "what it pays for", text=("group", "what it pays for"))
    for group, cost in found.by_group().items():
        table.add_row(group.value, f"{cost.expected:,.2f}", PROMISES[group])
    return table


def sources_table(found: Estimate) -> Table:
    """Return where the prices come from, and what of the expected bill rests on each."""
    rests: dict[tuple[str, str], Decimal] = {}
    for line in found.lines:
        key = (line.prices[0].source.split(": ")[0], line.prices[0].date.isoformat())
        rests[key] = rests.get(key, Decimal(0)) + line.usd.expected
    table = _table("source of prices", "date", "expected $", text=("source of prices", "date"))
    for (source, day), amount in sorted(rests.items(), key=lambda row: -row[1]):
        table.add_row(source, day, f"{amount:,.2f}")
    return table


def summary(found: Estimate) -> Iterable[str]:
    """Return the sums, the budget, the cost of a user and what of it nobody verified."""
    cost, budget = found.usd, found.budget_usd
    against = "over" if found.is_over_budget else "within"
    yield f"floor {cost.floor:,.2f}, expected {cost.expected:,.2f}, ceiling {cost.ceiling:,.2f} USD a month"
    yield f"budget {budget:,.2f} USD a month: expected is {against} it by {abs(budget - cost.expected):,.2f}"
    yield f"{found.per_user_usd:.4f} USD a month for each concurrent user"
    yield f"* {found.unverified_usd:,.2f} USD of expected rest on prices of general knowledge, unverified"


def comparison_table(found: Mapping[str, Estimate | str]) -> RenderableType:
    """Return clouds side by side by what lines have in common; a text says why a cloud has no estimate."""
    there = {cloud: row for cloud, row in found.items() if isinstance(row, Estimate)}
    table = _table("expected $", *there, text=("expected $",))
    groups = {cloud: row.by_group() for cloud, row in there.items()}
    for group in Group:
        if any(group in row for row in groups.values()):
            table.add_row(
                group.value, *(f"{row[group].expected:,.2f}" if group in row else "-" for row in groups.values())
            )
    for name, cells in (
        ("floor", [f"{row.usd.floor:,.2f}" for row in there.values()]),
        ("expected", [f"{row.usd.expected:,.2f}" for row in there.values()]),
        ("ceiling", [f"{row.usd.ceiling:,.2f}" for row in there.values()]),
        ("budget", [f"{row.budget_usd:,.2f}" for row in there.values()]),
        ("against the budget", [_held(row) for row in there.values()]),
        ("unverified", [f"{row.unverified_usd:,.2f}" for row in there.values()]),
    ):
        table.add_row(name, *cells)
    what_if = next((row.options.what_if.entries for row in there.values()), ())
    return Together(
        *([Text(f"what if {', '.join(what_if)}")] if what_if else []),
        table,
        *(Text(f"{cloud}: {why}") for cloud, why in found.items() if isinstance(why, str)),
    )


def _held(row: Estimate) -> str:
    if not row.is_over_budget:
        return "within"
    return f"over by {row.usd.expected - row.budget_usd:,.2f}"


def managed_table(found: Mapping[str, tuple[Alternative, ...]]) -> RenderableType:
    """Return what managed services would cost instead."""
    table = _table(
        "cloud", "instead of", "managed service", "in cluster $", "managed $", "more $",
        text=("cloud", "instead of", "managed service"),
    )  # fmt: skip
    for cloud, rows in found.items():
        for row in rows:
            table.add_row(
                cloud,
                row.replaces,
                row.service + ("" if row.price.is_verified else " *"),
                f"{row.in_cluster_usd:,.2f}",
                f"{row.managed_usd:,.2f}",
                f"{row.more_usd:,.2f}",
            )
    said = ["in cluster: its share of the system nodes by memory, and its volumes"]
    if any(not row.price.is_verified for rows in found.values() for row in rows):
        said.append("* its price is general knowledge, unverified")
    return Together(table, *(Text(line) for line in said))


def render_markdown(found: Estimate, before: Before | None, notes: Iterable[str]) -> str:
    """Return a comment for a pull request: what each component costs, and the difference to `before`."""
    cost = found.usd
    columns = ["component", "floor", "expected", "ceiling", *(["change"] if before else [])]
    rows = [
        [
            name,
            *(f"{value:,.2f}" for value in (row.floor, row.expected, row.ceiling)),
            *_change(before, name, row.expected),
        ]
        for name, row in found.by_component().items()
    ]
    gone = [
        [name, "0.00", "0.00", "0.00", f"{-amount:+,.2f}"]
        for name, amount in (before.components if before else {}).items()
        if name not in found.by_component()
    ]
    sums = [f"**{value:,.2f}**" for value in (cost.floor, cost.expected, cost.ceiling)]
    if before:
        sums.append(f"**{cost.expected - before.expected_usd:+,.2f}**")
    lines = [
        f"### Cost of {heading(found)}",
        "",
        f"USD a month; budget {found.budget_usd:,.0f}, {found.per_user_usd:.4f} a user"
        + (f"; change against {before.source}" if before else "")
        + ".",
        "",
        f"| {' | '.join(columns)} |",
        f"|---|{'---:|' * (len(columns) - 1)}",
        *(f"| {' | '.join(row)} |" for row in (*rows, *gone)),
        f"| **sum** | {' | '.join(sums)} |",
        "",
        *(f"- {note}" for note in notes),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _change(before: Before | None, name: str, expected: Decimal) -> list[str]:
    return [f"{expected - before.components.get(name, Decimal(0)):+,.2f}"] if before else []


def _table(*columns: str, text: tuple[str, ...] = ("component", "what", "unit")) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column in text else "right", overflow="fold")
    return table

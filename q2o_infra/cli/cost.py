"""`q2o cost`: what a region costs in a month, line by line, against its budget."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from components.base.errors import EXIT_NO, Q2OError
from components.base.vocabulary import Cloud
from q2o_infra.cli.options import json_option, look_options, settings_of, stack_argument

if TYPE_CHECKING:
    from q2o_infra.cost.estimate import Estimate
    from q2o_infra.plan.recorder import Recording
    from q2o_infra.region import RegionFacts

_WIDTH = 170
"""Columns of the table, whatever the terminal, so that the same input gives the same bytes."""


@click.command()
@stack_argument
@click.argument("more", nargs=-1, metavar="[KEY=NUMBER]...")
@look_options
@json_option
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a comment for a pull request.")
@click.option("--against", type=click.Path(dir_okay=False, path_type=Path), help="Show the difference to this --json.")
@click.option("--what-if", multiple=True, metavar="KEY=NUMBER", help="Change an input for a look; repeatable.")
@click.option("--compare", is_flag=True, help="Show all clouds, and what managed services would cost instead.")
@click.option("--savings-plan", is_flag=True, help="Commit to the system nodes for a year, without prepayment.")
@click.option("--on", "day", metavar="DATE", help="Day at which the age of prices is judged, instead of today.")
def cost(stack: str, more: tuple[str, ...], **asked: Any) -> None:
    """Estimate what STACK costs in a month; exit code 1 when the phase's load costs more than its budget.

    KEY=NUMBER after STACK is the same as --what-if KEY=NUMBER.
    """
    _answer(stack, more, _Asked(**asked))


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """The options of one call."""

    cloud: str | None
    phase: str | None
    environment: str | None
    against: Path | None
    what_if: tuple[str, ...]
    day: str | None
    as_json: bool
    as_markdown: bool
    compare: bool
    savings_plan: bool

    @property
    def looks(self) -> dict[str, str | None]:
        """What is put over the stack file."""
        return {"cloud": self.cloud, "environment": self.environment, "phase": self.phase}


def _answer(stack: str, more: tuple[str, ...], asked: _Asked) -> None:
    from q2o_infra.cost.document import estimate_document, read_before
    from q2o_infra.cost.estimate import Options, estimate
    from q2o_infra.cost.tables import estimate_table, render_markdown
    from q2o_infra.cost.verdict import over_budget, warnings
    from q2o_infra.cost.what_if import parse_what_if

    if asked.as_json and asked.as_markdown:
        raise click.UsageError("--json and --markdown exclude each other: choose one of them.")
    if asked.against and not asked.as_markdown:
        raise click.UsageError("--against goes with --markdown: add it.")
    today = _day(asked.day)
    before = read_before(asked.against) if asked.against else None
    options = Options(what_if=parse_what_if((*asked.what_if, *more)), savings_plan=asked.savings_plan)
    recording, facts = _planned(stack, **asked.looks)
    if before:
        before.check_same(facts)
    found = estimate(recording, facts, options=options)
    refusal = over_budget(found, lambda other: estimate(recording, facts, options=other, fewest=found.pools.fewest))
    said = warnings(found, today)
    compared = _compared(stack, asked.looks, found, recording) if asked.compare else None
    if asked.as_json:
        document = estimate_document(found, warnings=said)
        if compared:
            document["compare"] = _compare_document(*compared)
        click.echo(json.dumps(document, indent=2, sort_keys=True))
    elif asked.as_markdown:
        click.echo(render_markdown(found, before, [*([refusal] if refusal else []), *said]), nl=False)
    else:
        console = Console(soft_wrap=True, highlight=False, width=_WIDTH)
        console.print(_comparison(*compared) if compared else estimate_table(found))
    if not asked.as_markdown:
        for line in said:
            click.echo(f"warning: {line}", err=True)
    if refusal:
        click.echo(f"error: {refusal}", err=True)
        sys.exit(EXIT_NO)


def _day(given: str | None) -> date:
    if given is None:
        return datetime.now(tz=UTC).date()
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise click.UsageError(f"--on: {given!r} is no day: write it as YYYY-MM-DD.") from None


def _planned(stack: str, **looks: str | None) -> tuple[Recording, RegionFacts]:
    from q2o_infra.plan.region_plan import plan_region
    from q2o_infra.region import decide_region

    settings = settings_of(stack, **looks)
    overridden = [key for key, value in looks.items() if value is not None]
    return plan_region(stack, settings, overridden=overridden), decide_region(stack, settings, overridden=overridden)


def _compared(
    stack: str, looks: dict[str, str | None], own: Estimate, recording: Recording
) -> tuple[dict[str, Estimate | str], dict[str, Any]]:
    """Return the estimate on each cloud that the program can build, or why there is none, and managed alternatives."""
    from clouds.price_book import price_book
    from q2o_infra.cost.estimate import estimate
    from q2o_infra.cost.managed import alternatives

    found: dict[str, Estimate | str] = {}
    managed = {}
    for cloud in Cloud:
        try:
            if cloud is own.facts.location.cloud:
                plan, priced = recording, own
            else:
                plan, facts = _planned(stack, **{**looks, "cloud": cloud.value})
                priced = estimate(plan, facts, options=own.options)
            found[cloud.value] = priced
            managed[cloud.value] = alternatives(priced, plan, price_book(cloud))
        except Q2OError as error:
            found[cloud.value] = error.message
    return found, managed


def _comparison(found: dict[str, Estimate | str], managed: dict[str, Any]) -> Any:
    from rich.console import Group
    from rich.text import Text

    from q2o_infra.cost.tables import comparison_table, managed_table

    return Group(comparison_table(found), Text(""), managed_table(managed))


def _compare_document(found: dict[str, Estimate | str], managed: dict[str, Any]) -> dict[str, Any]:
    from q2o_infra.cost.document import estimate_document, usd

    return {
        "clouds": {
            cloud: {"why_not": row} if isinstance(row, str) else estimate_document(row) for cloud, row in found.items()
        },
        "managed": [
            {
                "cloud": cloud,
                "replaces": row.replaces,
                "service": row.service,
                "in_cluster_usd_per_month": usd(row.in_cluster_usd),
                "managed_usd_per_month": usd(row.managed_usd),
                "source": row.price.source,
                "date": row.price.date.isoformat(),
            }
            for cloud, rows in managed.items()
            for row in rows
        ],
    }

"""`q2o capacity`: which pods sit on which nodes, how full these are, and what they cost against the least possible."""

from __future__ import annotations

import json
import sys

import click
from rich.console import Console

from components.base.errors import EXIT_NO
from q2o_infra.cli.options import json_option, look_options, settings_of, stack_argument


@click.command()
@stack_argument
@look_options
@json_option
def capacity(stack: str, cloud: str | None, phase: str | None, environment: str | None, *, as_json: bool) -> None:
    """Pack the pods of STACK onto its nodes; exit code 1 when they do not fit, or nodes are too empty or too dear."""
    from clouds.price_book import price_book
    from q2o_infra.cost.machine_prices import book_prices
    from q2o_infra.packing.document import capacity_document, capacity_table
    from q2o_infra.packing.quotas import region_quotas
    from q2o_infra.packing.report import region_capacity
    from q2o_infra.plan.region_plan import plan_region
    from q2o_infra.region import decide_region

    options = {"cloud": cloud, "environment": environment, "phase": phase}
    overridden = [key for key, value in options.items() if value is not None]
    settings = settings_of(stack, **options)
    facts = decide_region(stack, settings, overridden=overridden)
    recording = plan_region(stack, settings, overridden=overridden)
    found = region_capacity(facts, recording, book_prices(price_book(settings.cloud)))
    quotas = region_quotas(facts, recording, found)
    if as_json:
        click.echo(json.dumps(capacity_document(facts, found, quotas), indent=2, sort_keys=True))
    else:
        Console(soft_wrap=True, highlight=False, width=_WIDTH).print(capacity_table(facts, found, quotas))
    if not found.is_met:
        sys.exit(EXIT_NO)


_WIDTH = 160
"""Columns of the tables, of one width whatever the terminal."""

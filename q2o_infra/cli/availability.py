"""`q2o availability`: what a region promises about being there, term by term."""

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
def availability(stack: str, cloud: str | None, phase: str | None, environment: str | None, *, as_json: bool) -> None:
    """Compute how available STACK is over 30 days; exit code 1 when that breaks the phase's promise."""
    from q2o_infra.availability import availability_document, availability_table, region_availability
    from q2o_infra.region import decide_region

    options = {"cloud": cloud, "environment": environment, "phase": phase}
    overridden = [key for key, value in options.items() if value is not None]
    found = region_availability(decide_region(stack, settings_of(stack, **options), overridden=overridden))
    if as_json:
        click.echo(json.dumps(availability_document(found), indent=2, sort_keys=True))
    else:
        Console(soft_wrap=True, highlight=False, width=_WIDTH).print(availability_table(found))
    if not found.is_kept:
        sys.exit(EXIT_NO)


_WIDTH = 120
"""Columns of the table, of one width whatever the terminal."""

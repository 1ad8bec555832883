"""`q2o plan`: what a region consists of, without a credential."""

from __future__ import annotations

import json

import click
from rich.console import Console

from q2o_infra.cli.options import json_option, look_options, settings_of, stack_argument


@click.command()
@stack_argument
@look_options
@json_option
@click.option("--picture", is_flag=True, help="Print the components and their order as a Mermaid flowchart.")
def plan(
    stack: str, cloud: str | None, phase: str | None, environment: str | None, *, as_json: bool, picture: bool
) -> None:
    """Show everything that STACK consists of. Needs no cloud, no cluster and no Pulumi CLI."""
    # The program imports the cloud SDKs; the other commands start without them.
    from q2o_infra.plan.document import plan_document, plan_table
    from q2o_infra.plan.picture import render_picture
    from q2o_infra.plan.region_plan import plan_region

    if as_json and picture:
        raise click.UsageError("--json and --picture exclude each other: choose one of them.")
    options = {"cloud": cloud, "environment": environment, "phase": phase}
    settings = settings_of(stack, **options)
    recording = plan_region(stack, settings, overridden=[key for key, value in options.items() if value is not None])
    document = plan_document(stack, settings, recording)
    if as_json:
        click.echo(json.dumps(document, indent=2, sort_keys=True))
    elif picture:
        click.echo(render_picture(document, recording), nl=False)
    else:
        # Of one width whatever the terminal, so that the same input gives the same bytes.
        Console(soft_wrap=True, highlight=False, width=_WIDTH).print(plan_table(document, recording))


_WIDTH = 120
"""Columns of the table; long enough for the longest type name."""

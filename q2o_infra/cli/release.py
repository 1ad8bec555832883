"""`q2o release`: what runs where."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from q2o_infra.cli.options import json_option, look_options, root_option, settings_of, stack_argument

_WIDTH = 120
"""Columns of the table, whatever the terminal, so that the same input gives the same bytes."""


@click.command()
@stack_argument
@look_options
@root_option
@json_option
def release(
    stack: str, cloud: str | None, phase: str | None, environment: str | None, root: Path, *, as_json: bool
) -> None:
    """Show what STACK runs by its release file and, where its sandbox stands, what runs there."""
    # The program imports the cloud SDKs; the other commands start without them.
    from q2o_infra.plan.release_document import release_document, release_table
    from sandbox.running import running_pods

    settings = settings_of(stack, cloud=cloud, environment=environment, phase=phase)
    document = release_document(stack, settings, running=running_pods(stack, root=root))
    if as_json:
        click.echo(json.dumps(document, indent=2, sort_keys=True))
    else:
        Console(soft_wrap=True, highlight=False, width=_WIDTH).print(release_table(document))

"""`q2o up`, `q2o down`, `q2o status`: a region on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from q2o_infra.cli.options import json_option, root_option, stack_argument


@click.command()
@stack_argument
@click.option("--cloud", default=None, help="A cloud, instead of the stack file's.")
@click.option("--phase", default=None, help="1 to 4, instead of the stack file's.")
@root_option
@json_option
def up(stack: str, cloud: str | None, phase: str | None, root: Path, *, as_json: bool) -> None:
    """Bring STACK up in the sandbox, or to what its file says now."""
    from sandbox import operations
    from sandbox.screen import Screen
    from sandbox.summary import summary_table

    summary = operations.up(stack, overrides={"cloud": cloud, "phase": phase}, screen=Screen(), root=root)
    if as_json:
        click.echo(json.dumps(summary, indent=2, sort_keys=True))
    else:
        Console(soft_wrap=True, highlight=False).print(summary_table(summary))


@click.command()
@stack_argument
@click.option("--keep-account", is_flag=True, help="Leave what the program keeps, as a cloud account would.")
@root_option
@json_option
def down(stack: str, root: Path, *, as_json: bool, keep_account: bool) -> None:
    """Take STACK's sandbox down and verify that nothing is left but what the program keeps."""
    from sandbox import operations
    from sandbox.screen import Screen

    gone = operations.down(stack, screen=Screen(), root=root, keep_account=keep_account)
    if as_json:
        answer = {"stack": stack, "changes": gone.changes, "kept": gone.kept, "left": 0}
        click.echo(json.dumps(answer, sort_keys=True))
    elif gone.changes:
        for kept in gone.kept:
            click.echo(f"kept: {kept}")
        if gone.kept and gone.account_closed:
            click.echo("the simulated account is closed, and what was kept goes with it")
        click.echo(f"{stack} is gone: {gone.changes.get('delete', 0)} resources deleted")
    else:
        click.echo(f"{stack}: nothing stands in the sandbox")


@click.command()
@stack_argument
@click.option("--phase", default=None, help="1 to 4, instead of the stack file's.")
@root_option
@json_option
def status(stack: str, phase: str | None, root: Path, *, as_json: bool) -> None:
    """Show what stands in STACK's sandbox."""
    from sandbox import operations
    from sandbox.screen import Screen
    from sandbox.summary import summary_table

    summary = operations.status(stack, overrides={"phase": phase}, screen=Screen(), root=root)
    if as_json:
        click.echo(json.dumps(summary, indent=2, sort_keys=True))
    else:
        Console(soft_wrap=True, highlight=False).print(summary_table(summary))

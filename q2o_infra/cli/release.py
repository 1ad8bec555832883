"""`q2o release`: what runs where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from components.base.errors import SettingsError, refused
from q2o_infra.cli.options import json_option, look_options, root_option, settings_of
from q2o_infra.stack_files import stack_names

if TYPE_CHECKING:
    from q2o_infra.plan.release_document import ReleaseDocument

_WIDTH = 160
"""Columns of the table, whatever the terminal, so that the same input gives the same bytes."""


@click.command()
@click.argument("stack", required=False)
@look_options
@click.option(
    "--kubeconfig",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="Of STACK's cluster: also show what runs there. kubectl asks it.",
)
@root_option
@json_option
def release(
    stack: str | None,
    cloud: str | None,
    phase: str | None,
    environment: str | None,
    kubeconfig: Path | None,
    root: Path,
    *,
    as_json: bool,
) -> None:
    """Show what STACK, or every stack, runs by its release file and what runs in its cluster.

    The cluster is that of --kubeconfig, else that of STACK's sandbox where one stands.
    """
    # The program imports the cloud SDKs; the other commands start without them.
    from q2o_infra.plan.release_document import release_table

    look = {"cloud": cloud, "environment": environment, "phase": phase}
    if stack is None and kubeconfig is not None:
        raise SettingsError(
            refused("--kubeconfig", str(kubeconfig), "it leads to the cluster of one stack", "name that stack as well")
        )
    console = Console(soft_wrap=True, highlight=False, width=_WIDTH)
    names = [stack] if stack else stack_names()
    documents = [_document(name, look, kubeconfig=kubeconfig, root=root) for name in names]
    if as_json:
        shown = documents[0] if stack else {"stacks": documents}
        click.echo(json.dumps(shown, indent=2, sort_keys=True))
        return
    for document in documents:
        console.print(release_table(document))


def _document(stack: str, look: Mapping[str, str | None], *, kubeconfig: Path | None, root: Path) -> ReleaseDocument:
    from q2o_infra.plan.release_document import release_document
    from q2o_infra.plan.running import running_in_cluster
    from sandbox.running import running_pods

    settings = settings_of(stack, **look)
    given = [key for key, value in look.items() if value is not None]
    if kubeconfig is not None:
        return release_document(
            stack, settings, overridden=given, looked_at="cluster", running=running_in_cluster(kubeconfig)
        )
    running = running_pods(stack, root=root)
    looked_at = "" if running is None else "sandbox"
    return release_document(stack, settings, overridden=given, looked_at=looked_at, running=running)

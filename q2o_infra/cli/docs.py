"""`q2o docs`: writes the generated part of the documentation."""

from __future__ import annotations

import click

from q2o_infra.stack_files import ROOT


@click.command()
def docs() -> None:
    """Write docs/reference/ anew from the program."""
    from q2o_infra.settings_schema import write_reference

    for path in write_reference(ROOT / "docs" / "reference"):
        click.echo(path.relative_to(ROOT))

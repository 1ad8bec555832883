"""The `q2o` command and how its errors look."""

from __future__ import annotations

import sys

import click

from components.base.errors import EXIT_INTERRUPTED, Q2OError
from q2o_infra.cli import availability, capacity, cost, docs, plan, release, sandbox, triage


class _Group(click.Group):
    """Prints one sentence for an error that is meant to be read, with its hint on a line of its own."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            click.echo("interrupted: what stands stays; run the same command again and it goes on.", err=True)
            sys.exit(EXIT_INTERRUPTED)
        except Q2OError as error:
            click.echo(f"error: {error.message}", err=True)
            if error.hint:
                click.echo(f"hint: {error.hint}", err=True)
            sys.exit(error.exit_code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
def q2o() -> None:
    """Plan and try out the regions of the Q2O platform. Exit codes: 0 done, 1 the answer is no, 2 bad input."""


q2o.add_command(plan.plan)
q2o.add_command(release.release)
q2o.add_command(sandbox.up)
q2o.add_command(sandbox.down)
q2o.add_command(sandbox.status)
q2o.add_command(docs.docs)
q2o.add_command(triage.triage)
q2o.add_command(availability.availability)
q2o.add_command(cost.cost)
q2o.add_command(capacity.capacity)

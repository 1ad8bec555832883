"""What a drill says: progress on stderr, one table or one flat JSON document on stdout."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence

import click
from rich.console import Console, Group, RenderableType
from rich.table import Table

Figures = dict[str, object]

_WIDTH = 120


class Progress:
    """Prints one line at a time to stderr, with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def say(self, line: str) -> None:
        """Print `line`."""
        click.echo(f"[{time.monotonic() - self._started:5.1f} s] {line}", err=True)


def table(*columns: str, rows: Sequence[Sequence[object]], title: str | None = None) -> Table:
    """Return a plain table; figures with a fraction are shown with two digits."""
    drawn = Table(*columns, box=None, pad_edge=False, title=title, title_justify="left")
    for row in rows:
        drawn.add_row(*(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row))
    return drawn


def show(figures: Mapping[str, object], parts: Sequence[RenderableType], *, as_json: bool) -> None:
    """Print the result on stdout: `figures` as JSON, or `parts` for a reader."""
    if as_json:
        click.echo(json.dumps(figures, indent=2))
    else:
        console = Console(highlight=False, soft_wrap=True)
        console.width = max(console.width, _WIDTH)
        console.print(Group(*parts))


def finish(missed: Sequence[str]) -> None:
    """Exit with 1 when something was missed, each on a line of its own on stderr; else return."""
    for line in missed:
        click.echo(f"missed: {line}", err=True)
    if missed:
        sys.exit(1)

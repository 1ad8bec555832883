"""A drill as a command: its options, progress on stderr, one table or one flat JSON document on stdout, its exit code.

Exit code 0: every promise was kept; 1: one was not, and which is said; 2: something is missing on this machine.
"""

from __future__ import annotations

import functools
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import click
from rich.console import Console, Group, RenderableType
from rich.table import Table

from components.base.errors import EXIT_INTERRUPTED, Q2OError

Figures = dict[str, object]

STACK = click.argument("stack", default="us-east")
"""For a drill of what a stack's plan has."""
_WIDTH = 120


class Progress:
    """Prints one line at a time to stderr, with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def say(self, line: str) -> None:
        """Print `line`."""
        click.echo(f"[{time.monotonic() - self._started:5.1f} s] {line}", err=True)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a drill found."""

    figures: Figures
    """Everything flat, units in the names."""
    views: Sequence[RenderableType]
    """The same for a reader."""
    missed: Sequence[str]
    """Every promise that was not kept, each as a sentence."""


def figures(*, gaps: Sequence[float], lost: int, control_lost: int, **own: object) -> Figures:
    """Return the figures that all drills have, and those of one drill: `gaps` are its waits in seconds, one a run."""
    return {
        "runs": len(gaps),
        "gap_median_seconds": median(gaps),
        "gap_worst_seconds": max(gaps),
        "lost": lost,
        "control_lost": control_lost,
        **own,
        "network": "loopback",
    }


def broken(promises: Mapping[str, bool]) -> list[str]:
    """Return the sentences of the promises that were not kept; each maps to whether it was."""
    return [sentence for sentence, is_kept in promises.items() if not is_kept]


def table(*columns: str, rows: Sequence[Sequence[object]]) -> Table:
    """Return a plain table; figures with a fraction are shown with two digits, what is missing as `-`."""
    drawn = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        drawn.add_row(
            *("-" if cell is None else f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row)
        )
    return drawn


def command(drill: Callable[..., Report]) -> click.Command:
    """Return a drill as a command; the drill gets `progress`, `short` and the parameters that it declares itself."""

    @click.command(help=drill.__doc__)
    @click.option("--short", is_flag=True, help="What CI runs: less of everything, and no judgement of times.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
    @functools.wraps(drill)
    def main(*, as_json: bool, **given: Any) -> None:
        # Otherwise a drill that is asked to end would leave its processes behind.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_INTERRUPTED))
        try:
            report = drill(progress=Progress(), **given)
        except Q2OError as error:
            click.echo(f"error: {error.message}", err=True)
            sys.exit(error.exit_code)
        if as_json:
            click.echo(json.dumps(report.figures, indent=2))
        else:
            console = Console(highlight=False, soft_wrap=True)
            console.width = max(console.width, _WIDTH)
            console.print(Group(*report.views))
        for line in report.missed:
            click.echo(f"missed: {line}", err=True)
        if report.missed:
            sys.exit(1)

    return main

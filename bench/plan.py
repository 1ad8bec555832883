"""What a plan costs: against the same resources without components, and per resource as programs grow.

Compared are CPU seconds of one process on one thread: a plan waits for nothing, and other processes on the machine
then count less. Both sides run on the same monitor and recorder, turn about; of each pair the ratio is taken, of the
ratios the median. Imports are no part of any figure but `command_wall_seconds`; the first plan of a process, which
also loads the cloud SDKs' modules that it uses, is shown apart.
"""

from __future__ import annotations

import cProfile
import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean, median

import click
import synthetic
from replay import Program, Style, replay
from rich.console import Console
from rich.table import Table
from timing import cpu_seconds, wall_seconds

from q2o_infra import program
from q2o_infra.plan.document import plan_document
from q2o_infra.plan.recorder import record
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.region import decide_region
from q2o_infra.settings import Settings
from q2o_infra.stack_files import ROOT, read_settings

TARGET_RATIO = 1.25
SLICES = {100: 1, 500: 5, 2000: 20}
"""Slices of the synthetic program, by the number of resources that they come to, more or less."""
SMALL_REPEATS = 5

Figures = dict[str, float]


def plan_as_command(stack: str) -> str:
    """Do what `q2o plan STACK --json` does once everything is imported."""
    settings = read_settings(stack)
    return json.dumps(plan_document(stack, settings, plan_region(stack, settings)), indent=2, sort_keys=True)


def compare(stack: str, settings: Settings, *, runs: int) -> Figures:
    """Measure the program against its replays, each pair right after one another, the order changing."""
    ours = partial(program.run, stack, settings, gated=False)
    sides: dict[str, Program] = {
        "plan": ours,
        "null": replay(ours, Style.GENERATED),
        "untyped": replay(ours, Style.PLAIN),
    }
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for run in range(runs):
        for name in list(sides)[:: 1 if run % 2 else -1]:
            seconds[name].append(cpu_seconds(partial(record, sides[name])))
    return {
        **{f"{name}_cpu_seconds": median(seconds[name]) for name in sides},
        **{
            f"plan_over_{name}_ratio": median(map(float.__truediv__, seconds["plan"], seconds[name]))
            for name in ("null", "untyped")
        },
    }


def grow(stack: str, settings: Settings, *, runs: int) -> Figures:
    """Measure the cost of one resource in programs of three sizes; the small ones before and after the largest."""
    facts = decide_region(stack, settings)
    programs = {size: partial(synthetic.build, facts, slices=slices) for size, slices in SLICES.items()}
    counts = {size: len(record(build).resources) for size, build in programs.items()}
    smallest, middle, largest = SLICES
    order = (*[smallest] * SMALL_REPEATS, middle, largest, middle, *[smallest] * SMALL_REPEATS)
    costs: dict[int, list[float]] = {size: [] for size in SLICES}
    for _ in range(runs):
        times: dict[int, list[float]] = {size: [] for size in SLICES}
        for size in order:
            times[size].append(cpu_seconds(partial(record, programs[size])))
        for size in SLICES:
            costs[size].append(1000 * mean(times[size]) / counts[size])
    calls = {size: function_calls(partial(record, programs[size])) / counts[size] for size in (smallest, largest)}
    return {
        **{f"resources_{size}": counts[size] for size in SLICES},
        **{f"milliseconds_per_resource_{size}": median(costs[size]) for size in SLICES},
        "flat_ratio": median(map(float.__truediv__, costs[largest], costs[smallest])),
        "calls_flat_ratio": calls[largest] / calls[smallest],
    }


def function_calls(action: Callable[[], object]) -> int:
    """Return how many functions `action` calls: a cost that no other process on the machine has a share in."""
    profile = cProfile.Profile()
    profile.runcall(action)
    return sum(entry.callcount for entry in profile.getstats())


def table(figures: Figures) -> Table:
    """Return the figures for a screen."""
    rows = Table("figure", "value", "target", box=None, pad_edge=False)
    targets = {"plan_over_null_ratio": TARGET_RATIO, "flat_ratio": TARGET_RATIO, "calls_flat_ratio": TARGET_RATIO}
    for name, value in figures.items():
        shown = f"{value:.0f}" if float(value).is_integer() else f"{value:.3f}"
        rows.add_row(name, shown, f"at most {targets[name]}" if name in targets else "")
    return rows


@click.command()
@click.argument("stack", default="us-east")
@click.option("--runs", default=9, show_default=True, help="Pairs that are compared; growth is measured half as often.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def main(stack: str, runs: int, *, as_json: bool) -> None:
    """Measure what a plan of STACK costs. Exit code 1: a target is missed."""
    settings = read_settings(stack)
    first = wall_seconds(partial(plan_as_command, stack))
    command = [Path(sys.executable).with_name("q2o"), "plan", stack, "--json"]
    run_command = partial(subprocess.run, command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    figures: Figures = {
        "runs": runs,
        "resources": len(plan_region(stack, settings).resources),
        **compare(stack, settings, runs=runs),
        "plan_wall_seconds": median(wall_seconds(partial(plan_as_command, stack)) for _ in range(runs)),
        "plan_first_wall_seconds": first,
        "command_wall_seconds": median(wall_seconds(run_command) for _ in range(3)),
        **grow(stack, settings, runs=max(1, runs // 2)),
    }
    if as_json:
        click.echo(json.dumps(figures, indent=2))
    else:
        Console(highlight=False, soft_wrap=True).print(table(figures))
    if max(figures["plan_over_null_ratio"], figures["flat_ratio"]) > TARGET_RATIO:
        sys.exit(1)


if __name__ == "__main__":
    main()

"""What the plans of all regions on all clouds cost together, against a null program that registers as many resources.

The null program registers what was recorded, without components, by the cloud SDKs' own classes (`replay.py`, as in
`plan.py`). Compared are CPU seconds of one process on one thread, for every plan in turn with its null program; of each
round's two sums the ratio is taken, of the ratios the median. The wall time is another matter: a fresh process for each
cloud, all at once, each of which imports its cloud's SDK and makes that cloud's plans.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import click
from replay import Program, Style, replay
from rich.console import Console
from rich.table import Table
from timing import cpu_seconds, wall_seconds

from components.base.vocabulary import Cloud, Region
from q2o_infra import program
from q2o_infra.phases.contract import BUILT, Phase
from q2o_infra.plan.recorder import record
from q2o_infra.settings import Settings
from q2o_infra.stack_files import ROOT, read_settings

TARGET_RATIO = 1.25
TARGET_WALL_SECONDS = 20.0

Figures = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One plan."""

    region: Region
    cloud: Cloud
    phase: Phase

    @property
    def name(self) -> str:
        """Words for the table."""
        return f"{self.region.value} on {self.cloud.value}, phase {int(self.phase)}"

    def settings(self) -> Settings:
        """Return the stack file's settings, on this cloud and in this phase."""
        return read_settings(self.region.value, overrides={"cloud": self.cloud.value, "phase": int(self.phase)})

    def program(self) -> Program:
        """Return the program of this plan."""
        settings = self.settings()
        return partial(program.run, self.region.value, settings, overridden=("cloud", "phase"), gated=False)


def built_clouds() -> list[Cloud]:
    """Return the clouds that the program can build a region on."""
    return [cloud for cloud in Cloud if find_spec(f"q2o_infra.phases.{cloud.value}")]


def cases(*clouds: Cloud) -> Iterator[Case]:
    """Yield every region on these clouds, or on all that are built, in every phase that is."""
    for cloud in clouds or built_clouds():
        for phase in BUILT:
            for region in Region:
                yield Case(region=region, cloud=cloud, phase=phase)


def make_all() -> None:
    """Make every plan once, each cloud's in a fresh process. Raises `RuntimeError` when one fails."""
    command = [sys.executable, str(Path(__file__).resolve()), "--once"]
    started = [
        subprocess.Popen([*command, cloud.value], cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603  this file
        for cloud in built_clouds()
    ]
    if failed := [process.args for process in started if process.wait()]:
        raise RuntimeError(f"a plan failed: {failed}")


def compare(runs: int) -> tuple[Figures, dict[str, Figures]]:
    """Return the figures of all plans together, and of each."""
    pairs = {case: (case.program(), replay(case.program(), Style.GENERATED)) for case in cases()}
    counts = {case: len(record(ours).resources) for case, (ours, _) in pairs.items()}
    ours: dict[Case, list[float]] = {case: [] for case in pairs}
    null: dict[Case, list[float]] = {case: [] for case in pairs}
    for run in range(runs):
        for case, (program_, replayed) in pairs.items():
            for side, make in ((ours, program_), (null, replayed))[:: 1 if run % 2 else -1]:
                side[case].append(cpu_seconds(partial(record, make)))
    sums = [(sum(ours[case][run] for case in pairs), sum(null[case][run] for case in pairs)) for run in range(runs)]
    each = {
        case.name: {
            "resources": counts[case],
            "plan_cpu_seconds": median(ours[case]),
            "null_cpu_seconds": median(null[case]),
            "plan_over_null_ratio": median(map(float.__truediv__, ours[case], null[case])),
        }
        for case in pairs
    }
    together: Figures = {
        "runs": runs,
        "plans": len(pairs),
        "clouds": len({case.cloud for case in pairs}),
        "resources": sum(counts.values()),
        "plans_cpu_seconds": median(mine for mine, _ in sums),
        "null_cpu_seconds": median(theirs for _, theirs in sums),
        "null_milliseconds_per_resource": 1000 * median(theirs for _, theirs in sums) / sum(counts.values()),
        "plans_over_null_ratio": median(mine / theirs for mine, theirs in sums),
        "worst_plan_over_null_ratio": max(row["plan_over_null_ratio"] for row in each.values()),
    }
    return together, each


def table(figures: Figures, each: dict[str, Figures]) -> Iterator[Table]:
    """Yield what a reader sees: every plan, then all of them."""
    rows = Table("plan", "resources", "CPU s", "null CPU s", "ratio", box=None, pad_edge=False)
    for name, row in each.items():
        rows.add_row(
            name,
            f"{row['resources']:.0f}",
            f"{row['plan_cpu_seconds']:.3f}",
            f"{row['null_cpu_seconds']:.3f}",
            f"{row['plan_over_null_ratio']:.3f}",
        )
    yield rows
    targets = {"plans_over_null_ratio": TARGET_RATIO, "plans_wall_seconds": TARGET_WALL_SECONDS}
    together = Table("figure", "value", "target", box=None, pad_edge=False)
    for figure, value in figures.items():
        shown = f"{value:.0f}" if float(value).is_integer() else f"{value:.3f}"
        together.add_row(figure, shown, f"at most {targets[figure]:g}" if figure in targets else "")
    yield together


@click.command()
@click.option("--runs", default=5, show_default=True, help="Rounds through all plans.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
@click.option("--once", hidden=True, help="Make every plan of a cloud once, for the wall time.")
def main(runs: int, *, as_json: bool, once: str | None) -> None:
    """Measure what all plans cost. Exit code 1: a target is missed."""
    if once is not None:
        for case in cases(Cloud(once)):
            record(case.program())
        return
    wall = median(wall_seconds(make_all) for _ in range(3))
    figures, each = compare(runs)
    figures["plans_wall_seconds"] = wall
    if as_json:
        click.echo(json.dumps(figures, indent=2))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for part in table(figures, each):
            console.print(part)
            console.print()
    if figures["plans_over_null_ratio"] > TARGET_RATIO or wall > TARGET_WALL_SECONDS:
        sys.exit(1)


if __name__ == "__main__":
    main()

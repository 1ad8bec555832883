"""How close `up` comes to the critical path: the time that no order of work could beat.

Everything is simulated here, Kubernetes objects and releases too; each resource takes its kind's usual time, scaled.
So what is measured is the program's edges and the engine, not a cloud.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import click
from rich.console import Console, Group
from rich.table import Table

from clouds.catalogue import kind_of
from components.base.errors import Q2OError
from q2o_infra import program
from q2o_infra.plan.critical_path import EdgeCost, Step, critical_path, edge_costs
from q2o_infra.plan.monitor import PROVIDER_PREFIX, Registration
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.settings import Settings
from q2o_infra.stack_files import read_settings
from sandbox.engine.engine import CLOUDS, Engine
from sandbox.engine.journal import Journal
from sandbox.providers.accounts import Accounts
from sandbox.session import opened

TARGET_RATIO = 1.15
DEFAULT_RUNS = 1
DEFAULT_SCALE = 0.2
"""So that the engine's own time is about a twentieth; the CLI starts several processes."""
OVERRIDES: dict[str, str | bool] = {"deletion_protection": False, "environment": "sandbox"}


class SimulatedEngine(Engine):
    """The engine over simulated providers alone: the cluster behind the real one is never started."""

    def providers(self) -> dict[str, Any]:
        """Return a simulated provider for each package."""
        return {package: self.simulated(package) for package in (*CLOUDS, "kubernetes")}


def create_seconds(row: Registration) -> float:
    """Return what creating a resource takes; components and providers exist only in the engine."""
    if not row.custom or row.type.startswith(PROVIDER_PREFIX):
        return 0.0
    return kind_of(row.type).seconds.create


def up_seconds(stack: str, settings: Settings, *, time_scale: float) -> float:
    """Bring the region up once in an empty world and return how long that took."""
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(stack, root=Path(folder), progress=lambda _: None, time_scale=time_scale) as session,
    ):
        # Without its consequences a cluster is a record like any other.
        simulated = replace(session, accounts=Accounts(session.world, time_scale=time_scale))
        engine = SimulatedEngine(simulated, Journal(), program=partial(program.run, stack, settings))
        started = time.perf_counter()
        engine.up()
        return time.perf_counter() - started


def kind_name(type_: str) -> str:
    """Return the last part of a type token."""
    return type_.rpartition(":")[2]


def path_table(steps: tuple[Step, ...]) -> Table:
    """Return the path for a screen."""
    rows = Table("seconds", "ends at", "waits by", "resource", box=None, pad_edge=False)
    for step in steps:
        resource = f"{kind_name(step.type)} {step.name}"
        rows.add_row(f"{step.seconds:.0f}", f"{step.ends_seconds:.0f}", step.reason or "", resource)
    return rows


def costs_table(costs: tuple[EdgeCost, ...]) -> Table:
    """Return for a screen what the edges that somebody wrote down cost."""
    rows = Table("without it", "edge", "waiting", "for", box=None, pad_edge=False)
    for cost in costs:
        kind = kind_name(cost.waiting_type)
        waiting = f"{kind} {cost.waiting[0]}" if len(cost.waiting) == 1 else f"{len(cost.waiting)} of kind {kind}"
        rows.add_row(f"-{cost.seconds:.0f} s", cost.reason, waiting, cost.awaited)
    return rows


@click.command()
@click.argument("stack", default="us-east")
@click.option("--runs", type=int, default=DEFAULT_RUNS, show_default=True, help="Times that the region is brought up.")
@click.option("--scale", type=float, default=DEFAULT_SCALE, show_default=True, help="Share of a cloud's usual times.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def main(stack: str, runs: int, scale: float, *, as_json: bool) -> None:
    """Compare `up` of STACK with its critical path. Exit code 1: the target is missed; 2: the engine is missing."""
    settings = read_settings(stack, overrides=OVERRIDES)
    # The plan comes first, so that loading the cloud SDKs' modules falls into no run.
    recording = plan_region(stack, settings)
    path = critical_path(recording, create_seconds)
    up = partial(up_seconds, stack, settings)
    try:
        at_once = up(time_scale=0.0)
        scaled = median(up(time_scale=scale) for _ in range(runs))
    except Q2OError as error:
        click.echo(f"error: {error.message}", err=True)
        sys.exit(2)
    ratio = scaled / (path.seconds * scale)
    if as_json:
        figures = {
            "runs": runs,
            "time_scale": scale,
            "resources": len(recording.resources),
            "sum_of_all_seconds": sum(map(create_seconds, recording.resources)),
            "critical_path_seconds": path.seconds,
            "critical_path_scaled_seconds": path.seconds * scale,
            "up_scaled_seconds": scaled,
            "up_without_clouds_seconds": at_once,
            "up_over_critical_path_ratio": ratio,
            "path": [f"{kind_name(step.type)} {step.name}: {step.seconds:.0f} s" for step in path.steps],
        }
        click.echo(json.dumps(figures, indent=2))
    else:
        summary = (
            f"up took {scaled:.2f} s (median of {runs}; {at_once:.2f} s where clouds take no time)\n"
            f"critical path: {path.seconds:.0f} s, at this scale {path.seconds * scale:.2f} s\n"
            f"ratio: {ratio:.3f}, target at most {TARGET_RATIO}"
        )
        costs = costs_table(edge_costs(recording, create_seconds))
        Console(highlight=False, soft_wrap=True).print(Group(path_table(path.steps), "", costs, "", summary))
    if ratio > TARGET_RATIO:
        sys.exit(1)


if __name__ == "__main__":
    main()

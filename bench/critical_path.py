"""How close `up` comes to the critical path: the time that no order of work could beat.

Everything is simulated here, Kubernetes objects and releases too; each resource takes its kind's usual time, scaled.
So what is measured is the program's edges and the engine, not a cloud.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

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
from sandbox.backends.cloud import CloudBackend
from sandbox.backends.contract import Backend
from sandbox.backends.helm import ReleaseBackend
from sandbox.backends.kubernetes import KubernetesBackend
from sandbox.backends.router import Router
from sandbox.cluster import LocalCluster
from sandbox.engines.cli import CliEngine
from sandbox.engines.cli_project import stack_config
from sandbox.engines.embedded import EmbeddedEngine
from sandbox.engines.state import State
from sandbox.engines.steps import Journal
from sandbox.session import Session
from sandbox.world import World

TARGET_RATIO = 1.15
DEFAULT_RUNS = {"embedded": 3, "pulumi": 1}
DEFAULT_SCALE = {"embedded": 0.04, "pulumi": 0.2}
"""So that what an engine needs for itself is about a twentieth; the CLI starts several processes."""
OVERRIDES: dict[str, str | bool] = {"deletion_protection": False, "environment": "sandbox"}


class SimulatedRouter(Router):
    """Sends every type to the simulated clouds; the cluster behind the other backends is never started."""

    def __init__(self, world: World, cluster: LocalCluster, *, time_scale: float) -> None:
        super().__init__(
            world,
            CloudBackend(world, time_scale=time_scale),
            KubernetesBackend(world, cluster.client, field_manager="bench"),
            ReleaseBackend(world, cluster.client, progress=lambda _: None),
        )

    def backend(self, type_: str) -> Backend:  # noqa: ARG002  every type is alike here
        """Return the simulated clouds."""
        return self._cloud


def create_seconds(row: Registration) -> float:
    """Return what creating a resource takes; components and providers exist only in the engine."""
    if not row.custom or row.type.startswith(PROVIDER_PREFIX):
        return 0.0
    return kind_of(row.type).seconds.create


def session_in(folder: Path, stack: str, *, time_scale: float) -> Session:
    """Return a session whose whole world is simulated."""
    world = World(folder / "world")
    cluster = LocalCluster(folder / "control-plane", 0, progress=lambda _: None)
    return Session(
        stack=stack,
        folder=folder,
        world=world,
        state=State(folder / "state"),
        cluster=cluster,
        router=SimulatedRouter(world, cluster, time_scale=time_scale),
    )


def up_seconds(stack: str, settings: Settings, *, engine: str, time_scale: float) -> float:
    """Bring the region up once in an empty world and return how long that took."""
    with tempfile.TemporaryDirectory() as folder:
        session = session_in(Path(folder), stack, time_scale=time_scale)
        journal = Journal()
        if engine == "pulumi":
            up = CliEngine(session, journal, config=stack_config(stack, overrides=OVERRIDES)).up
        else:
            ours = partial(program.run, stack, settings)
            up = partial(EmbeddedEngine(session.state, session.router, journal).up, ours, stack=stack)
        started = time.perf_counter()
        up()
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
@click.option("--engine", type=click.Choice(list(DEFAULT_RUNS)), default="embedded", show_default=True)
@click.option("--runs", type=int, help=f"Times that the region is brought up; default {DEFAULT_RUNS}.")
@click.option("--scale", type=float, help=f"Share of the usual times that things take; default {DEFAULT_SCALE}.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def main(stack: str, engine: str, runs: int | None, scale: float | None, *, as_json: bool) -> None:
    """Compare `up` of STACK with its critical path. Exit code 1: the target is missed; 2: the engine is missing."""
    runs, scale = runs or DEFAULT_RUNS[engine], scale or DEFAULT_SCALE[engine]
    settings = read_settings(stack, overrides=OVERRIDES)
    # The plan comes first, so that loading the cloud SDKs' modules falls into no run.
    recording = plan_region(stack, settings)
    path = critical_path(recording, create_seconds)
    up = partial(up_seconds, stack, settings, engine=engine)
    try:
        at_once = up(time_scale=0.0)
        scaled = median(up(time_scale=scale) for _ in range(runs))
    except Q2OError as error:
        click.echo(f"error: {error.message}", err=True)
        sys.exit(2)
    ratio = scaled / (path.seconds * scale)
    if as_json:
        figures = {
            "engine": engine,
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
            f"{engine} engine: up took {scaled:.2f} s (median of {runs}; {at_once:.2f} s where clouds take no time)\n"
            f"critical path: {path.seconds:.0f} s, at this scale {path.seconds * scale:.2f} s\n"
            f"ratio: {ratio:.3f}, target at most {TARGET_RATIO}"
        )
        costs = costs_table(edge_costs(recording, create_seconds))
        Console(highlight=False, soft_wrap=True).print(Group(path_table(path.steps), "", costs, "", summary))
    if ratio > TARGET_RATIO:
        sys.exit(1)


if __name__ == "__main__":
    main()

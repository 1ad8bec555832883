"""Six real Redis processes with the generated configuration, broken under load; a table of gaps and losses.

Everything is on one machine: figures are of loopback, without a network's delay and without a disk's loss.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import click

from components.base.errors import Q2OError
from components.redis.topology import HAND_BACK_SECONDS
from drills.redis_experiments import (
    FULL,
    SHORT,
    Pace,
    kill_primary,
    lose_zone,
    restart_all,
    roll,
    rollout_order,
    shard_of_run,
)
from drills.redis_load import Load
from drills.redis_pods import ZONES, Pods, server_version
from drills.redis_report import Outcome, figures, missed, told, told_zone, views
from drills.redis_restore import back_up_and_restore
from drills.screen import Progress, finish, show
from q2o_infra.settings import RedisSettings

RUNS = 10
SHORT_RUNS = 2
SHORT_ZONES = 1
"""Zones lost in the short form; the full one loses each once."""
_START_SECONDS = 60.0


async def drill(*, runs: int, short: bool, progress: Progress) -> Outcome:
    """Carry out all experiments. Raises `DrillError` where something does not come back."""
    server = await server_version()
    pace = SHORT if short else FULL
    with tempfile.TemporaryDirectory(prefix="q2o-drill-") as folder:
        pods = Pods(Path(folder), RedisSettings())
        try:
            await pods.start_all()
            progress.say(f"six nodes are in their places after {await pods.settled(_START_SECONDS):.1f} s")
            return await _break(pods, server=server, runs=runs, short=short, pace=pace, progress=progress)
        finally:
            await pods.end()


async def _break(pods: Pods, *, server: str, runs: int, short: bool, pace: Pace, progress: Progress) -> Outcome:
    async with Load(pods) as load:
        kills = []
        for number in range(runs):
            kills.append(await kill_primary(pods, load, shard=shard_of_run(number), pace=pace, frozen=False, heal=True))
            progress.say(f"kill {number + 1} of {runs}: {told(kills[-1])}")
        zones = []
        for zone in ZONES[:SHORT_ZONES] if short else ZONES:
            zones.append(await lose_zone(pods, load, zone, pace=pace))
            progress.say(told_zone(zones[-1]))
        control = await kill_primary(pods, load, shard=shard_of_run(runs), pace=pace, frozen=True, heal=not short)
        progress.say(f"control, replica frozen: {told(control)}")
        restart = await restart_all(pods, load)
        progress.say(f"all six came back on other addresses: writes after {restart.seconds:.1f} s")
        rollout = await roll(pods, load, rollout_order(pods), pace=pace, by_pre_stop=True, say=progress.say)
        progress.say(f"rollout: longest pause {rollout.pause_seconds:.2f} s, {rollout.lost} lost")
        rollout_control = await roll(pods, load, [load.owner_of(0)], pace=pace, by_pre_stop=False, say=progress.say)
        progress.say(f"control, no pre-stop: longest pause {rollout_control.pause_seconds:.2f} s")
        if not short:
            await pods.settled(HAND_BACK_SECONDS)
    restore = None
    if not short:
        restore = await back_up_and_restore(pods, load)
        progress.say(f"restored {restore.keys_after} of {restore.keys_before} keys in {restore.seconds:.1f} s")
    return Outcome(
        server=server,
        network=pods.place.network,
        kills=kills,
        zones=zones,
        control=control,
        restart=restart,
        rollout=rollout,
        rollout_control=rollout_control,
        restore=restore,
    )


@click.command()
@click.option("--runs", type=click.IntRange(min=1), help=f"Primaries killed; default {RUNS}, short {SHORT_RUNS}.")
@click.option("--short", is_flag=True, help="What CI runs: fewer kills, one zone, faster restarts, no restore.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def main(runs: int | None, *, short: bool, as_json: bool) -> None:
    """Break six Redis processes under load. Exit code 1: a promise is not kept; 2: Redis is not on this machine."""
    progress = Progress()
    try:
        outcome = asyncio.run(drill(runs=runs or (SHORT_RUNS if short else RUNS), short=short, progress=progress))
    except Q2OError as error:
        click.echo(f"error: {error.message}", err=True)
        sys.exit(error.exit_code)
    show(figures(outcome), views(outcome), as_json=as_json)
    finish(missed(outcome))


if __name__ == "__main__":
    main()

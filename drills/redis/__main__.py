"""Six real Redis processes with the generated configuration, broken under load; a table of gaps and losses.

Everything is on one machine: figures are of loopback, without a network's delay and without a disk's loss.
"""

from __future__ import annotations

import asyncio

import click

from components.redis.topology import HAND_BACK_SECONDS, ZONES
from drills.harness import cluster
from drills.harness.command import Progress, Report, command
from drills.harness.processes import Stage
from drills.redis.experiments import FULL, SHORT, Pace, kill_primary, lose_zone, restart_all, roll, rollout_order
from drills.redis.load import Load
from drills.redis.pods import Pods, server_version
from drills.redis.report import Outcome, report, told, told_zone
from drills.redis.restore import back_up_and_restore
from q2o_infra.settings import RedisSettings

RUNS = 10
SHORT_RUNS = 2
SHORT_ZONES = 1
"""Zones lost in the short form; the full one loses each once."""
_START_SECONDS = 60.0


async def drill(*, runs: int, short: bool, progress: Progress) -> Outcome:
    """Carry out all experiments. Raises `DrillError` where something does not come back."""
    server = server_version()
    with Stage() as stage:
        async with Pods(stage, RedisSettings()) as pods:
            pods.start()
            progress.say(f"six nodes are in their places after {await pods.settled(_START_SECONDS):.1f} s")
            pace = SHORT if short else FULL
            return await _break(pods, server=server, runs=runs, short=short, pace=pace, progress=progress)


async def _break(pods: Pods, *, server: str, runs: int, short: bool, pace: Pace, progress: Progress) -> Outcome:
    async with Load(pods) as load:
        kills = []
        for number in range(runs):
            # The primary of each shard in turn.
            kills.append(await kill_primary(pods, load, shard=number % ZONES, pace=pace, frozen=False, heal=True))
            progress.say(f"kill {number + 1} of {runs}: {told(kills[-1])}")
        zones = []
        for zone in cluster.ZONES[:SHORT_ZONES] if short else cluster.ZONES:
            zones.append(await lose_zone(pods, load, zone, pace=pace))
            progress.say(told_zone(zones[-1]))
        control = await kill_primary(pods, load, shard=runs % ZONES, pace=pace, frozen=True, heal=not short)
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
        network=pods.network,
        kills=kills,
        zones=zones,
        control=control,
        restart=restart,
        rollout=rollout,
        rollout_control=rollout_control,
        restore=restore,
    )


@command
@click.option("--runs", type=click.IntRange(min=1), help=f"Primaries killed; default {RUNS}, short {SHORT_RUNS}.")
def main(runs: int | None, *, short: bool, progress: Progress) -> Report:
    """Break six Redis processes under load. Exit code 1: a promise is not kept; 2: Redis is not on this machine."""
    return report(asyncio.run(drill(runs=runs or (SHORT_RUNS if short else RUNS), short=short, progress=progress)))


if __name__ == "__main__":
    main()

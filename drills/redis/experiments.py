"""What the drill does to the six: kills, a frozen replica, a lost zone, a restart of all elsewhere, a rollout."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from components.redis.topology import HAND_BACK_SECONDS, ZONES, Role
from drills.redis_load import Load, Write
from drills.redis_pods import Pod, Pods

FROZEN_SECONDS = 1.5
"""Less than the node timeout, so that the frozen replica is not given up before its primary is."""
# More than the kernel keeps for one connection at both of its ends (net.ipv4.tcp_rmem and tcp_wmem: 6 and 4 MiB).
_FILL_MIB = 24
_READY_POLL_SECONDS = 0.2
_READY_SECONDS = 60.0

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long things take that the kubelet or the scheduler decides, not Redis."""

    calm_seconds: float
    """Load without a failure before each kill."""
    away_seconds: float
    """From a pod's end in a rollout to the start of its successor: scheduling, volume, image."""
    restart_seconds: float
    """From the kill of a server to its restart: the kubelet's first back-off; a lost zone is away as long. Not before
    writes are back, else no failover would be seen."""


FULL = Pace(calm_seconds=3.0, away_seconds=5.0, restart_seconds=10.0)
SHORT = Pace(calm_seconds=1.0, away_seconds=1.0, restart_seconds=0.0)


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One killed primary."""

    victim: str
    shard: int
    gap_seconds: float
    """From the kill until every slot of the cluster took writes again."""
    others_gap_seconds: float
    """The same for the slots of the other shards: the pace of the writers, where nothing happened to them."""
    hand_back_seconds: float | None
    """From the restart of the victim until it has its shard back and everything is in sync."""
    hand_back_pause_seconds: float
    """Longest time between two acknowledged writes of a group of slots after writes were back."""
    writes: int
    lost: int
    oldest_lost_seconds: float
    """How long before the kill the oldest lost write was acknowledged; 0 without losses."""


async def kill_primary(pods: Pods, load: Load, *, shard: int, pace: Pace, frozen: bool, heal: bool) -> Kill:
    """Kill the primary of a shard, let it come back, and count.

    With `frozen` its replica lacks the last writes: the control. Without `heal` the victim stays dead.
    """
    victim, replica = pods.of(shard, Role.PRIMARY), pods.of(shard, Role.REPLICA)
    mark, before = load.mark(), load.acknowledged
    await asyncio.sleep(pace.calm_seconds)
    if frozen:
        replica.server.freeze()
        frozen_at = time.monotonic()
        await load.fill(shard, mib=_FILL_MIB)
        await asyncio.sleep(max(0.0, frozen_at + FROZEN_SECONDS - time.monotonic()))
    killed = time.monotonic()
    await victim.crash()
    if frozen:
        replica.server.thaw()
    gap, by_shard = await load.resumed(killed)
    hand_back = None
    resumed = time.monotonic()
    if heal:
        await asyncio.sleep(max(0.0, killed + pace.restart_seconds - time.monotonic()))
        await victim.start_server()
        hand_back = await pods.settled(HAND_BACK_SECONDS)
    lost = await load.lost(mark)
    return Kill(
        victim=victim.name,
        shard=shard,
        gap_seconds=gap,
        others_gap_seconds=max(seconds for number, seconds in enumerate(by_shard) if number != shard),
        hand_back_seconds=hand_back,
        hand_back_pause_seconds=load.longest_pause(resumed, time.monotonic()),
        writes=load.acknowledged - before,
        lost=len(lost),
        oldest_lost_seconds=_oldest(lost, killed),
    )


@dataclass(frozen=True, kw_only=True)
class ZoneLoss:
    """All pods of one zone killed at once: a primary, and the replica of another shard."""

    zone: str
    pods: tuple[str, ...]
    gap_seconds: float
    """From the kill until every slot of the cluster took writes again."""
    settled_seconds: float
    """From the zone's return until every node has its role back and everything is in sync."""
    writes: int
    lost: int
    oldest_lost_seconds: float
    """How long before the kill the oldest lost write was acknowledged; 0 without losses."""


async def lose_zone(pods: Pods, load: Load, zone: str, *, pace: Pace) -> ZoneLoss:
    """Kill servers and keepers of a zone at once, let its pods come back on other addresses, and count."""
    there = [pod for pod in pods.pods if pod.node.zone == zone]
    mark, before = load.mark(), load.acknowledged
    await asyncio.sleep(pace.calm_seconds)
    killed = time.monotonic()
    await asyncio.gather(*(pod.crash_whole() for pod in there))
    gap, _ = await load.resumed(killed)
    await asyncio.sleep(max(0.0, killed + pace.restart_seconds - time.monotonic()))
    pods.move(there)
    await asyncio.gather(*(pod.start() for pod in there))
    settled = await pods.settled(HAND_BACK_SECONDS)
    lost = await load.lost(mark)
    return ZoneLoss(
        zone=zone,
        pods=tuple(pod.name for pod in there),
        gap_seconds=gap,
        settled_seconds=settled,
        writes=load.acknowledged - before,
        lost=len(lost),
        oldest_lost_seconds=_oldest(lost, killed),
    )


@dataclass(frozen=True, kw_only=True)
class Restart:
    """All six killed at once and started on other addresses."""

    seconds: float
    """From the kill until every slot took writes again."""
    settled_seconds: float
    """From the kill until each node had its role back."""
    keys_before: int
    keys_after: int


async def restart_all(pods: Pods, load: Load) -> Restart:
    """Kill everything at once and start it elsewhere; count the acknowledged writes that were there and are there."""
    everything = [0] * len(load.groups)
    killed = time.monotonic()
    before = load.acknowledged - load.lost_so_far
    await asyncio.gather(*(pod.crash_whole() for pod in pods.pods))
    await pods.start_all()
    seconds, _ = await load.resumed(killed)
    await pods.settled(HAND_BACK_SECONDS)
    settled = time.monotonic() - killed
    lost = await load.lost(everything)
    return Restart(seconds=seconds, settled_seconds=settled, keys_before=before, keys_after=before - len(lost))


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Pods replaced one after the other."""

    pods: int
    seconds: float
    pause_seconds: float
    """Longest time between two acknowledged writes of a group of slots."""
    writes: int
    lost: int


def rollout_order(pods: Pods) -> list[Pod]:
    """Return the order of a rollout: one zone's StatefulSet after the other, each from its last pod to its first."""
    return sorted(pods.pods, key=lambda pod: (pod.node.zone, -pod.node.ordinal))


async def roll(pods: Pods, load: Load, replaced: Sequence[Pod], *, pace: Pace, by_pre_stop: bool, say: Say) -> Rollout:
    """Replace pods, each once the one before is ready."""
    mark, before, started = load.mark(), load.acknowledged, time.monotonic()
    for pod in replaced:
        begun = time.monotonic()
        await pod.leave(by_pre_stop=by_pre_stop)
        left = time.monotonic() - begun
        await asyncio.sleep(pace.away_seconds)
        pods.move([pod])
        await pod.start()
        await _ready(pod)
        say(f"{pod.name} left in {left:.1f} s and was ready again after {time.monotonic() - begun:.1f} s")
    await load.resumed(time.monotonic())
    ended = time.monotonic()
    lost = await load.lost(mark)
    return Rollout(
        pods=len(replaced),
        seconds=ended - started,
        pause_seconds=load.longest_pause(started, ended),
        writes=load.acknowledged - before,
        lost=len(lost),
    )


def shard_of_run(number: int) -> int:
    """Return whose primary is killed in run `number`, from 0 on: each shard in turn."""
    return number % ZONES


async def _ready(pod: Pod) -> None:
    async with asyncio.timeout(_READY_SECONDS):
        while not await pod.is_ready():
            await asyncio.sleep(_READY_POLL_SECONDS)


def _oldest(lost: Sequence[Write], killed: float) -> float:
    return max((killed - write.acknowledged for write in lost), default=0.0)

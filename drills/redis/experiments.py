"""What the drill does to the six: kills, a frozen replica, a lost zone, a restart of all elsewhere, a rollout."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from components.redis.topology import HAND_BACK_SECONDS, Role
from drills.harness.waiting import wait_until
from drills.redis.load import Load, Write
from drills.redis.pods import Pod, Pods

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
class Break:
    """What the writers saw of servers that were killed."""

    gap_seconds: float
    """From the kill until every slot of the cluster took writes again."""
    writes: int
    lost: int
    oldest_lost_seconds: float
    """How long before the kill the oldest lost write was acknowledged; 0 without losses."""


@dataclass(frozen=True, kw_only=True)
class Kill(Break):
    """One killed primary."""

    victim: str
    shard: int
    others_gap_seconds: float
    """The gap for the slots of the other shards: the pace of the writers, where nothing happened to them."""
    hand_back_seconds: float | None
    """From the restart of the victim until it has its shard back and everything is in sync."""
    hand_back_pause_seconds: float
    """Longest time between two acknowledged writes of a group of slots after writes were back."""


@dataclass(frozen=True, kw_only=True)
class ZoneLoss(Break):
    """All pods of one zone killed at once: a primary, and the replica of another shard."""

    zone: str
    pods: tuple[str, ...]
    settled_seconds: float
    """From the zone's return until every node has its role back and everything is in sync."""


@dataclass(frozen=True, kw_only=True)
class Restart:
    """All six killed at once and started on other addresses."""

    seconds: float
    """From the kill until every slot took writes again."""
    settled_seconds: float
    """From the kill until each node had its role back."""
    keys_before: int
    keys_after: int


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Pods replaced one after the other."""

    pods: int
    seconds: float
    pause_seconds: float
    """Longest time between two acknowledged writes of a group of slots."""
    writes: int
    lost: int


class Count:
    """Counts the writes from its making on, and which of them are lost."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._mark, self._before = load.mark(), load.acknowledged

    async def until_now(self) -> tuple[int, list[Write]]:
        """Return how many writes were acknowledged, and the lost ones."""
        lost = await self._load.lost(self._mark)
        return self._load.acknowledged - self._before, lost


async def kill_primary(pods: Pods, load: Load, *, shard: int, pace: Pace, frozen: bool, heal: bool) -> Kill:
    """Kill the primary of a shard, let it come back, and count.

    With `frozen` its replica lacks the last writes: the control. Without `heal` the victim stays dead.
    """
    victim, replica = pods.of(shard, Role.PRIMARY), pods.of(shard, Role.REPLICA)
    count = Count(load)
    await asyncio.sleep(pace.calm_seconds)
    if frozen:
        replica.server.freeze()
        frozen_at = time.monotonic()
        await load.fill(shard, mib=_FILL_MIB)
        await _sleep_until(frozen_at + FROZEN_SECONDS)
    killed = time.monotonic()
    await victim.crash()
    if frozen:
        replica.server.thaw()
    gap, by_shard = await load.resumed(killed)
    hand_back = None
    resumed = time.monotonic()
    if heal:
        await _sleep_until(killed + pace.restart_seconds)
        victim.start_server()
        hand_back = await pods.settled(HAND_BACK_SECONDS)
    writes, lost = await count.until_now()
    return Kill(
        victim=victim.name,
        shard=shard,
        gap_seconds=gap,
        others_gap_seconds=max(seconds for number, seconds in enumerate(by_shard) if number != shard),
        hand_back_seconds=hand_back,
        hand_back_pause_seconds=load.longest_pause(resumed, time.monotonic()),
        writes=writes,
        lost=len(lost),
        oldest_lost_seconds=_oldest(lost, killed),
    )


async def lose_zone(pods: Pods, load: Load, zone: str, *, pace: Pace) -> ZoneLoss:
    """Kill servers and keepers of a zone at once, let its pods come back on other addresses, and count."""
    there = [pod for pod in pods.pods if pod.node.zone == zone]
    count = Count(load)
    await asyncio.sleep(pace.calm_seconds)
    killed = time.monotonic()
    await pods.crash(there)
    gap, _ = await load.resumed(killed)
    await _sleep_until(killed + pace.restart_seconds)
    pods.start(there)
    settled = await pods.settled(HAND_BACK_SECONDS)
    writes, lost = await count.until_now()
    return ZoneLoss(
        zone=zone,
        pods=tuple(pod.name for pod in there),
        gap_seconds=gap,
        settled_seconds=settled,
        writes=writes,
        lost=len(lost),
        oldest_lost_seconds=_oldest(lost, killed),
    )


async def restart_all(pods: Pods, load: Load) -> Restart:
    """Kill everything at once and start it elsewhere; count the acknowledged writes that were there and are there."""
    everything = [0] * len(load.groups)
    killed = time.monotonic()
    before = load.acknowledged - load.lost_so_far
    await pods.crash()
    pods.start()
    seconds, _ = await load.resumed(killed)
    await pods.settled(HAND_BACK_SECONDS)
    settled = time.monotonic() - killed
    lost = await load.lost(everything)
    return Restart(seconds=seconds, settled_seconds=settled, keys_before=before, keys_after=before - len(lost))


def rollout_order(pods: Pods) -> list[Pod]:
    """Return the order of a rollout: one zone's StatefulSet after the other, each from its last pod to its first."""
    return sorted(pods.pods, key=lambda pod: (pod.node.zone, -pod.node.ordinal))


async def roll(pods: Pods, load: Load, replaced: Sequence[Pod], *, pace: Pace, by_pre_stop: bool, say: Say) -> Rollout:
    """Replace pods, each once the one before is ready."""

    async def replace() -> None:
        for pod in replaced:
            begun = time.monotonic()
            await pod.leave(by_pre_stop=by_pre_stop)
            left = time.monotonic() - begun
            await asyncio.sleep(pace.away_seconds)
            pods.start([pod])
            what = f"{pod.name} is ready"
            await wait_until(pod.is_ready, what=what, within_seconds=_READY_SECONDS, poll_seconds=_READY_POLL_SECONDS)
            say(f"{pod.name} left in {left:.1f} s and was ready again after {time.monotonic() - begun:.1f} s")

    return await watched(load, replace, pods=len(replaced))


async def watched(load: Load, rollout: Callable[[], Awaitable[None]], *, pods: int) -> Rollout:
    """Carry out a rollout of so many pods, and return what the writers saw of it."""
    count, started = Count(load), time.monotonic()
    await rollout()
    await load.resumed(time.monotonic())
    ended = time.monotonic()
    writes, lost = await count.until_now()
    pause = load.longest_pause(started, ended)
    return Rollout(pods=pods, seconds=ended - started, pause_seconds=pause, writes=writes, lost=len(lost))


def _oldest(lost: Sequence[Write], killed: float) -> float:
    return max((killed - write.acknowledged for write in lost), default=0.0)


async def _sleep_until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.monotonic()))

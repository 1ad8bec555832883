"""Writers over the whole slot space that remember what was acknowledged, and when.

Each shard gets a write every 10 ms, in turn to each of its groups of slots; a group that is refused tries again every
10 ms until it is served. The writers speak to the nodes directly and follow MOVED at once: a cluster's client would
add its retries and back-offs to what is measured.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Self

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import MovedError, ResponseError

from components.redis.topology import ZONES, Role, slot_range
from drills.harness.load import check, longest_pause, running, turns
from drills.harness.waiting import wait_until
from drills.redis.client import UNREACHABLE
from drills.redis.pods import Pod, Pods

EVERY_SECONDS = 0.010
GROUPS_IN_A_SHARD = 8
_BATCH = 500
_RESUMED_SECONDS = 60.0


@cache
def tag_by_slot() -> tuple[str, ...]:
    """Return one hash tag for each slot, in the slots' order."""
    found: dict[int, str] = {}
    numbers = count()
    while len(found) < REDIS_CLUSTER_HASH_SLOTS:
        tag = str(next(numbers))
        found.setdefault(key_slot(tag.encode()), tag)
    return tuple(found[slot] for slot in range(REDIS_CLUSTER_HASH_SLOTS))


@dataclass(frozen=True, slots=True)
class Write:
    """One acknowledged write."""

    key: str
    shard: int
    sent: float
    acknowledged: float


@dataclass
class Group:
    """Neighbouring slots that one writer writes to."""

    shard: int
    slots: range
    owner: Pod
    mate: Pod
    writes: list[Write] = field(default_factory=list)

    def belongs_to(self, pod: Pod) -> None:
        """Ask `pod` first from now on."""
        if pod is not self.owner:
            self.owner, self.mate = pod, self.owner

    def served_after(self, since: float) -> float | None:
        """Return how long after `since` the first write was acknowledged that was sent after it."""
        found = None
        for write in reversed(self.writes):
            if write.sent < since:
                break
            found = write.acknowledged - since
        return found


class Load:
    """All writers; `async with` runs them."""

    def __init__(self, pods: Pods) -> None:
        self._pods = pods
        self._tasks: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()
        self._lost: set[str] = set()
        self.groups = [
            Group(
                shard=shard,
                slots=range(first + width * part // GROUPS_IN_A_SHARD, first + width * (part + 1) // GROUPS_IN_A_SHARD),
                owner=pods.of(shard, Role.PRIMARY),
                mate=pods.of(shard, Role.REPLICA),
            )
            for shard in range(ZONES)
            for first, last in (slot_range(shard),)
            for width in (last + 1 - first,)
            for part in range(GROUPS_IN_A_SHARD)
        ]

    async def __aenter__(self) -> Self:
        jobs = [self._write_at_a_rate(group, number) for number, group in enumerate(self.groups)]
        self._tasks = await self._stack.enter_async_context(running(*jobs))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def acknowledged(self) -> int:
        """How many writes were acknowledged so far."""
        return sum(len(group.writes) for group in self.groups)

    @property
    def lost_so_far(self) -> int:
        """How many acknowledged writes were found missing so far."""
        return len(self._lost)

    def owner_of(self, shard: int) -> Pod:
        """Return the pod that served a shard last."""
        return next(group.owner for group in self.groups if group.shard == shard)

    async def fill(self, shard: int, *, mib: int) -> None:
        """Write large values into a shard, which are not counted."""
        client = self._pods.patient(self.owner_of(shard))
        tag = tag_by_slot()[slot_range(shard)[0]]
        for number in range(mib):
            await client.set(f"{{{tag}}}:fill:{number}", b"0" * 2**20)

    def find_owners(self) -> None:
        """Expect every slot where it is in steady state."""
        for group in self.groups:
            group.belongs_to(self._pods.of(group.shard, Role.PRIMARY))

    def mark(self) -> list[int]:
        """Return where the list of acknowledged writes ends now."""
        return [len(group.writes) for group in self.groups]

    async def resumed(self, since: float) -> tuple[float, list[float]]:
        """Wait until every group was served again after `since`; return the longest wait, and each shard's."""

        async def served() -> bool:
            check(self._tasks)
            return all(group.served_after(since) is not None for group in self.groups)

        what = "every slot takes writes"
        await wait_until(served, what=what, within_seconds=_RESUMED_SECONDS, poll_seconds=EVERY_SECONDS)
        by_shard = [
            max(group.served_after(since) or 0.0 for group in self.groups if group.shard == shard)
            for shard in range(ZONES)
        ]
        return max(by_shard), by_shard

    def longest_pause(self, since: float, until: float) -> float:
        """Return the longest time between two acknowledged writes of one group within the two moments."""
        return max(
            longest_pause(write.acknowledged for write in group.writes if since <= write.acknowledged <= until)
            for group in self.groups
        )

    async def lost(self, mark: list[int]) -> list[Write]:
        """Return acknowledged writes since `mark` that no longer are there and were not returned before."""
        missing = []
        for group, begin in zip(self.groups, mark, strict=True):
            writes = [write for write in group.writes[begin:] if write.key not in self._lost]
            for start in range(0, len(writes), _BATCH):
                missing += await self._missing(group, writes[start : start + _BATCH])
        self._lost |= {write.key for write in missing}
        return missing

    async def _missing(self, group: Group, writes: list[Write]) -> list[Write]:
        """Ask the owner of the shard; if that changes meanwhile, as after a hand-back, ask again there."""
        async with asyncio.timeout(_RESUMED_SECONDS):
            while True:
                pipeline = self._pods.patient(group.owner).pipeline(transaction=False)
                for write in writes:
                    pipeline.exists(write.key)
                replies = await pipeline.execute(raise_on_error=False)
                refusal = next((reply for reply in replies if isinstance(reply, Exception)), None)
                if refusal is None:
                    return [write for write, reply in zip(writes, replies, strict=True) if reply != 1]
                if not isinstance(refusal, MovedError):
                    raise refusal
                self._follow(group, refusal)
                await asyncio.sleep(EVERY_SECONDS)

    async def _write_at_a_rate(self, group: Group, number: int) -> None:
        period = EVERY_SECONDS * GROUPS_IN_A_SHARD
        # Writes that a failure held up are not made up for afterwards.
        async for turn in turns(period, first_seconds=period * number / len(self.groups), catch_up=False):
            key = f"{{{tag_by_slot()[group.slots[turn % len(group.slots)]]}}}:{turn}"
            while not (await self._try(group, group.owner, key) or await self._try(group, group.mate, key)):
                await asyncio.sleep(EVERY_SECONDS)

    async def _try(self, group: Group, pod: Pod, key: str) -> bool:
        sent = time.monotonic()
        try:
            await self._pods.writer(pod).set(key, "1")
        except MovedError as moved:
            self._follow(group, moved)
            return False
        except (*UNREACHABLE, ResponseError):
            return False
        group.writes.append(Write(key, group.shard, sent, time.monotonic()))
        group.belongs_to(pod)
        return True

    def _follow(self, group: Group, moved: MovedError) -> None:
        if owner := self._pods.by_host.get(moved.host):
            group.belongs_to(owner)

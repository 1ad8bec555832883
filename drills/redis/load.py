"""Writers over the whole slot space that remember what was acknowledged, and when.

Each shard gets a write every 10 ms, in turn to each of its groups of slots; a group that is refused tries again every
10 ms until it is served. They speak to nodes directly and follow MOVED at once: no client library, so none of its
retries and back-offs is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Self

from components.redis.contract import PORT
from components.redis.topology import ZONES, Role, slot_range
from drills.redis_pods import Pod, Pods
from drills.resp import Connection, Refusal
from drills.slots import tag_by_slot

EVERY_SECONDS = 0.010
GROUPS_IN_A_SHARD = 8
_ANSWER_SECONDS = 1.0
_BATCH = 500
_RESUMED_SECONDS = 60.0


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
    connections: dict[str, Connection] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)

    def candidates(self) -> Iterator[Pod]:
        """Who may have the slots now, the likeliest first."""
        first, second = self.owner, self.mate
        yield first
        yield second

    def drop(self, pod: Pod) -> None:
        """Forget the connection to a pod."""
        connection = self.connections.pop(pod.name, None)
        if connection is not None:
            connection.close()


class Load:
    """All writers; `async with` runs them."""

    def __init__(self, pods: Pods) -> None:
        self._pods = pods
        self._tasks: list[asyncio.Task[None]] = []
        self.refused: Counter[str] = Counter()
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
        self._tasks = [
            asyncio.create_task(self._write_for_ever(group, number)) for number, group in enumerate(self.groups)
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for group in self.groups:
            for pod in self._pods.pods:
                group.drop(pod)

    @property
    def acknowledged(self) -> int:
        """How many writes were acknowledged so far."""
        return sum(len(group.writes) for group in self.groups)

    @property
    def lost_so_far(self) -> int:
        """How many acknowledged writes were found missing so far."""
        return len(self._lost)

    async def fill(self, shard: int, *, mib: int) -> None:
        """Write large values into a shard, which are not counted."""
        group = next(group for group in self.groups if group.shard == shard)
        connection = await self._open(group.owner)
        try:
            for number in range(mib):
                await connection.ask("SET", f"{{{tag_by_slot()[group.slots[0]]}}}:fill:{number}", b"0" * 2**20)
        finally:
            connection.close()

    def owner_of(self, shard: int) -> Pod:
        """Return the pod that served a shard last."""
        return next(group.owner for group in self.groups if group.shard == shard)

    def find_owners(self) -> None:
        """Expect every slot where it is in steady state."""
        for group in self.groups:
            group.owner = self._pods.of(group.shard, Role.PRIMARY)
            group.mate = self._pods.of(group.shard, Role.REPLICA)

    def mark(self) -> list[int]:
        """Return where the list of acknowledged writes ends now."""
        return [len(group.writes) for group in self.groups]

    async def resumed(self, since: float, *, within_seconds: float = _RESUMED_SECONDS) -> tuple[float, list[float]]:
        """Wait until every group was served again after `since`; return the longest wait, and each shard's."""
        async with asyncio.timeout(within_seconds):
            while any(self._served(group, since) is None for group in self.groups):
                for task in self._tasks:
                    if task.done():
                        task.result()
                await asyncio.sleep(EVERY_SECONDS)
        by_shard = [
            max(self._served(group, since) or 0.0 for group in self.groups if group.shard == shard)
            for shard in range(ZONES)
        ]
        return max(by_shard), by_shard

    def longest_pause(self, since: float, until: float) -> float:
        """Return the longest time between two acknowledged writes of one group within the two moments."""
        longest = 0.0
        for group in self.groups:
            times = [write.acknowledged for write in group.writes if since <= write.acknowledged <= until]
            longest = max([longest, *(b - a for a, b in pairwise(times))])
        return longest

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
        """Ask whoever owns the shard; one that changes hands meanwhile, as after a hand-back, is asked again there."""
        async with asyncio.timeout(_RESUMED_SECONDS):
            while True:
                connection = await self._open(group.owner)
                try:
                    replies = await connection.ask_all([("EXISTS", write.key) for write in writes])
                finally:
                    connection.close()
                refusal = next((reply for reply in replies if isinstance(reply, Refusal)), None)
                if refusal is None:
                    return [write for write, reply in zip(writes, replies, strict=True) if reply != 1]
                if refusal.code != "MOVED":
                    raise refusal
                self._follow(group, str(refusal))
                await asyncio.sleep(EVERY_SECONDS)

    def _served(self, group: Group, since: float) -> float | None:
        """Return how long after `since` the first write was acknowledged that was sent after it."""
        found = None
        for write in reversed(group.writes):
            if write.sent < since:
                break
            found = write.acknowledged - since
        return found

    async def _write_for_ever(self, group: Group, number: int) -> None:
        period = EVERY_SECONDS * GROUPS_IN_A_SHARD
        due = time.monotonic() + period * number / len(self.groups)
        for turn in count():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            slot = group.slots[turn % len(group.slots)]
            await self._write(group, f"{{{tag_by_slot()[slot]}}}:{turn}")
            # What a failure held up is not made up for afterwards.
            due = max(due + period, time.monotonic())

    async def _write(self, group: Group, key: str) -> None:
        while True:
            for pod in group.candidates():
                sent = time.monotonic()
                if await self._try(group, pod, key):
                    group.writes.append(Write(key, group.shard, sent, time.monotonic()))
                    return
            await asyncio.sleep(EVERY_SECONDS)

    async def _try(self, group: Group, pod: Pod, key: str) -> bool:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                connection = group.connections.get(pod.name)
                if connection is None:
                    connection = group.connections[pod.name] = await self._open(pod)
                await connection.ask("SET", key, "1")
        except Refusal as refusal:
            self.refused[refusal.code] += 1
            if refusal.code == "MOVED":
                self._follow(group, str(refusal))
            return False
        except (OSError, EOFError, TimeoutError) as error:
            self.refused[type(error).__name__] += 1
            group.drop(pod)
            return False
        if group.owner is not pod:
            group.owner, group.mate = pod, group.owner
        return True

    def _follow(self, group: Group, moved: str) -> None:
        host = moved.split()[2].rpartition(":")[0]
        with contextlib.suppress(KeyError):
            owner = self._pods.by_host[host]
            if owner is not group.owner:
                group.owner, group.mate = owner, group.owner

    async def _open(self, pod: Pod) -> Connection:
        return await Connection.open(pod.address, PORT, name=pod.host, access=self._pods.application)

"""A steady load: turns at a rate, bounded in count and time, and the longest pause between answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

MOST_TURNS = 1_000_000
MOST_SECONDS = 3600.0
"""A load ends by itself after so many turns or so long: one that outlived its drill would fill the memory."""

_CANCELLED_SECONDS = 0.5


async def turns(
    every_seconds: float, *, first_seconds: float = 0.0, catch_up: bool, most: int = MOST_TURNS
) -> AsyncIterator[int]:
    """Yield the number of each turn when it is due; with `catch_up`, turns that were held up follow at once."""
    started = time.monotonic()
    due = started + first_seconds
    for turn in range(most):
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        now = time.monotonic()
        if now - started > MOST_SECONDS:
            return
        yield turn
        due = due + every_seconds if catch_up else max(due + every_seconds, time.monotonic())


def longest_pause(moments: Iterable[float]) -> float:
    """Return the longest time between two neighbours among moments in order; 0 for fewer than two."""
    return max((later - earlier for earlier, later in pairwise(moments)), default=0.0)


@asynccontextmanager
async def running(*jobs: Coroutine[Any, Any, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Run jobs while the block runs, and cancel those that are left."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        yield tasks
    finally:
        left = set(tasks)
        while left:
            for task in left:
                task.cancel()
            # A library may take a cancellation for a timeout of its own, and its caller goes on: then once more.
            _, left = await asyncio.wait(left, timeout=_CANCELLED_SECONDS)


def check(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Raise what a task has failed with."""
    for task in tasks:
        if task.done():
            task.result()

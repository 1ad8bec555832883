"""Waiting for a condition: as short as it can be, and never without an end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from components.base.errors import DrillError


def wait(
    true: Callable[[], bool], *, what: str | Callable[[], str], within_seconds: float, poll_seconds: float = 0.25
) -> float:
    """Wait until something is true and return the seconds. Raises `DrillError` when that takes too long."""
    started = time.monotonic()
    while not true():
        _check(started, what, within_seconds)
        time.sleep(poll_seconds)
    return time.monotonic() - started


async def wait_until(
    true: Callable[[], Awaitable[bool]],
    *,
    what: str | Callable[[], str],
    within_seconds: float,
    poll_seconds: float = 0.5,
) -> float:
    """Do the same while other tasks go on."""
    started = time.monotonic()
    while not await true():
        _check(started, what, within_seconds)
        await asyncio.sleep(poll_seconds)
    return time.monotonic() - started


def _check(started: float, what: str | Callable[[], str], within_seconds: float) -> None:
    if time.monotonic() - started > within_seconds:
        raise DrillError(f"not so after {within_seconds:.0f} s: {what if isinstance(what, str) else what()}.")

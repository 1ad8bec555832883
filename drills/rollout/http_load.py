"""Requests at a steady rate, whatever happens to the earlier ones, and the outcome of each."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from drills.harness.load import longest_pause, running, turns

RATE_PER_SECOND = 50
_REQUEST_SECONDS = 30.0


@dataclass
class HttpLoad:
    """All requests to one address."""

    url: str
    latencies: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def requests(self) -> int:
        """How many requests have ended."""
        return len(self.latencies)

    @property
    def failed(self) -> int:
        """How many of them had another answer than 200."""
        return sum(self.failures.values())

    @property
    def longest_pause(self) -> float:
        """Longest time between two good answers."""
        return longest_pause(sorted(self.answered))

    async def send(self, session: ClientSession) -> None:
        """Send requests until cancelled."""
        async for _ in turns(1 / RATE_PER_SECOND, catch_up=True):
            task = asyncio.create_task(self._one(session))
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)

    async def _one(self, session: ClientSession) -> None:
        started = time.monotonic()
        try:
            async with session.post(f"{self.url}/work") as answer:
                text = await answer.text()
                if answer.status != 200:
                    self.failures[f"{answer.status} {text}"] += 1
                else:
                    self.answered.append(time.monotonic())
        except (ClientError, TimeoutError, OSError) as error:
            self.failures[type(error).__name__] += 1
        self.latencies.append(time.monotonic() - started)


@asynccontextmanager
async def http_load(url: str) -> AsyncIterator[HttpLoad]:
    """Send requests to `url` while the block runs; those under way at its end are awaited."""
    load = HttpLoad(url)
    timeout = ClientTimeout(total=_REQUEST_SECONDS)
    async with ClientSession(connector=TCPConnector(limit=0), timeout=timeout) as session:
        async with running(load.send(session)):
            yield load
        await asyncio.gather(*load.under_way)

"""Requests at a steady rate, whatever happens to the earlier ones, and what became of each."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

RATE_PER_SECOND = 50
_REQUEST_SECONDS = 30.0


@dataclass
class HttpLoad:
    """All requests to one address; `async with` sends them."""

    url: str
    latencies: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

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
        return max((b - a for a, b in pairwise(sorted(self.answered))), default=0.0)

    async def __aenter__(self) -> Self:
        self._session = ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=_REQUEST_SECONDS))
        self._sender = asyncio.create_task(self._send())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._sender.cancel()
        await asyncio.gather(self._sender, return_exceptions=True)
        await self._session.close()

    async def _send(self) -> None:
        under_way: set[asyncio.Task[None]] = set()
        due = time.monotonic()
        try:
            while True:
                task = asyncio.create_task(self._one())
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                due += 1 / RATE_PER_SECOND
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        finally:
            await asyncio.gather(*under_way)

    async def _one(self) -> None:
        started = time.monotonic()
        try:
            async with self._session.post(f"{self.url}/work") as answer:
                text = await answer.text()
                if answer.status != 200:
                    self.failures[f"{answer.status} {text}"] += 1
                else:
                    self.answered.append(time.monotonic())
        except (ClientError, TimeoutError, OSError) as error:
            self.failures[type(error).__name__] += 1
        self.latencies.append(time.monotonic() - started)

"""What a pod of the API must say of itself (components/workloads/README.md), kept by the drill's own server."""

from __future__ import annotations

import time
from collections import Counter

from aiohttp import web
from aiohttp.typedefs import Handler

from components.observability.api_metrics import (
    LATENCY_METRIC,
    REQUEST_CLASS_LABEL,
    REQUEST_CLASSES,
    REQUESTS_METRIC,
    USERS_METRIC,
)

# Those of the client libraries, in seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts the requests of users; probes and scrapes are none."""

    def __init__(self) -> None:
        self._in_flight = 0
        self._answers: Counter[str] = Counter()
        self._seconds: list[float] = []

    async def count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request and remember how that went; one that raises is answered with 500."""
        started = time.monotonic()
        self._in_flight += 1
        status = 500
        try:
            answer = await handler(request)
            status = answer.status
            return answer
        finally:
            self._in_flight -= 1
            self._answers[f"{status // 100}xx"] += 1
            self._seconds.append(time.monotonic() - started)

    async def show(self, _: web.Request) -> web.Response:
        """Answer a scrape."""
        return web.Response(text=self.text())

    def text(self) -> str:
        """Return everything in Prometheus' text format."""
        lines = [f"{USERS_METRIC} {self._in_flight}"]
        lines += [
            f'{REQUESTS_METRIC}{{{REQUEST_CLASS_LABEL}="{name}"}} {self._answers[name]}' for name in REQUEST_CLASSES
        ]
        for bound in (*BUCKETS, float("inf")):
            within = sum(seconds <= bound for seconds in self._seconds)
            name = "+Inf" if bound == float("inf") else f"{bound:g}"
            lines.append(f'{LATENCY_METRIC}_bucket{{le="{name}"}} {within}')
        lines.append(f"{LATENCY_METRIC}_sum {sum(self._seconds)}")
        lines.append(f"{LATENCY_METRIC}_count {len(self._seconds)}")
        return "\n".join((*lines, ""))

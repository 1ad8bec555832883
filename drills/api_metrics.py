"""What a pod of the API must say of itself (components/workloads/README.md), kept by the drill's own server."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from components.observability.api_metrics import (
    LATENCY_METRIC,
    REQUEST_CLASS_LABEL,
    REQUEST_CLASSES,
    REQUESTS_METRIC,
    USERS_METRIC,
)

# Those that client libraries have in common, in seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts the requests of users; probes and scrapes are none."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._in_flight = Gauge(USERS_METRIC, "Users with a request in flight.", registry=self._registry)
        self._seconds = Histogram(
            LATENCY_METRIC, "Seconds until a request was answered.", buckets=BUCKETS, registry=self._registry
        )
        self._answers = Counter(
            REQUESTS_METRIC, "Answers to requests, by class.", (REQUEST_CLASS_LABEL,), registry=self._registry
        )
        for name in REQUEST_CLASSES:
            self._answers.labels(name)

    async def count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request and remember how that went; one that raises is answered with 500."""
        status = 500
        with self._in_flight.track_inprogress(), self._seconds.time():
            try:
                answer = await handler(request)
                status = answer.status
                return answer
            finally:
                self._answers.labels(f"{status // 100}xx").inc()

    async def show(self, _: web.Request) -> web.Response:
        """Answer a scrape."""
        return web.Response(text=self.text())

    def text(self) -> str:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry).decode()

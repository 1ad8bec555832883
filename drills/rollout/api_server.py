"""What runs in a pod of the API in the rollout drill: a real HTTP server that drains on SIGTERM as the API must.

It starts like an application does, some time after its process; then each request takes `WORK_SECONDS`. It exposes the
metrics that the platform asks of an image of the API (components/workloads/README.md).
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

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

WORK = "/work"
WORK_SECONDS = 0.1
# Those that client libraries have in common, in seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_REGISTRY = CollectorRegistry()
_IN_FLIGHT = Gauge(USERS_METRIC, "Users with a request in flight.", registry=_REGISTRY)
_SECONDS = Histogram(LATENCY_METRIC, "Seconds until a request was answered.", buckets=BUCKETS, registry=_REGISTRY)
_ANSWERS = Counter(REQUESTS_METRIC, "Answers to requests, by class.", (REQUEST_CLASS_LABEL,), registry=_REGISTRY)
for _name in REQUEST_CLASSES:
    _ANSWERS.labels(_name)


@web.middleware
async def _counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the requests of users, not probes and scrapes; a request that raises is answered with 500."""
    if request.path != WORK:
        return await handler(request)
    status = 500
    with _IN_FLIGHT.track_inprogress(), _SECONDS.time():
        try:
            answer = await handler(request)
            status = answer.status
            return answer
        finally:
            _ANSWERS.labels(f"{status // 100}xx").inc()


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(text=generate_latest(_REGISTRY).decode())


async def _work(request: web.Request) -> web.Response:
    await asyncio.sleep(WORK_SECONDS)
    return web.Response(text="done", status=int(request.query.get("status", "200")))


def main() -> None:
    """Serve at ADDRESS PORT, after START seconds."""
    address, port, start_seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    time.sleep(start_seconds)
    application = web.Application(middlewares=[_counted])
    application.router.add_get("/health/{probe}", _healthy)
    application.router.add_get("/metrics", _metrics)
    application.router.add_post(WORK, _work)
    web.run_app(
        application,
        host=address,
        port=port,
        print=None,
        # SIGTERM: stop listening, let running requests end, for at most this long.
        shutdown_timeout=float(os.environ["Q2O_DRAIN_SECONDS"]),
    )


if __name__ == "__main__":
    main()

"""What runs in a pod of the API in the rollout drill: a real HTTP server that drains on SIGTERM as the API must.

It starts like an application does, some time after its process; then each request takes `WORK_SECONDS`. It says of
itself what the platform asks of an image of the API.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

from aiohttp import web
from aiohttp.typedefs import Handler

from drills.api_metrics import Metrics

WORK = "/work"
WORK_SECONDS = 0.1


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _work(request: web.Request) -> web.Response:
    await asyncio.sleep(WORK_SECONDS)
    return web.Response(text="done", status=int(request.query.get("status", "200")))


def main() -> None:
    """Serve at ADDRESS PORT, after START seconds."""
    address, port, start_seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    time.sleep(start_seconds)
    metrics = Metrics()

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await (metrics.count(request, handler) if request.path == WORK else handler(request))

    application = web.Application(middlewares=[counted])
    application.router.add_get("/health/{probe}", _healthy)
    application.router.add_get("/metrics", metrics.show)
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

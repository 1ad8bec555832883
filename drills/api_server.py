"""What runs in a pod of the API in the rollout drill: a real HTTP server that drains on SIGTERM as the API must.

It starts like an application does, some time after its process; then each request takes `WORK_SECONDS`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

from aiohttp import web

WORK_SECONDS = 0.1


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _work(_: web.Request) -> web.Response:
    await asyncio.sleep(WORK_SECONDS)
    return web.Response(text="done")


def main() -> None:
    """Serve at ADDRESS PORT, after START seconds."""
    address, port, start_seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    time.sleep(start_seconds)
    application = web.Application()
    application.router.add_get("/health/{probe}", _healthy)
    application.router.add_post("/work", _work)
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

"""The drill's gateway: a real HTTP proxy that follows a Service's endpoints, as late as a real one, without retries."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

from drills.harness.load import running
from sandbox.control_plane.client import Client

_POLL_SECONDS = 0.1
_REQUEST_SECONDS = 30.0


@dataclass(kw_only=True)
class Gateway:
    """Spreads requests over the ready endpoints that it knows of."""

    client: Client
    namespace: str
    service: str
    address: str
    port: int
    delay_seconds: float
    """From a change of the endpoints to its effect."""
    reach: Callable[[str], str]
    """Where the process of an endpoint listens."""
    endpoints: tuple[str, ...] = ()
    """Where requests go now."""
    _turn: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://{self.address}:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Gateway]:
        """Serve while the block runs."""
        timeout = ClientTimeout(total=_REQUEST_SECONDS)
        async with ClientSession(connector=TCPConnector(limit=0), timeout=timeout) as session:

            async def forward(request: web.Request) -> web.Response:
                return await self._forward(session, request)

            application = web.Application()
            application.router.add_route("*", "/{path:.*}", forward)
            runner = web.AppRunner(application)
            await runner.setup()
            try:
                await web.TCPSite(runner, self.address, self.port).start()
                async with running(self._follow()):
                    yield self
            finally:
                await runner.cleanup()

    async def _forward(self, session: ClientSession, request: web.Request) -> web.Response:
        endpoints = self.endpoints
        if not endpoints:
            return web.Response(status=503, text="no endpoint")
        url = f"{endpoints[next(self._turn) % len(endpoints)]}{request.path}"
        try:
            # Not a GET: the client library would send that again by itself on a connection that was closed.
            async with session.request(request.method, url, data=await request.read()) as answer:
                return web.Response(status=answer.status, body=await answer.read())
        except (ClientError, TimeoutError, OSError) as error:
            return web.Response(status=502, text=type(error).__name__)

    async def _follow(self) -> None:
        waiting: list[tuple[float, tuple[str, ...]]] = []
        seen: tuple[str, ...] = ()
        while True:
            found = await asyncio.to_thread(self._ready)
            if found != seen:
                seen = found
                waiting.append((time.monotonic() + self.delay_seconds, found))
            while waiting and waiting[0][0] <= time.monotonic():
                self.endpoints = waiting.pop(0)[1]
            await asyncio.sleep(_POLL_SECONDS)

    def _ready(self) -> tuple[str, ...]:
        selector = f"kubernetes.io/service-name={self.service}"
        slices = self.client.list_objects(
            "discovery.k8s.io/v1", "EndpointSlice", self.namespace, label_selector=selector
        )
        return tuple(
            sorted(
                f"http://{self.reach(address)}:{row['ports'][0]['port']}"
                for row in slices
                for endpoint in row.get("endpoints") or []
                if endpoint.get("conditions", {}).get("ready", True)
                for address in endpoint["addresses"]
            )
        )

"""The drill's gateway: a real HTTP proxy that follows a Service's endpoints, as late as a real one, without retries."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Self

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

from sandbox.control_plane.client import Client

_POLL_SECONDS = 0.1
_REQUEST_SECONDS = 30.0


class Gateway:
    """Spreads requests over the ready endpoints that it knows of; `async with` runs it."""

    def __init__(
        self,
        client: Client,
        *,
        namespace: str,
        service: str,
        address: str,
        port: int,
        delay_seconds: float,
        reach: Callable[[str], str],
    ) -> None:
        """`delay_seconds`: from a change of the endpoints to its effect. `reach`: where an endpoint's process is."""
        self.url = f"http://{address}:{port}"
        self._client = client
        self._namespace = namespace
        self._service = service
        self._place = (address, port)
        self._delay_seconds = delay_seconds
        self._reach = reach
        self._endpoints: tuple[str, ...] = ()
        self._turn = itertools.count()

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Where requests go now."""
        return self._endpoints

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            connector=TCPConnector(limit=0), timeout=ClientTimeout(total=_REQUEST_SECONDS), raise_for_status=False
        )
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._forward)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, *self._place).start()
        self._follower = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._follower.cancel()
        await asyncio.gather(self._follower, return_exceptions=True)
        await self._runner.cleanup()
        await self._session.close()

    async def _forward(self, request: web.Request) -> web.Response:
        endpoints = self._endpoints
        if not endpoints:
            return web.Response(status=503, text="no endpoint")
        target = endpoints[next(self._turn) % len(endpoints)]
        try:
            # Not a GET: those the client library would send again by itself on a connection that was closed.
            async with self._session.request(
                request.method, f"{target}{request.path}", data=await request.read()
            ) as it:
                return web.Response(status=it.status, body=await it.read())
        except (ClientError, TimeoutError, OSError) as error:
            return web.Response(status=502, text=type(error).__name__)

    async def _follow(self) -> None:
        waiting: list[tuple[float, tuple[str, ...]]] = []
        seen: tuple[str, ...] = ()
        while True:
            found = await asyncio.to_thread(self._ready)
            if found != seen:
                seen = found
                waiting.append((time.monotonic() + self._delay_seconds, found))
            while waiting and waiting[0][0] <= time.monotonic():
                self._endpoints = waiting.pop(0)[1]
            await asyncio.sleep(_POLL_SECONDS)

    def _ready(self) -> tuple[str, ...]:
        slices = self._client.list_objects(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            self._namespace,
            label_selector=f"kubernetes.io/service-name={self._service}",
        )
        return tuple(
            sorted(
                f"http://{self._reach(address)}:{row['ports'][0]['port']}"
                for row in slices
                for endpoint in row.get("endpoints") or []
                if endpoint.get("conditions", {}).get("ready", True)
                for address in endpoint["addresses"]
            )
        )

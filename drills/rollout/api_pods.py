"""Pods of the API as processes: each serves real HTTP on an address of its own and leaves as its spec says."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import count

from aiohttp import ClientError, ClientSession, ClientTimeout

from drills.harness.cluster import Manifest
from drills.harness.processes import Process, Stage

SERVER = "drills.rollout.api_server"


def reach(address: str) -> str:
    """Return where the process of the pod with `address` listens.

    The API server takes no loopback addresses for pods, so they are called 10.x.y.z there.
    """
    return f"127.{address.partition('.')[2]}"


class ApiPod:
    """One running pod of the API."""

    def __init__(self, pod: Manifest, address: str, process: Process, session: ClientSession) -> None:
        self.address = address
        self._process = process
        self._session = session
        container = pod["spec"]["containers"][0]
        self._probe = container["readinessProbe"]
        self._port = _port_of(pod)
        self._pre_stop_seconds = float(
            container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        )

    async def is_ready(self) -> bool:
        """Ask what the pod's readiness probe asks."""
        url = f"http://{reach(self.address)}:{self._port}{self._probe['httpGet']['path']}"
        try:
            async with self._session.get(url, timeout=ClientTimeout(total=self._probe["timeoutSeconds"])) as answer:
                return answer.status < 400
        except (ClientError, TimeoutError, OSError):
            return False

    async def leave(self, grace_seconds: float) -> None:
        """Sleep as the pre-stop hook does, then SIGTERM, then, when the grace is over, SIGKILL."""
        started = time.monotonic()
        await asyncio.sleep(min(self._pre_stop_seconds, grace_seconds))
        await self._process.stop(max(0.0, grace_seconds - (time.monotonic() - started)))


def starter(
    stage: Stage, network: str, session: ClientSession, *, start_seconds: float
) -> Callable[[Manifest], Awaitable[ApiPod]]:
    """Return what starts a process for a pod, each on the next address of `network`, such as `127.42.`."""
    numbers = count(2)

    async def start(pod: Manifest) -> ApiPod:
        high, low = divmod(next(numbers), 250)
        address = f"10.{network.split('.')[1]}.{high}.{low + 2}"
        command = [sys.executable, "-m", SERVER, reach(address), str(_port_of(pod)), str(start_seconds)]
        environment = {row["name"]: row["value"] for row in pod["spec"]["containers"][0]["env"] if "value" in row}
        process = stage.start(
            command,
            environment={**environment, "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
            log=stage.folder / f"{pod['metadata']['name']}.log",
        )
        return ApiPod(pod, address, process, session)

    return start


def _port_of(pod: Manifest) -> int:
    return int(pod["spec"]["containers"][0]["ports"][0]["containerPort"])

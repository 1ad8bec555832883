"""The drill's kubelet: gives each pod that the scheduler placed a real process, and reports its status.

KWOK reports a pod as ready at once, and removes it at once when it is deleted. A rollout could not be measured with
that, so the nodes of a drill are not KWOK's: a pod is ready when its process answers the probe that its spec names,
and it is removed when its process has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol, Self

from components.base.errors import SandboxError
from drills.harness.cluster import Manifest
from drills.harness.load import check
from sandbox.control_plane.client import Client

_POLL_SECONDS = 0.1


class Running(Protocol):
    """The processes of one pod."""

    @property
    def address(self) -> str:
        """Address of the pod as the cluster knows it."""

    async def is_ready(self) -> bool:
        """Answer the readiness probe."""

    async def leave(self, grace_seconds: float) -> None:
        """Run the pre-stop hook, ask the processes to end, kill them when their grace is over."""


class Kubelet:
    """Looks after every pod of some namespaces; `async with` runs it."""

    def __init__(
        self, client: Client, namespaces: Sequence[str], start: Callable[[Manifest], Awaitable[Running]]
    ) -> None:
        self._client = client
        self._namespaces = namespaces
        self._start = start
        self._deleted: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [task for task in (self._loop, *self._tasks) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            for namespace in self._namespaces:
                for pod in await asyncio.to_thread(self._client.list_objects, "v1", "Pod", namespace):
                    self._notice(pod)
            check(self._tasks)
            await asyncio.sleep(_POLL_SECONDS)

    def _notice(self, pod: Manifest) -> None:
        uid = pod["metadata"]["uid"]
        if uid not in self._deleted and pod["spec"].get("nodeName"):
            self._deleted[uid] = asyncio.Event()
            self._tasks.append(asyncio.create_task(self._live(pod, self._deleted[uid])))
        if uid in self._deleted and pod["metadata"].get("deletionTimestamp"):
            self._deleted[uid].set()

    async def _live(self, pod: Manifest, deleted: asyncio.Event) -> None:
        """Run one pod from its placement to its end."""
        running = await self._start(pod)
        probe = pod["spec"]["containers"][0]["readinessProbe"]
        failures, said = 0, False
        try:
            await self._tell(pod, running, is_ready=False)
            while not deleted.is_set():
                failures = 0 if await running.is_ready() else failures + 1
                is_ready = failures == 0 or (said and failures < probe.get("failureThreshold", 3))
                if is_ready != said:
                    await self._tell(pod, running, is_ready=is_ready)
                    said = is_ready
                # Until it is first ready the startup probe asks, every second in all our pods.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(probe["periodSeconds"] if said else 1.0):
                        await deleted.wait()
        finally:
            await running.leave(pod["spec"]["terminationGracePeriodSeconds"] if deleted.is_set() else 0.0)
        await asyncio.to_thread(self._remove, pod)

    async def _tell(self, pod: Manifest, running: Running, *, is_ready: bool) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        truth = {"PodScheduled": True, "Initialized": True, "ContainersReady": is_ready, "Ready": is_ready}
        status = {
            "phase": "Running",
            "podIP": running.address,
            "podIPs": [{"ip": running.address}],
            "conditions": [
                {"type": type_, "status": str(value), "lastTransitionTime": now} for type_, value in truth.items()
            ],
        }
        metadata = pod["metadata"]
        with contextlib.suppress(SandboxError):  # it may be gone by now
            await asyncio.to_thread(
                self._client.patch,
                "v1",
                "Pod",
                metadata["name"],
                {"status": status},
                metadata["namespace"],
                subresource="status",
            )

    def _remove(self, pod: Manifest) -> None:
        metadata = pod["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}}
        with contextlib.suppress(SandboxError):
            self._client.request("DELETE", path, body={"apiVersion": "v1", "kind": "DeleteOptions", **options})

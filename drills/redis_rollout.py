"""A rollout of Redis by the real controller of StatefulSets, under load: what is lost, and how long a write waits.

Real: API server, scheduler, the controllers, the objects as the program makes them, six servers with their keepers and
their pre-stop hooks, the writers. Played: the kubelet and the volumes, which outlive their pods here as there.
"""

from __future__ import annotations

import asyncio
import copy
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import RenderableType

from components.base.errors import Q2OError
from components.base.pods import POOL_LABEL, SYSTEM_POOL
from components.namespaces.contract import DATA_NAMESPACE
from components.redis.topology import HAND_BACK_SECONDS
from drills.kubelet import Kubelet, wait_until
from drills.redis_experiments import FULL, Kill, kill_primary
from drills.redis_load import Load
from drills.redis_pods import Pod, Pods, server_version
from drills.redis_report import ROLLOUT_PAUSE_SECONDS
from drills.rollout_cluster import Manifest, control_plane, objects_of
from drills.screen import Figures, Progress, finish, show, table
from q2o_infra.settings import RedisSettings
from sandbox.control_plane.client import Client

_STARTED_SECONDS = 120.0
_ROLLED_SECONDS = 300.0
_SET = ("apps/v1", "StatefulSet")


class RedisPod:
    """One pod of the API server as the processes that run for it."""

    def __init__(self, pod: Pod) -> None:
        self._pod = pod

    @property
    def address(self) -> str:
        """The address as the API server takes it: loopback is refused there."""
        return self._pod.address.replace("127.", "10.", 1)

    async def is_ready(self) -> bool:
        """Answer the readiness probe."""
        return await self._pod.is_ready()

    async def leave(self, grace_seconds: float) -> None:
        """Run the pre-stop hook and end both containers, or only kill them where no grace is given."""
        if grace_seconds:
            await self._pod.leave()
        else:
            await self._pod.crash_whole()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the writers saw."""

    server: str
    pods: int
    seconds: float
    pause_seconds: float
    writes: int
    lost: int
    most_away: int
    """Most pods that were not ready at once."""
    control: Kill


def starter(pods: Pods) -> Callable[[Manifest], Awaitable[RedisPod]]:
    """Return what starts the processes of a pod of the API server, on an address that no pod had before."""
    by_name = {pod.name: pod for pod in pods.pods}

    async def start(manifest: Manifest) -> RedisPod:
        pod = by_name[manifest["metadata"]["name"]]
        pods.move([pod])
        await pod.start()
        return RedisPod(pod)

    return start


async def drill(objects: list[Manifest], *, progress: Progress) -> Outcome:
    """Roll every StatefulSet of `objects`, one after the other as the program does."""
    server = await server_version()
    sets = [manifest for manifest in objects if manifest["kind"] == "StatefulSet"]
    zones = [manifest["metadata"]["name"].removeprefix("redis-") for manifest in sets]
    with tempfile.TemporaryDirectory(prefix="q2o-drill-") as name:
        folder = Path(name)
        labels = {POOL_LABEL: SYSTEM_POOL}
        with control_plane(folder / "control-plane", say=progress.say, zones=zones, labels=labels) as client:
            pods = Pods(folder, RedisSettings(), zones)
            try:
                for manifest in objects:
                    client.apply(_without_claims(manifest))
                return await _roll(client, sets, pods, server=server, progress=progress)
            finally:
                await pods.end()


async def _roll(client: Client, sets: list[Manifest], pods: Pods, *, server: str, progress: Progress) -> Outcome:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(Kubelet(client, (DATA_NAMESPACE,), starter(pods)))
        for manifest in sets:
            await _rolled_out(client, manifest, within_seconds=_STARTED_SECONDS)
        progress.say(f"six nodes are in their places after {await pods.settled(HAND_BACK_SECONDS):.1f} s more")
        load = await stack.enter_async_context(Load(pods))
        watch = asyncio.create_task(_most_away(client))
        mark, before, started = load.mark(), load.acknowledged, time.monotonic()
        for manifest in sets:
            await asyncio.to_thread(client.apply, _next(_without_claims(manifest)))
            await _rolled_out(client, manifest, within_seconds=_ROLLED_SECONDS)
            progress.say(f"{manifest['metadata']['name']} is rolled out")
        await load.resumed(time.monotonic())
        ended = time.monotonic()
        watch.cancel()
        most_away = (await asyncio.gather(watch, return_exceptions=True))[0]
        lost, writes = await load.lost(mark), load.acknowledged - before
        pause = load.longest_pause(started, ended)
        await pods.settled(HAND_BACK_SECONDS)
        control = await kill_primary(pods, load, shard=0, pace=FULL, frozen=True, heal=False)
    return Outcome(
        server=server,
        pods=len(pods.pods),
        seconds=ended - started,
        pause_seconds=pause,
        writes=writes,
        lost=len(lost),
        most_away=most_away if isinstance(most_away, int) else 0,
        control=control,
    )


async def _most_away(client: Client) -> int:
    """Return, once cancelled, the most pods of the six that were not ready at once."""
    most = 0
    try:
        while True:
            rows = await asyncio.to_thread(client.list_objects, "v1", "Pod", DATA_NAMESPACE)
            ready = [
                row
                for row in rows
                if not row["metadata"].get("deletionTimestamp")
                and any(
                    condition["type"] == "Ready" and condition["status"] == "True"
                    for condition in (row.get("status") or {}).get("conditions") or []
                )
            ]
            most = max(most, 6 - len(ready))
            await asyncio.sleep(0.2)
    except asyncio.CancelledError:
        return most


async def _rolled_out(client: Client, manifest: Manifest, *, within_seconds: float) -> None:
    name = manifest["metadata"]["name"]

    async def rolled_out() -> bool:
        live = await asyncio.to_thread(client.get, *_SET, name, DATA_NAMESPACE)
        status = live.get("status") or {}
        return (
            status.get("observedGeneration", 0) >= live["metadata"]["generation"]
            and status.get("readyReplicas", 0) == live["spec"]["replicas"]
            and status.get("updatedReplicas", 0) == live["spec"]["replicas"]
            and status.get("currentRevision") == status.get("updateRevision")
        )

    await wait_until(rolled_out, what=f"{name} is rolled out", within_seconds=within_seconds)


def _without_claims(manifest: Manifest) -> Manifest:
    """Return a StatefulSet without its claims: the volume of a pod is a folder of this drill."""
    found = copy.deepcopy(manifest)
    for claim in found.get("spec", {}).pop("volumeClaimTemplates", []):
        found["spec"]["template"]["spec"]["volumes"].append({"name": claim["metadata"]["name"], "emptyDir": {}})
    return found


def _next(manifest: Manifest) -> Manifest:
    annotations = manifest["spec"]["template"]["metadata"].setdefault("annotations", {})
    annotations["q2o.dev/drill"] = "next"
    return manifest


def figures(outcome: Outcome) -> Figures:
    """Return everything flat, units in the names."""
    return {
        "runs": 1,
        "gap_median_seconds": outcome.pause_seconds,
        "gap_worst_seconds": outcome.pause_seconds,
        "lost": outcome.lost,
        "control_lost": outcome.control.lost,
        "writes": outcome.writes,
        "rollout_seconds": outcome.seconds,
        "pods": outcome.pods,
        "most_pods_away": outcome.most_away,
        "server": outcome.server,
        "network": "loopback",
    }


def missed(outcome: Outcome) -> list[str]:
    """Return every promise that was not kept."""
    found = []
    if outcome.lost:
        found.append(f"{outcome.lost} of {outcome.writes} acknowledged writes are gone")
    if outcome.pause_seconds >= ROLLOUT_PAUSE_SECONDS:
        found.append(f"a write waited {outcome.pause_seconds:.2f} s, promised less than {ROLLOUT_PAUSE_SECONDS:g} s")
    if outcome.most_away > 1:
        found.append(f"{outcome.most_away} pods were away at once")
    if not outcome.control.lost:
        found.append("the control with a frozen replica lost nothing, so this drill would not see a loss")
    return found


def views(outcome: Outcome) -> list[RenderableType]:
    """Return the table for a reader."""
    rows = [
        ["rollout of six", outcome.writes, outcome.lost, outcome.pause_seconds],
        ["control, replica frozen", outcome.control.writes, outcome.control.lost, outcome.control.gap_seconds],
    ]
    return [
        table("what", "writes", "lost", "longest pause s", rows=rows),
        "",
        f"{outcome.server}: {outcome.pods} pods rolled in {outcome.seconds:.0f} s by the controller of StatefulSets",
        f"{outcome.most_away} away at once at most; all on loopback",
    ]


@click.command()
@click.argument("stack", default="us-east")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def main(stack: str, *, as_json: bool) -> None:
    """Roll the Redis of STACK out under load. Exit code 1: a write was lost; 2: something is missing here."""
    progress = Progress()
    try:
        # A plan runs an event loop of its own, so it is made before this one starts.
        outcome = asyncio.run(drill(objects_of(stack, DATA_NAMESPACE), progress=progress))
    except Q2OError as error:
        click.echo(f"error: {error.message}", err=True)
        sys.exit(error.exit_code)
    show(figures(outcome), views(outcome), as_json=as_json)
    finish(missed(outcome))


if __name__ == "__main__":
    main()

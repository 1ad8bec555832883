"""A rollout of Redis by the real controller of StatefulSets, under load: what is lost, and how long a write waits.

Real: API server, scheduler, the controllers, the objects as the program makes them, six servers with their keepers and
their pre-stop hooks, the writers. Played: the kubelet and the volumes, which outlive their pods here as there.
"""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass

from components.base.pods import POOL_LABEL, SYSTEM_POOL
from components.namespaces.contract import DATA_NAMESPACE
from components.redis.topology import HAND_BACK_SECONDS
from drills.harness.cluster import Manifest, add_nodes, apply_all, control_plane, is_rolled_out, objects_of
from drills.harness.command import STACK, Progress, Report, broken, command, figures, table
from drills.harness.kubelet import Kubelet
from drills.harness.load import check, running
from drills.harness.processes import Stage
from drills.harness.waiting import wait_until
from drills.redis.experiments import FULL, SHORT, Kill, Pace, Rollout, kill_primary, watched
from drills.redis.load import Load
from drills.redis.pods import Pod, Pods, server_version
from drills.redis.report import ROLLOUT_PAUSE_SECONDS
from q2o_infra.settings import RedisSettings
from sandbox.control_plane.client import Client

_STARTED_SECONDS = 120.0
_ROLLED_SECONDS = 300.0
_POLL_SECONDS = 0.2


class RedisPod:
    """One pod of the API server as the processes that run for it."""

    def __init__(self, pod: Pod) -> None:
        self._pod = pod
        self.address = pod.address.replace("127.", "10.", 1)
        """The address as the API server takes it: loopback is refused there."""
        self.is_ready = pod.is_ready

    async def leave(self, grace_seconds: float) -> None:
        """Run the pre-stop hook and end both containers, or only kill them where no grace is given."""
        await (self._pod.leave() if grace_seconds else self._pod.crash_whole())


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the writers saw."""

    server: str
    rollout: Rollout
    most_away: int
    """Most pods that were not ready at once."""
    control: Kill


class Watch:
    """Looks at the pods of the API server all the time, and remembers the most that were not ready at once."""

    def __init__(self, client: Client, pods: int) -> None:
        self._client = client
        self._pods = pods
        self.most_away = 0

    async def look(self) -> None:
        """Look until cancelled."""
        while True:
            rows = await asyncio.to_thread(self._client.list_objects, "v1", "Pod", DATA_NAMESPACE)
            self.most_away = max(self.most_away, self._pods - sum(map(_is_ready, rows)))
            await asyncio.sleep(_POLL_SECONDS)


async def drill(client: Client, objects: list[Manifest], pods: Pods, *, pace: Pace, progress: Progress) -> Outcome:
    """Roll every StatefulSet of `objects`, one after the other as the program does."""
    sets = [manifest for manifest in objects if manifest["kind"] == "StatefulSet"]
    by_name = {pod.name: pod for pod in pods.pods}

    async def start(manifest: Manifest) -> RedisPod:
        pod = by_name[manifest["metadata"]["name"]]
        pods.start([pod])
        return RedisPod(pod)

    async def roll() -> None:
        for manifest in sets:
            await asyncio.to_thread(client.apply, _next(manifest))
            await _rolled_out(client, manifest, within_seconds=_ROLLED_SECONDS)
            progress.say(f"{manifest['metadata']['name']} is rolled out")

    async with pods, Kubelet(client, (DATA_NAMESPACE,), start):
        for manifest in sets:
            await _rolled_out(client, manifest, within_seconds=_STARTED_SECONDS)
        progress.say(f"six nodes are in their places after {await pods.settled(HAND_BACK_SECONDS):.1f} s more")
        watch = Watch(client, len(pods.pods))
        async with Load(pods) as load:
            async with running(watch.look()) as tasks:
                rollout = await watched(load, roll, pods=len(pods.pods))
                check(tasks)
            await pods.settled(HAND_BACK_SECONDS)
            control = await kill_primary(pods, load, shard=0, pace=pace, frozen=True, heal=False)
    return Outcome(server=server_version(), rollout=rollout, most_away=watch.most_away, control=control)


def _is_ready(pod: Manifest) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or []
    ready = any(row["type"] == "Ready" and row["status"] == "True" for row in conditions)
    return ready and not pod["metadata"].get("deletionTimestamp")


async def _rolled_out(client: Client, manifest: Manifest, *, within_seconds: float) -> None:
    name = manifest["metadata"]["name"]

    async def rolled_out() -> bool:
        return is_rolled_out(await asyncio.to_thread(client.get, "apps/v1", "StatefulSet", name, DATA_NAMESPACE))

    await wait_until(rolled_out, what=f"{name} is rolled out", within_seconds=within_seconds)


def _without_claims(manifest: Manifest) -> Manifest:
    """Return a StatefulSet without its claims: the volume of a pod is a folder of this drill."""
    found = copy.deepcopy(manifest)
    for claim in found.get("spec", {}).pop("volumeClaimTemplates", []):
        found["spec"]["template"]["spec"]["volumes"].append({"name": claim["metadata"]["name"], "emptyDir": {}})
    return found


def _next(manifest: Manifest) -> Manifest:
    found = copy.deepcopy(manifest)
    found["spec"]["template"]["metadata"].setdefault("annotations", {})["q2o.dev/drill"] = "next"
    return found


def report(outcome: Outcome) -> Report:
    """Return everything that the drill prints."""
    rollout, control, away = outcome.rollout, outcome.control, outcome.most_away
    pause = rollout.pause_seconds
    return Report(
        figures=figures(
            gaps=[pause],
            lost=rollout.lost,
            control_lost=control.lost,
            writes=rollout.writes,
            rollout_seconds=rollout.seconds,
            pods=rollout.pods,
            most_pods_away=away,
            server=outcome.server,
        ),
        views=[
            table(
                *("what", "writes", "lost", "longest pause s"),
                rows=[
                    ["rollout of six", rollout.writes, rollout.lost, pause],
                    ["control, replica frozen", control.writes, control.lost, control.gap_seconds],
                ],
            ),
            "",
            f"{outcome.server}: {rollout.pods} pods in {rollout.seconds:.0f} s by the controller of StatefulSets",
            f"{away} away at once at most; all on loopback",
        ],
        missed=broken(
            {
                f"{rollout.lost} of {rollout.writes} acknowledged writes are gone": not rollout.lost,
                f"a write waited {pause:.2f} s, promised less than {ROLLOUT_PAUSE_SECONDS:g} s": (
                    pause < ROLLOUT_PAUSE_SECONDS
                ),
                f"{away} pods were away at once": away <= 1,
                "the control with a frozen replica lost nothing, so this drill would not see a loss": control.lost > 0,
            }
        ),
    )


@command
@STACK
def main(stack: str, *, short: bool, progress: Progress) -> Report:
    """Roll the Redis of STACK out under load. Exit code 1: a write was lost; 2: something is missing here."""
    server_version()
    objects = [_without_claims(manifest) for manifest in objects_of(stack, DATA_NAMESPACE)]
    names = [manifest["metadata"]["name"] for manifest in objects if manifest["kind"] == "StatefulSet"]
    zones = [name.removeprefix("redis-") for name in names]
    with Stage() as stage, control_plane(stage.folder / "control-plane", say=progress.say) as plane:
        add_nodes(plane.client, zones, {POOL_LABEL: SYSTEM_POOL})
        pods = Pods(stage, RedisSettings(), zones)
        apply_all(plane.client, objects)
        pace = SHORT if short else FULL
        return report(asyncio.run(drill(plane.client, objects, pods, pace=pace, progress=progress)))


if __name__ == "__main__":
    main()

"""Both rollouts: the API as the program makes it, and the same in another namespace without its pre-stop hook."""

from __future__ import annotations

import asyncio
import copy
import time
from contextlib import AsyncExitStack

from aiohttp import ClientSession

from components.namespaces.contract import API_NAMESPACE
from drills.harness.cluster import Manifest, apply_all, is_rolled_out
from drills.harness.command import Progress
from drills.harness.kubelet import Kubelet
from drills.harness.processes import Stage, free_network
from drills.harness.waiting import wait_until
from drills.rollout.api_pods import reach, starter
from drills.rollout.gateway import Gateway
from drills.rollout.http_load import http_load
from drills.rollout.report import PROPAGATION_SECONDS, Outcome, Side
from sandbox.control_plane.client import Client

CONTROL_NAMESPACE = f"{API_NAMESPACE}-control"
NEXT_IMAGE = f"registry.example.com/q2o/api@sha256:{'ab' * 32}"
_NAMESPACES = (API_NAMESPACE, CONTROL_NAMESPACE)
_SETTLED_SECONDS = 120.0
_ROLLED_SECONDS = 300.0
_CALM_SECONDS = 3.0
_PORT = 8080
_SERVICE = "api"


async def drill(
    client: Client, objects: list[Manifest], stage: Stage, *, start_seconds: float, progress: Progress
) -> Outcome:
    """Roll the API that `objects` make out twice at once, with and without its pre-stop hook."""
    control = for_control(objects)
    apply_all(client, [*objects, *control])
    network = free_network(_PORT)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(ClientSession())
        start = starter(stage, network, session, start_seconds=start_seconds)
        await stack.enter_async_context(Kubelet(client, _NAMESPACES, start))
        gateways = [
            Gateway(
                client=client,
                namespace=namespace,
                service=_SERVICE,
                address=f"{network}255.{number}",
                port=_PORT,
                delay_seconds=PROPAGATION_SECONDS,
                reach=reach,
            )
            for number, namespace in enumerate(_NAMESPACES, start=1)
        ]
        for gateway in gateways:
            await stack.enter_async_context(gateway.running())
        await _rolled_out(client, within_seconds=_SETTLED_SECONDS)
        pods = int(client.get("apps/v1", "Deployment", _SERVICE, API_NAMESPACE)["spec"]["replicas"])

        async def known() -> bool:
            return all(len(gateway.endpoints) == pods for gateway in gateways)

        async def gone() -> bool:
            return len(await asyncio.to_thread(client.list_objects, "v1", "Pod", API_NAMESPACE)) == pods

        await wait_until(known, what="the gateways know every pod", within_seconds=_SETTLED_SECONDS)
        progress.say(f"{pods} pods on each side serve; a new image goes out")
        loads = [await stack.enter_async_context(http_load(gateway.url)) for gateway in gateways]
        await asyncio.sleep(_CALM_SECONDS)
        started = time.monotonic()
        for manifests in (objects, control):
            await asyncio.to_thread(client.apply, _with_next_image(manifests))
        await _rolled_out(client, within_seconds=_ROLLED_SECONDS)
        await wait_until(gone, what="the old pods are gone", within_seconds=_ROLLED_SECONDS)
        seconds = time.monotonic() - started
        progress.say(f"rolled out after {seconds:.0f} s")
        await asyncio.sleep(PROPAGATION_SECONDS)
    sides = [Side.of(name, load) for name, load in zip(("as generated", "control, no pre-stop"), loads, strict=True)]
    return Outcome(pods=pods, seconds=seconds, real=sides[0], control=sides[1])


def for_control(manifests: list[Manifest]) -> list[Manifest]:
    """Return the same objects in a namespace of their own, without the pre-stop hook."""
    copies = copy.deepcopy([manifest for manifest in manifests if manifest["kind"] != "PriorityClass"])
    for manifest in copies:
        manifest["metadata"]["name" if manifest["kind"] == "Namespace" else "namespace"] = CONTROL_NAMESPACE
        if manifest["kind"] == "Deployment":
            del manifest["spec"]["template"]["spec"]["containers"][0]["lifecycle"]
    return copies


def _with_next_image(manifests: list[Manifest]) -> Manifest:
    found = copy.deepcopy(next(row for row in manifests if row["kind"] == "Deployment"))
    found["spec"]["template"]["spec"]["containers"][0]["image"] = NEXT_IMAGE
    return found


async def _rolled_out(client: Client, *, within_seconds: float) -> None:
    async def rolled_out() -> bool:
        both = [
            await asyncio.to_thread(client.get, "apps/v1", "Deployment", _SERVICE, namespace)
            for namespace in _NAMESPACES
        ]
        return all(map(is_rolled_out, both)) and min(row["spec"]["replicas"] for row in both) > 1

    await wait_until(rolled_out, what="both deployments are rolled out", within_seconds=within_seconds)

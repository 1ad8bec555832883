"""A rollout of the API under HTTP load, beside one without its pre-stop hook: what fails, and for how long.

Real: API server, scheduler, the controllers of deployments, endpoints and autoscaling, the objects as the program
makes them, an HTTP server for each pod, a proxy and its clients. Played: the kubelet, the delay of the gateway.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import click
from aiohttp import ClientSession
from rich.console import RenderableType

from components.base.errors import Q2OError
from components.namespaces.contract import API_NAMESPACE
from drills.api_pods import reach, starter
from drills.gateway import Gateway
from drills.http_load import RATE_PER_SECOND, HttpLoad
from drills.kubelet import Kubelet, wait_until
from drills.processes import free_network
from drills.rollout_cluster import (
    CONTROL_NAMESPACE,
    NEXT_IMAGE,
    Manifest,
    control_plane,
    deployment_of,
    for_control,
    is_rolled_out,
    objects_of,
)
from drills.screen import Figures, Progress, finish, show, table
from sandbox.control_plane.client import Client

PROPAGATION_SECONDS = 3.0
"""From a change of the endpoints until the gateway goes by it: Envoy learns within one, a balancer in more."""
START_SECONDS = 3.0
"""From a pod's start until its application listens."""
SHORT_START_SECONDS = 0.5
_SETTLED_SECONDS = 120.0
_ROLLED_SECONDS = 300.0
_CALM_SECONDS = 3.0
_PORT = 8080
_SERVICE = "api"


@dataclass(frozen=True, kw_only=True)
class Side:
    """What clients saw of one rollout."""

    name: str
    requests: int
    failed: int
    failures: dict[str, int]
    longest_seconds: float
    pause_seconds: float
    """Longest time between two good answers."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Both rollouts, which ran beside each other."""

    pods: int
    seconds: float
    real: Side
    control: Side


async def drill(objects: list[Manifest], *, start_seconds: float, progress: Progress) -> Outcome:
    """Roll the API that `objects` make out twice at once, with and without its pre-stop hook."""
    with tempfile.TemporaryDirectory(prefix="q2o-drill-") as name:
        folder = Path(name)
        with control_plane(folder / "control-plane", say=progress.say) as client:
            control = for_control(objects)
            for manifest in (*objects, *control):
                client.apply(manifest)
            return await _roll(client, objects, control, folder=folder, start_seconds=start_seconds, progress=progress)


async def _roll(
    client: Client,
    objects: list[Manifest],
    control: list[Manifest],
    *,
    folder: Path,
    start_seconds: float,
    progress: Progress,
) -> Outcome:
    network = free_network(_PORT)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(ClientSession())
        start = starter(folder, network, session, start_seconds=start_seconds)
        await stack.enter_async_context(Kubelet(client, (API_NAMESPACE, CONTROL_NAMESPACE), start))
        gateways = [
            await stack.enter_async_context(
                Gateway(
                    client,
                    namespace=namespace,
                    service=_SERVICE,
                    address=f"{network}255.{number}",
                    port=_PORT,
                    delay_seconds=PROPAGATION_SECONDS,
                    reach=reach,
                )
            )
            for number, namespace in enumerate((API_NAMESPACE, CONTROL_NAMESPACE), start=1)
        ]
        await _wait_rolled_out(client, within_seconds=_SETTLED_SECONDS)
        pods = client.get("apps/v1", "Deployment", _SERVICE, API_NAMESPACE)["spec"]["replicas"]
        await wait_until(
            lambda: _know(gateways, pods), what="the gateways know every pod", within_seconds=_SETTLED_SECONDS
        )
        progress.say(f"{pods} pods on each side serve; a new image goes out")
        loads = [await stack.enter_async_context(HttpLoad(gateway.url)) for gateway in gateways]
        await asyncio.sleep(_CALM_SECONDS)
        started = time.monotonic()
        for manifests in (objects, control):
            await asyncio.to_thread(client.apply, deployment_of(manifests, image=NEXT_IMAGE))
        await _wait_rolled_out(client, within_seconds=_ROLLED_SECONDS)
        await wait_until(lambda: _gone(client, pods), what="the old pods are gone", within_seconds=_ROLLED_SECONDS)
        seconds = time.monotonic() - started
        progress.say(f"rolled out after {seconds:.0f} s")
        await asyncio.sleep(PROPAGATION_SECONDS)
    return Outcome(
        pods=pods,
        seconds=seconds,
        real=_side("as generated", loads[0]),
        control=_side("control, no pre-stop", loads[1]),
    )


async def _wait_rolled_out(client: Client, *, within_seconds: float) -> None:
    async def rolled_out() -> bool:
        both = [
            await asyncio.to_thread(client.get, "apps/v1", "Deployment", _SERVICE, namespace)
            for namespace in (API_NAMESPACE, CONTROL_NAMESPACE)
        ]
        return all(map(is_rolled_out, both)) and min(row["spec"]["replicas"] for row in both) > 1

    await wait_until(rolled_out, what="both deployments are rolled out", within_seconds=within_seconds)


async def _know(gateways: list[Gateway], pods: int) -> bool:
    return all(len(gateway.endpoints) == pods for gateway in gateways)


async def _gone(client: Client, pods: int) -> bool:
    return len(await asyncio.to_thread(client.list_objects, "v1", "Pod", API_NAMESPACE)) == pods


def _side(name: str, load: HttpLoad) -> Side:
    return Side(
        name=name,
        requests=load.requests,
        failed=load.failed,
        failures=dict(load.failures),
        longest_seconds=max(load.latencies),
        pause_seconds=load.longest_pause,
    )


def figures(outcome: Outcome) -> Figures:
    """Return everything flat, units in the names."""
    return {
        "runs": 1,
        "gap_median_seconds": outcome.real.pause_seconds,
        "gap_worst_seconds": outcome.real.pause_seconds,
        "lost": outcome.real.failed,
        "control_lost": outcome.control.failed,
        "requests": outcome.real.requests,
        "control_requests": outcome.control.requests,
        "longest_request_seconds": outcome.real.longest_seconds,
        "control_longest_request_seconds": outcome.control.longest_seconds,
        "control_gap_worst_seconds": outcome.control.pause_seconds,
        "rollout_seconds": outcome.seconds,
        "pods": outcome.pods,
        "requests_per_second": RATE_PER_SECOND,
        "propagation_seconds": PROPAGATION_SECONDS,
        "network": "loopback",
    }


def missed(outcome: Outcome) -> list[str]:
    """Return every promise that was not kept."""
    found = []
    if outcome.real.failed:
        found.append(f"{outcome.real.failed} of {outcome.real.requests} requests failed: {outcome.real.failures}")
    if not outcome.control.failed:
        found.append("without the pre-stop hook nothing failed either, so this drill would not see a failure")
    return found


def views(outcome: Outcome) -> list[RenderableType]:
    """Return the table for a reader."""
    sides = table(
        "rollout",
        "requests",
        "failed",
        "longest request s",
        "longest pause s",
        rows=[
            [side.name, side.requests, side.failed, side.longest_seconds, side.pause_seconds]
            for side in (outcome.real, outcome.control)
        ],
    )
    return [
        sides,
        "",
        f"{outcome.pods} pods rolled in {outcome.seconds:.0f} s, {RATE_PER_SECOND} requests a second, all on loopback",
        f"the gateway goes by a change of endpoints {PROPAGATION_SECONDS:.0f} s after it and sends no request twice",
        "played: the kubelet (no KWOK: a pod is ready when its process answers, and gone when it has ended)",
    ]


@click.command()
@click.argument("stack", default="us-east")
@click.option("--short", is_flag=True, help="What CI runs: applications that start faster.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def main(stack: str, *, short: bool, as_json: bool) -> None:
    """Roll the API of STACK out under load. Exit code 1: a request failed; 2: no control plane on this machine."""
    progress = Progress()
    start_seconds = SHORT_START_SECONDS if short else START_SECONDS
    try:
        # A plan runs an event loop of its own, so it is made before this one starts.
        outcome = asyncio.run(drill(objects_of(stack, API_NAMESPACE), start_seconds=start_seconds, progress=progress))
    except Q2OError as error:
        click.echo(f"error: {error.message}", err=True)
        sys.exit(error.exit_code)
    show(figures(outcome), views(outcome), as_json=as_json)
    finish(missed(outcome))


if __name__ == "__main__":
    main()

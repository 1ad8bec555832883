"""A rollout of the API under HTTP load, and at the same time one without its pre-stop hook: failures and pauses.

Real: API server, scheduler, the controllers of deployments, endpoints and autoscaling, the objects as the program
makes them, an HTTP server for each pod, a proxy and its clients. Played: the kubelet, the delay of the gateway.
"""

from __future__ import annotations

import asyncio

from components.namespaces.contract import API_NAMESPACE
from drills.harness.cluster import add_nodes, control_plane, objects_of
from drills.harness.command import STACK, Progress, Report, command
from drills.harness.processes import Stage
from drills.rollout.report import report
from drills.rollout.scene import drill

START_SECONDS = 3.0
"""From a pod's start until its application listens."""
SHORT_START_SECONDS = 0.5


@command
@STACK
def main(stack: str, *, short: bool, progress: Progress) -> Report:
    """Roll the API of STACK out under load. Exit code 1: a request failed; 2: no control plane on this machine."""
    objects = objects_of(stack, API_NAMESPACE)
    start_seconds = SHORT_START_SECONDS if short else START_SECONDS
    with Stage() as stage, control_plane(stage.folder / "control-plane", say=progress.say) as plane:
        add_nodes(plane.client)
        return report(asyncio.run(drill(plane.client, objects, stage, start_seconds=start_seconds, progress=progress)))


if __name__ == "__main__":
    main()

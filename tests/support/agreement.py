"""Whether the real scheduler puts a region's pods where the arithmetic of `q2o capacity` puts them."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from q2o_infra.capacity.packing import pack
from q2o_infra.packing.places import region_places
from q2o_infra.packing.pods import planned_pods
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.region import decide_region
from q2o_infra.settings import Settings
from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client

# Longer than an empty machine stands before it is taken away.
_REST_SECONDS = 60


def assert_scheduler_agrees(client: Client, stack: str, settings: Settings) -> None:
    """Compare nodes and pods of each pool, once no machine stands that came for pods that found a place without it."""
    recording, facts = plan_region(stack, settings), decide_region(stack, settings)
    places = region_places(facts, recording)
    standing = planned_pods(recording, cloud=settings.cloud).standing
    expected = pack(standing, standing=places.standing, elastic=places.elastic)
    assert not expected.waiting

    _wait_for_rest(client)
    live = {row["metadata"]["name"]: row["metadata"]["labels"]["q2o.dev/pool"] for row in nodes.list_nodes(client)}
    # Pods of a machine that was just taken away are listed a moment longer than it.
    found = Counter(pod["spec"].get("nodeName") for pod in _pods_without(client, "Job"))
    found = Counter({name: found[name] for name in live})
    for pool in ("system", "elastic"):
        theirs = sorted(found[name] for name, of in live.items() if of == pool)
        ours = sorted(node.pods.total() for node in expected.nodes if node.place.pool == pool)
        assert len(theirs) == len(ours), f"{pool}: the scheduler uses {theirs}, the arithmetic {ours}"
        # Which zone gets the odd pod of a set is the scheduler's choice; what all zones get is not.
        odd = sum(row.pods % 3 > 0 for row in standing if not row.everywhere)
        assert max(abs(a - b) for a, b in zip(theirs, ours, strict=True)) <= odd
    assert found.total() == expected.placed, f"the scheduler has {dict(found)}, the arithmetic {expected.placed} pods"


def _wait_for_rest(client: Client) -> None:
    deadline = time.monotonic() + _REST_SECONDS
    while idle := _idle_nodes(client):
        assert time.monotonic() < deadline, f"{sorted(idle)} still stand with no pod of their own"
        time.sleep(0.3)


def _idle_nodes(client: Client) -> set[str]:
    """Return the nodes that have no pod but those of every node."""
    busy = {pod["spec"].get("nodeName") for pod in _pods_without(client, "DaemonSet")}
    return {row["metadata"]["name"] for row in nodes.list_nodes(client)} - busy


def _pods_without(client: Client, kind: str) -> list[dict[str, Any]]:
    """Return the pods that belong to another kind of owner."""
    return [
        pod
        for pod in client.list_objects("v1", "Pod")
        if not any(owner["kind"] == kind for owner in pod["metadata"].get("ownerReferences", []))
    ]

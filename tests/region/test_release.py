"""A release on the real API server: stable's pods stay the same ones until the canary is confirmed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from components.base.vocabulary import AgentKind
from q2o_infra.plan.release_document import release_document
from q2o_infra.release_files import parse_release, read_release
from q2o_infra.releases import Release
from sandbox.control_plane.client import Client
from sandbox.running import running_in, running_pods
from tests.support.regions import Region, changes, ready_pods, sandbox_settings

pytestmark = [pytest.mark.sandbox, pytest.mark.worlds]

AGENTS, API = "q2o-agents", "q2o-api"
NEXT_API, NEXT_AGENT = (f"registry.example.com/q2o/{name}@sha256:{'7' * 64}" for name in ("api", "agent"))
OLD = read_release("us-east")


def released(api: dict[str, Any] | None = None, coder: dict[str, Any] | None = None) -> Release:
    """The stack's own release, with canaries of these keys beside the image."""
    document = OLD.model_dump(mode="json", exclude_none=True)
    if api is not None:
        document["api"]["canary"] = {"image": NEXT_API, **api}
    if coder is not None:
        document["agents"]["coder"] = {"canary": {"image": NEXT_AGENT, **coder}}
    return parse_release(document, source="releases/us-east.yaml")


def bring(region: Region, release: Release, *, meanwhile: Callable[[Client], None] | None = None) -> list[str]:
    """Bring the region to `release`, look at it all the while, and return what was done."""
    return changes(region, release=release, meanwhile=meanwhile)


def look(region: Region, find: Callable[[Client], Any]) -> Any:
    with region.session() as session:
        return find(session.cluster.client())


def stable_uids(client: Client) -> set[str]:
    """Of the API's and the coders' pods, without their canaries."""
    return {
        pod["metadata"]["uid"]
        for namespace in (API, AGENTS)
        for pod in client.list_objects("v1", "Pod", namespace)
        if pod["metadata"]["labels"]["app.kubernetes.io/name"] in {"api", "agent-coder"}
    }


def behind(client: Client, service: str, namespace: str) -> set[str]:
    """Names of the workloads whose pods stand behind a Service."""
    slices = client.list_objects(
        "discovery.k8s.io/v1", "EndpointSlice", namespace, label_selector=f"kubernetes.io/service-name={service}"
    )
    return {
        endpoint["targetRef"]["name"].rsplit("-", 2)[0]
        for found in slices
        for endpoint in found.get("endpoints") or []
        if endpoint["conditions"]["ready"]
    }


def eventually_behind(region: Region, service: str, namespace: str, wanted: set[str]) -> None:
    deadline = time.monotonic() + 30
    while (found := look(region, lambda client: behind(client, service, namespace))) != wanted:
        assert time.monotonic() < deadline, f"behind {service} stand {found}, not {wanted}"
        time.sleep(0.3)


def test_a_canary_comes_is_promoted_rolled_back_and_goes_while_stables_pods_stay(region: Region) -> None:
    before = look(region, stable_uids)
    assert len(before) == 5 + 9

    done = bring(region, released(api={"weight_percent": 10}, coder={"weight_percent": 10}))
    assert not [step for step in done if "Deployment" in step and "canary" not in step], done
    assert look(region, lambda client: ready_pods(client, API)) == {"api": 5, "api-canary": 5}
    assert look(region, lambda client: ready_pods(client, AGENTS))["agent-coder-canary"] == 1
    eventually_behind(region, "agent-coder", AGENTS, {"agent-coder", "agent-coder-canary"})
    assert look(region, stable_uids) == before

    bring(region, released(api={"weight_percent": 100}, coder={"weight_percent": 100}))
    eventually_behind(region, "agent-coder", AGENTS, {"agent-coder-canary"})
    eventually_behind(region, "api-canary", API, {"api-canary"})
    assert look(region, lambda client: ready_pods(client, AGENTS))["agent-coder-canary"] == 9
    assert look(region, stable_uids) == before

    done = bring(region, released(api={"weight_percent": 0}, coder={"weight_percent": 0}))
    assert done == [
        "update kubernetes:core/v1:Service workloads-agent-coder spec",
        "update kubernetes:gateway.networking.k8s.io/v1:HTTPRoute workloads-api spec",
    ], "a rollback is one update of each of the two"
    eventually_behind(region, "agent-coder", AGENTS, {"agent-coder"})
    assert look(region, stable_uids) == before

    bring(region, OLD)
    assert set(look(region, running_in)) == {"api", *(f"agent-{kind.value}" for kind in AgentKind)}
    assert look(region, stable_uids) == before


def test_confirming_rolls_stable_and_never_goes_below_its_fewest_pods(region: Region) -> None:
    bring(region, released(api={"weight_percent": 100}))
    seen: list[int] = []

    done = bring(
        region,
        released(api={"weight_percent": 100, "confirmed": True}),
        meanwhile=lambda client: seen.append(ready_pods(client, API).get("api", 0)),
    )

    assert done == ["update kubernetes:apps/v1:Deployment workloads-api spec"]
    assert len(seen) > 10, "the rollout must have been looked at"
    assert min(seen) >= 5, f"ready pods of stable: {seen}"
    running = running_pods(region.stack, root=region.root)
    assert running is not None
    assert running["api"] == [{"image": NEXT_API, "pods": 5, "ready": 5}]
    document = release_document(
        region.stack, sandbox_settings(), release=released(api={"weight_percent": 100}), running=running
    )
    assert [row["running"] for row in document["workloads"][:2]] == [running["api"], running["api-canary"]]

    over = OLD.model_dump(mode="json", exclude_none=True)
    over["api"]["stable"] = NEXT_API
    uids = look(region, stable_uids)
    bring(region, parse_release(over, source="releases/us-east.yaml"))
    assert look(region, stable_uids) == uids, "stable runs the new image already"

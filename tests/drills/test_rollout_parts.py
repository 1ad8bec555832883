"""The parts of the rollout drill against a stand-in of the API server: a pod's life, and how clients see it end."""

from __future__ import annotations

import asyncio
import time
from threading import Event
from typing import Any

import pytest
from aiohttp import ClientSession

from drills.harness.cluster import is_rolled_out
from drills.harness.kubelet import Kubelet
from drills.harness.processes import Stage, free_network
from drills.harness.waiting import wait_until
from drills.rollout.api_pods import reach, starter
from drills.rollout.gateway import Gateway
from drills.rollout.http_load import HttpLoad, http_load
from drills.rollout.report import Outcome, Side, missed
from drills.rollout.scene import for_control

PORT = 8080
DELAY_SECONDS = 0.5


class FakeClient:
    """Keeps pods, and derives endpoints from them as the controller does."""

    def __init__(self) -> None:
        self.pods: dict[str, dict[str, Any]] = {}
        self.removed: dict[str, float] = {}

    def add(self, name: str, *, pre_stop_seconds: int) -> None:
        container = {
            "env": [{"name": "Q2O_DRAIN_SECONDS", "value": "5"}, {"name": "TOKEN", "valueFrom": {}}],
            "lifecycle": {"preStop": {"sleep": {"seconds": pre_stop_seconds}}},
            "ports": [{"containerPort": PORT}],
            "readinessProbe": {
                "httpGet": {"path": "/health/ready"},
                "periodSeconds": 1,
                "timeoutSeconds": 1,
                "failureThreshold": 2,
            },
        }
        spec = {"containers": [container], "nodeName": "drill.a", "terminationGracePeriodSeconds": 10}
        self.pods[name] = {"metadata": {"name": name, "namespace": "api", "uid": name}, "spec": spec}

    def delete(self, name: str) -> None:
        self.pods[name]["metadata"]["deletionTimestamp"] = "now"

    def list_objects(self, _version: str, kind: str, _namespace: str, **_: Any) -> list[dict[str, Any]]:
        if kind == "Pod":
            return list(self.pods.values())
        endpoints = [
            {"addresses": [pod["status"]["podIP"]], "conditions": {"ready": "deletionTimestamp" not in pod["metadata"]}}
            for pod in self.pods.values()
            if any(
                row["type"] == "Ready" and row["status"] == "True"
                for row in pod.get("status", {}).get("conditions", [])
            )
        ]
        return [{"ports": [{"port": PORT}], "endpoints": endpoints}]

    def patch(self, _version: str, _kind: str, name: str, changes: dict[str, Any], *_: Any, **__: Any) -> None:
        self.pods[name].update(changes)

    def request(self, _method: str, path: str, **_: Any) -> None:
        name = path.rpartition("/")[2]
        del self.pods[name]
        self.removed[name] = time.monotonic()


async def replaced(*, pre_stop_seconds: int) -> tuple[HttpLoad, float]:
    """Replace one of two pods under load; return what clients saw, and how long the old pod took to go."""
    with Stage() as stage:
        return await replaced_on(stage, pre_stop_seconds=pre_stop_seconds)


async def replaced_on(stage: Stage, *, pre_stop_seconds: int) -> tuple[HttpLoad, float]:
    client = FakeClient()
    network = free_network(PORT)
    client.add("one", pre_stop_seconds=pre_stop_seconds)
    client.add("two", pre_stop_seconds=pre_stop_seconds)
    async with ClientSession() as session:
        start = starter(stage, network, session, start_seconds=0.0)
        gateway = Gateway(
            client=client,  # type: ignore[arg-type]
            namespace="api",
            service="api",
            address=f"{network}255.1",
            port=PORT,
            delay_seconds=DELAY_SECONDS,
            reach=reach,
        )
        async with Kubelet(client, ("api",), start), gateway.running():  # type: ignore[arg-type]

            async def know_both() -> bool:
                return len(gateway.endpoints) == 2

            async def gone() -> bool:
                return "one" in client.removed

            await wait_until(know_both, what="both serve", within_seconds=180)
            async with http_load(gateway.url) as load:
                await asyncio.sleep(0.5)
                client.delete("one")
                seconds = await wait_until(gone, what="it is gone", within_seconds=180, poll_seconds=0.05)
                await asyncio.sleep(2 * DELAY_SECONDS)
    return load, seconds


def test_a_pod_that_waits_for_its_gateway_fails_no_request() -> None:
    load, seconds = asyncio.run(replaced(pre_stop_seconds=2))
    assert load.requests > 50
    assert load.failures == {}
    assert seconds >= 2, "the kubelet's hook comes before the end"


def test_a_pod_that_leaves_at_once_fails_requests() -> None:
    load, _ = asyncio.run(replaced(pre_stop_seconds=0))
    assert load.failed > 0
    assert set(load.failures) <= {"502 ClientConnectorError", "502 ServerDisconnectedError", "502 ClientOSError"}


class Lodger:
    """Runs for a pod, and remembers that it was asked to leave."""

    address = "10.1.0.2"

    def __init__(self) -> None:
        self.graces: list[float] = []

    async def is_ready(self) -> bool:
        return True

    async def leave(self, grace_seconds: float) -> None:
        self.graces.append(grace_seconds)


def test_what_was_just_started_ends_with_its_kubelet_even_before_anybody_heard_of_it() -> None:
    telling, heard = Event(), Event()

    class SlowClient(FakeClient):
        def patch(self, *_: Any, **__: Any) -> None:
            telling.set()
            heard.wait(10)

    async def end_while_it_tells(lodger: Lodger) -> None:
        async def start(_: dict[str, Any]) -> Lodger:
            return lodger

        client = SlowClient()
        client.add("one", pre_stop_seconds=0)
        async with Kubelet(client, ("api",), start):  # type: ignore[arg-type]
            assert await asyncio.to_thread(telling.wait, 10)
        heard.set()

    lodger = Lodger()
    asyncio.run(end_while_it_tells(lodger))
    assert lodger.graces == [0.0], "its process would stay"


def test_the_control_differs_in_its_namespace_and_its_hook_only() -> None:
    container = {"name": "api", "lifecycle": {"preStop": {}}}
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "api", "namespace": "q2o-api"},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }
    namespace = {"kind": "Namespace", "metadata": {"name": "q2o-api"}}
    assert for_control([{"kind": "PriorityClass", "metadata": {}}, namespace, deployment]) == [
        {"kind": "Namespace", "metadata": {"name": "q2o-api-control"}},
        {
            "kind": "Deployment",
            "metadata": {"name": "api", "namespace": "q2o-api-control"},
            "spec": {"template": {"spec": {"containers": [{"name": "api"}]}}},
        },
    ]
    assert "lifecycle" in container, "the other side keeps its hook"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, True, id="all new and available"),
        pytest.param({"replicas": 6}, False, id="an old pod is left"),
        pytest.param({"updatedReplicas": 4}, False, id="one is not new"),
        pytest.param({"availableReplicas": 4}, False, id="one is not available"),
        pytest.param({"observedGeneration": 1}, False, id="not seen yet"),
    ],
)
def test_a_rollout_has_ended_when_only_new_pods_are_left(changes: dict[str, int], expected: bool) -> None:
    status = {"replicas": 5, "updatedReplicas": 5, "availableReplicas": 5, "observedGeneration": 2, **changes}
    deployment = {"metadata": {"generation": 2}, "spec": {"replicas": 5}, "status": status}
    assert is_rolled_out(deployment) is expected


def side(failed: int) -> Side:
    failures = {"502 ClientOSError": failed} if failed else {}
    return Side(name="", requests=100, failed=failed, failures=failures, longest_seconds=0.2, pause_seconds=0.1)


@pytest.mark.parametrize(
    ("real", "control", "sentence"),
    [
        pytest.param(0, 5, "", id="kept"),
        pytest.param(2, 5, "2 of 100 requests failed: {'502 ClientOSError': 2}", id="a request failed"),
        pytest.param(
            0, 0, "without the pre-stop hook nothing failed either, so this drill would not see a failure", id="blind"
        ),
    ],
)
def test_a_broken_promise_is_named(real: int, control: int, sentence: str) -> None:
    found = missed(Outcome(pods=5, seconds=60.0, real=side(real), control=side(control)))
    assert found == ([sentence] if sentence else [])

"""Simulated nodes, their pods and volumes, under the real scheduler and controllers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from sandbox.control_plane import ApiError, Client, ControlPlane, nodes
from sandbox.control_plane.documents import Manifest

pytestmark = pytest.mark.sandbox

_T = TypeVar("_T")
_ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
_SIZE = nodes.NodeResources(cpu_millicores=2000, memory_mib=8192, pods=29)


def eventually(look: Callable[[], _T], within_seconds: float = 120.0) -> _T:
    """Return what `look` returns once it is truthy; fail after `within_seconds`."""
    deadline = time.monotonic() + within_seconds
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"not after {within_seconds} s"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def client(plane: ControlPlane) -> Client:
    return plane.client


@pytest.fixture(scope="module")
def zonal_nodes(client: Client) -> Iterator[list[str]]:
    """One ready node in each of three zones."""
    names = [nodes.node_name("node", zone) for zone in _ZONES]
    nodes.create_nodes(
        client,
        [
            nodes.node_manifest(
                name=name,
                instance_type="m7g.large",
                zone=zone,
                zone_id=f"use1-az{number}",
                region="us-east-1",
                arch="arm64",
                capacity=_SIZE,
                allocatable=_SIZE,
            )
            for number, (name, zone) in enumerate(zip(names, _ZONES, strict=True), 1)
        ],
    )
    eventually(lambda: all(nodes.is_ready(node) and not _taints(node) for node in nodes.list_nodes(client)))
    yield names
    # Pods that are still on their way out need their nodes.
    eventually(lambda: not client.list_objects("v1", "Pod"))
    nodes.delete_nodes(client, names)


@pytest.fixture
def namespace(client: Client) -> Iterator[str]:
    """A namespace of the test's own, in which pods can be made."""
    name = f"test-{time.time_ns()}"
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    eventually(lambda: client.find("v1", "ServiceAccount", "default", name))
    yield name
    client.delete("v1", "Namespace", name)


def _taints(node: Manifest) -> list[str]:
    return [taint["key"] for taint in node["spec"].get("taints", [])]


def _pod(name: str, namespace: str, cpu: str = "100m") -> Manifest:
    container = {"name": "main", "image": "none", "resources": {"requests": {"cpu": cpu}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {"containers": [container], "initContainers": [{"name": "first", "image": "none"}]},
    }


def _deployment(name: str, namespace: str, **spec: Any) -> Manifest:
    labels = {"app": name}
    container = {"name": "main", "image": "none", "resources": {"requests": {"cpu": "100m"}}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **spec},
    }


def _is_ready(pod: Manifest) -> bool:
    conditions = pod.get("status", {}).get("conditions") or []
    return any(row["type"] == "Ready" and row["status"] == "True" for row in conditions)


def _ready_replicas(client: Client, kind: str, name: str, namespace: str) -> int:
    found: int = client.get("apps/v1", kind, name, namespace)["status"].get("readyReplicas", 0)
    return found


def test_a_pod_is_scheduled_on_a_simulated_node_and_becomes_ready(
    client: Client, zonal_nodes: list[str], namespace: str
) -> None:
    client.create(_pod("one", namespace))
    eventually(lambda: _is_ready(client.get("v1", "Pod", "one", namespace)))
    pod = client.get("v1", "Pod", "one", namespace)
    assert pod["spec"]["nodeName"] in zonal_nodes
    assert pod["status"]["podIP"].startswith("100.")


def test_a_node_created_after_kwok_started_becomes_ready_and_untainted(client: Client, zonal_nodes: list[str]) -> None:
    assert [nodes.is_ready(client.get("v1", "Node", name)) for name in zonal_nodes] == [True] * 3


def test_an_eviction_that_a_disruption_budget_refuses_is_an_error_at_once(
    client: Client, zonal_nodes: list[str], namespace: str
) -> None:
    client.apply(_deployment("guarded", namespace, replicas=2))
    client.apply(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "guarded", "namespace": namespace},
            "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "guarded"}}},
        }
    )

    def counted() -> bool:
        budget = client.get("policy/v1", "PodDisruptionBudget", "guarded", namespace)
        return bool(budget.get("status", {}).get("currentHealthy") == 2)

    eventually(counted)
    with pytest.raises(ApiError) as caught:
        client.evict(client.list_objects("v1", "Pod", namespace)[0]["metadata"]["name"], namespace)
    assert (caught.value.status, caught.value.reason) == (429, "TooManyRequests")


def test_a_claim_gets_a_volume_in_the_zone_of_its_pod_and_the_volume_goes_with_the_claim(
    client: Client, zonal_nodes: list[str], namespace: str
) -> None:
    storage_class = f"disk-{namespace}"
    client.apply(
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": storage_class},
            "provisioner": "ebs.csi.aws.com",
            "volumeBindingMode": "WaitForFirstConsumer",
        }
    )
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage_class,
            "resources": {"requests": {"storage": "5Gi"}},
        },
    }
    stateful = _deployment("store", namespace, replicas=3, serviceName="store", volumeClaimTemplates=[claim])
    stateful["kind"] = "StatefulSet"
    client.apply(stateful)
    eventually(lambda: _ready_replicas(client, "StatefulSet", "store", namespace) == 3)
    pod = client.get("v1", "Pod", "store-0", namespace)
    volume = client.get(
        "v1",
        "PersistentVolume",
        client.get("v1", "PersistentVolumeClaim", "data-store-0", namespace)["spec"]["volumeName"],
    )
    (term,) = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [
        {
            "key": "topology.kubernetes.io/zone",
            "operator": "In",
            "values": [pod["spec"]["nodeName"].rpartition(".")[2]],
        }
    ]
    client.delete("apps/v1", "StatefulSet", "store", namespace, propagation="Foreground")
    for number in range(3):
        client.delete("v1", "PersistentVolumeClaim", f"data-store-{number}", namespace)
    eventually(lambda: not client.list_objects("v1", "PersistentVolume"))
    client.delete("storage.k8s.io/v1", "StorageClass", storage_class)


def test_a_failed_node_is_marked_not_ready_after_the_grace_and_comes_back_when_recovered(
    client: Client, plane: ControlPlane, zonal_nodes: list[str]
) -> None:
    lost, *others = zonal_nodes
    began = time.monotonic()
    nodes.fail_node(client, lost)
    eventually(lambda: not nodes.is_ready(client.get("v1", "Node", lost)))
    assert time.monotonic() - began >= plane.settings.node_grace_seconds / 2
    eventually(lambda: "node.kubernetes.io/unreachable" in _taints(client.get("v1", "Node", lost)))
    assert all(nodes.is_ready(client.get("v1", "Node", name)) for name in others)
    nodes.recover_node(client, lost)
    eventually(lambda: nodes.is_ready(client.get("v1", "Node", lost)))

"""When the stand-ins for autoscalers of nodes add a machine, wait, or take one away."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.standins import node_autoscaler
from sandbox.standins.node_autoscaler import NodeAutoscaler

Manifest = dict[str, Any]


def a_node(name: str, *, cpu: str = "2000m", memory: str = "4096Mi") -> Manifest:
    ready = [{"type": "Ready", "status": "True"}]
    return {
        "metadata": {"name": name},
        "status": {"allocatable": {"cpu": cpu, "memory": memory}, "conditions": ready},
    }


def a_pod(name: str, *, cpu: str, on: str = "", owner: str = "ReplicaSet") -> Manifest:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    container = {"resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}
    return {
        "metadata": {"name": name, "ownerReferences": [{"kind": owner}]},
        "spec": {"containers": [container], **({"nodeName": on} if on else {})},
        "status": {"conditions": [] if on else [condition]},
    }


class ACluster:
    def __init__(self, *pods: Manifest) -> None:
        self.pods = list(pods)

    def list_objects(self, _version: str, _kind: str, **given: Any) -> list[Manifest]:
        return [row for row in self.pods if "field_selector" not in given or "nodeName" not in row["spec"]]


class AnAutoscaler(NodeAutoscaler):
    words = "a stand-in"

    def look(self, client: Any) -> None:
        raise NotImplementedError


class Scene:
    """An autoscaler, its nodes, and a clock that only a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.added: list[list[str]] = []
        self.drained: list[str] = []
        self.autoscaler = AnAutoscaler(None, None, report=print)  # type: ignore[arg-type]
        monkeypatch.setattr(node_autoscaler.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(node_autoscaler, "drain", lambda _, names: self.drained.extend(names))

    def look(self, cluster: ACluster, *nodes: Manifest, after: float = 0.0) -> None:
        self.now += after
        self.autoscaler.reconcile(
            cluster,  # type: ignore[arg-type]
            list(nodes),
            lambda pods: self.added.append([pod["metadata"]["name"] for pod in pods]),
        )


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


def test_pods_without_any_node_get_one_at_once(scene: Scene) -> None:
    scene.look(ACluster(a_pod("one", cpu="100m")))
    assert scene.added == [["one"]]


def test_a_pod_that_a_node_has_room_for_is_left_to_the_scheduler_for_its_longest_back_off(scene: Scene) -> None:
    cluster = ACluster(a_pod("one", cpu="500m"))
    scene.look(cluster, a_node("n"))
    scene.look(cluster, a_node("n"), after=10)
    assert scene.added == [], "the scheduler looks again after 10 s at the latest"
    # A spread that must be kept may forbid what there is room for.
    scene.look(cluster, a_node("n"), after=1.1)
    assert scene.added == [["one"]]


def test_room_in_pieces_that_hold_no_pod_is_no_room(scene: Scene) -> None:
    held = [a_pod(f"held-{node}", cpu="1500m", on=node) for node in ("a", "b")]
    scene.look(ACluster(*held, a_pod("one", cpu="800m")), a_node("a"), a_node("b"))
    assert scene.added == [["one"]]


def test_more_pods_than_there_is_room_for_do_not_wait(scene: Scene) -> None:
    scene.look(ACluster(a_pod("one", cpu="1500m"), a_pod("two", cpu="1500m")), a_node("n"))
    assert scene.added == [["one", "two"]]


def test_while_a_machine_starts_nothing_is_decided(scene: Scene) -> None:
    starting = a_node("n")
    starting["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    scene.look(ACluster(a_pod("one", cpu="5000m")), starting)
    assert scene.added == []


def test_a_machine_with_only_what_runs_on_every_node_goes_after_a_while(scene: Scene) -> None:
    cluster = ACluster(a_pod("agent", cpu="100m", on="idle", owner="DaemonSet"), a_pod("one", cpu="100m", on="busy"))
    scene.look(cluster, a_node("idle"), a_node("busy"))
    scene.look(cluster, a_node("idle"), a_node("busy"), after=20)
    assert scene.drained == []
    scene.look(cluster, a_node("idle"), a_node("busy"), after=3.5)
    assert scene.drained == ["idle"]


def test_a_machine_that_gets_a_pod_meanwhile_stays(scene: Scene) -> None:
    cluster = ACluster()
    scene.look(cluster, a_node("n"))
    cluster.pods.append(a_pod("one", cpu="100m", on="n"))
    scene.look(cluster, a_node("n"), after=15)
    cluster.pods.clear()
    scene.look(cluster, a_node("n"), after=15)
    assert scene.drained == []

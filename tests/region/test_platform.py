"""A whole region on the real engine, API server and scheduler."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
import yaml

from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client
from sandbox.control_plane.errors import ApiError
from sandbox.settle import wait_settled
from tests.support.agreement import assert_scheduler_agrees
from tests.support.regions import REPOSITORY, Region, changes, ready_pods, sandbox_settings, zones_of_pods

pytestmark = pytest.mark.sandbox

AGENTS, API = "q2o-agents", "q2o-api"


def eventually(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not so after {seconds} s"
        time.sleep(0.3)


def test_every_pod_runs_and_the_summary_counts_what_the_api_server_has(region: Region) -> None:
    summary = region.up()

    assert summary["pods_ready"] == summary["pods_wanted"] > 90
    rows = {row["name"]: row for row in summary["workloads"]}
    assert rows["api"]["ready"] == 5
    assert sum(row["ready"] for name, row in rows.items() if name.startswith("agent-")) == 50
    assert {row["zone"] for row in summary["nodes"] if row["pool"] == "system"} == {
        "us-east-1a",
        "us-east-1b",
        "us-east-1c",
    }


def test_the_scheduler_puts_the_pods_where_the_arithmetic_puts_them(region: Region) -> None:
    with region.session() as session:
        assert_scheduler_agrees(session.cluster.client(), region.stack, sandbox_settings(region.stack))


def test_a_changed_minimum_changes_the_autoscaler_and_the_guards_numbers_and_nothing_else(region: Region) -> None:
    assert changes(region, api={"minimum": 7}) == [
        "update kubernetes:autoscaling/v2:HorizontalPodAutoscaler workloads-api spec",
        "update kubernetes:core/v1:ConfigMap budget-numbers data",
    ], "the nodes that the minima need are what the guard lowers the limit to"
    with region.session() as session:
        assert ready_pods(session.cluster.client(), API) == {"api": 7}

    assert len(changes(region)) == 2


def test_the_pod_that_restores_redis_is_admitted_and_names_what_exists(region: Region) -> None:
    node = "redis-use1-az1-0"
    with region.session() as session:
        client = session.cluster.client()
        server = client.get("apps/v1", "StatefulSet", "redis-use1-az1", "q2o-data")["spec"]["template"]["spec"]
        page = (REPOSITORY / "docs" / "how-to" / "restore-redis.md").read_text(encoding="utf-8")
        text = re.findall(r"<<END\n(.*?)\nEND\n", page, flags=re.DOTALL)[0].replace("$NODE", node)
        pod = yaml.safe_load(re.sub(r"\$\(kubectl .*\)", server["containers"][0]["image"], text))
        client.apply(pod, dry_run=True)

        volumes = {row["name"]: row for row in pod["spec"]["volumes"]}
        claim = client.get(
            "v1", "PersistentVolumeClaim", volumes["data"]["persistentVolumeClaim"]["claimName"], "q2o-data"
        )
        assert claim["status"]["phase"] == "Bound"
        assert client.find("v1", "ConfigMap", volumes["settings"]["configMap"]["name"], "q2o-data")
        mounted = {row["secret"]["secretName"] for row in server["volumes"] if "secret" in row}
        assert {volumes[name]["secret"]["secretName"] for name in ("secrets", "tls")} == mounted


def test_no_zone_holds_two_pods_more_of_a_kind_than_another(region: Region) -> None:
    with region.session() as session:
        for namespace in (AGENTS, API):
            for name, zones in zones_of_pods(session.cluster.client(), namespace).items():
                assert max(zones.values()) - min(zones.values()) <= 1, (
                    f"{name} is spread {zones}: the loss of one zone takes more than its share"
                )


def test_a_pod_that_wants_more_than_restricted_allows_is_refused(region: Region) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "root", "namespace": AGENTS},
        "spec": {
            "containers": [
                {
                    "name": "root",
                    "image": "registry.example.com/root@sha256:" + "0" * 64,
                    "securityContext": {"privileged": True},
                }
            ]
        },
    }
    with region.session() as session, pytest.raises(ApiError, match=r'violates PodSecurity "restricted:v1\.36"'):
        session.cluster.client().create(pod)


def test_the_scheduler_keeps_the_platforms_pods_off_the_system_nodes(region: Region) -> None:
    with region.session() as session:
        client = session.cluster.client()
        system = {row["metadata"]["name"] for row in nodes.list_nodes(client, "q2o.dev/pool=system")}
        for namespace in (AGENTS, API):
            used = {pod["spec"]["nodeName"] for pod in client.list_objects("v1", "Pod", namespace)}
            assert not used & system


def test_draining_a_node_never_takes_a_kind_below_its_budget(region: Region) -> None:
    with region.session() as session:
        client = session.cluster.client()
        floor = {
            row["metadata"]["name"]: row["status"]["desiredHealthy"]
            for namespace in (AGENTS, API)
            for row in client.list_objects("policy/v1", "PodDisruptionBudget", namespace)
        }
        node = next(
            row["metadata"]["name"] for row in nodes.list_nodes(client, "q2o.dev/pool=elastic") if nodes.is_ready(row)
        )
        client.patch("v1", "Node", node, {"spec": {"unschedulable": True}})
        lowest: dict[str, int] = {}

        def drained() -> bool:
            here = [
                pod
                for namespace in (AGENTS, API)
                for pod in client.list_objects("v1", "Pod", namespace, field_selector=f"spec.nodeName={node}")
                if not pod["metadata"].get("deletionTimestamp")
            ]
            for pod in here:
                try:
                    client.evict(pod["metadata"]["name"], pod["metadata"]["namespace"])
                except ApiError as error:
                    assert error.status == 429, error
            for namespace in (AGENTS, API):
                for name, count in ready_pods(client, namespace).items():
                    lowest[name] = min(lowest.get(name, count), count)
            return not here

        eventually(drained, f"draining {node}", seconds=300)
        for name, healthy in floor.items():
            assert lowest[name] >= healthy, f"{name} fell to {lowest[name]} ready pods, its budget keeps {healthy}"
        nodes.delete_nodes(client, [node])
        wait_settled(client, progress=print)


def test_the_loss_of_a_zone_leaves_every_kind_running(region: Region) -> None:
    with region.session() as session:
        client = session.cluster.client()
        lost = "us-east-1b"
        names = [row["metadata"]["name"] for row in nodes.list_nodes(client, f"topology.kubernetes.io/zone={lost}")]
        for name in names:
            nodes.fail_node(client, name)

        def given_up() -> bool:
            left = [client.find("v1", "Node", name) for name in names]
            return not any(row is not None and nodes.is_ready(row) for row in left)

        try:
            eventually(given_up, f"zone {lost} given up", seconds=300)
            alive = {**ready_pods(client, AGENTS), **ready_pods(client, API)}
            assert len(alive) == 13
            assert all(count >= 1 for count in alive.values()), f"without {lost} these are left: {alive}"
            _assert_controllers_survive(client)
        finally:
            _replace_machines(client, [name for name in names if client.find("v1", "Node", name)])
        wait_settled(client, progress=print, seconds=300)


def _replace_machines(client: Client, names: list[str]) -> None:
    """Do what the cloud does after a loss: the lost nodes go, and the node group brings its own anew."""
    fixed = [client.get("v1", "Node", name) for name in names if not name.startswith("elastic")]
    nodes.delete_nodes(client, names)
    for name in names:
        for pod in client.list_objects("v1", "Pod", field_selector=f"spec.nodeName={name}"):
            path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
            client.request("DELETE", path, query={"gracePeriodSeconds": 0})
        nodes.recover_node(client, name)
    for old in fixed:
        kept = {key: old["metadata"][key] for key in ("name", "labels", "annotations")}
        taints = [row for row in old["spec"].get("taints", []) if row["key"].startswith("q2o.dev/")]
        nodes.create_nodes(
            client, [{**old, "metadata": kept, "spec": {"providerID": old["spec"]["providerID"], "taints": taints}}]
        )


def _assert_controllers_survive(client: Client) -> None:
    for namespace, name in (("kube-system", "coredns"), ("kube-system", "karpenter"), ("cert-manager", "cert-manager")):
        status = client.get("apps/v1", "Deployment", name, namespace)["status"]
        assert status.get("readyReplicas", 0) >= 1, f"{name} has no pod left after the loss of a zone"

"""What stands in for GKE: its nodes, its autoscaler's choice, its endpoint groups."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clouds.kind import Place
from components.base.vocabulary import Cloud
from q2o_infra.plan.monitor import Registration
from sandbox.edge_summary import edge_rows
from sandbox.standins import endpoint_groups, gke
from sandbox.standins.gke_autoscaler import GkeAutoscalerStandIn
from sandbox.world import Entry
from tests.support.stacks import planned_on

GROUPS = {"cloud.google.com/neg": json.dumps({"exposed_ports": {"8080": {"name": "q2o-us-east-proxies"}}})}


class ACluster:
    """Answers as the API server would, and remembers which nodes were made."""

    def __init__(self, *, pods: tuple[dict[str, Any], ...] = (), services: tuple[dict[str, Any], ...] = ()) -> None:
        self.nodes: list[dict[str, Any]] = []
        self._pods = pods
        self._services = services

    def list_objects(self, _: str, kind: str, *__: Any, **given: Any) -> list[dict[str, Any]]:
        if kind == "Node":
            key, _, value = (given.get("label_selector") or "=").partition("=")
            return [row for row in self.nodes if not key or row["metadata"]["labels"].get(key) == value]
        found = {"Pod": self._pods, "Service": self._services, "EndpointSlice": ({"endpoints": []},)}
        return list(found.get(kind, ()))

    def create(self, manifest: dict[str, Any]) -> None:
        ready = [{"type": "Ready", "status": "True"}]
        self.nodes.append({**manifest, "status": {**manifest["status"], "conditions": ready}})


def entry_of(row: Registration) -> Entry:
    """The node pool as the simulated cloud remembers it."""
    cluster = str(row.inputs["cluster"])
    return Entry(
        urn=row.urn,
        type=row.type,
        id=f"{cluster}/nodePools/{row.inputs['name']}",
        place=Place(account="q2o-us-east", location="us-east4"),
        inputs=row.inputs,
        complete=True,
    )


def entries() -> list[Entry]:
    return [entry_of(row) for row in planned_on(Cloud.GCP).of_type(gke.NODE_POOL)]


def waiting(cpu: str, count: int) -> tuple[dict[str, Any], ...]:
    """Pods that the scheduler found no node for."""
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    asked = {"resources": {"requests": {"cpu": cpu, "memory": "256Mi"}}}
    return tuple(
        {"metadata": {"name": f"pod-{number}"}, "spec": {"containers": [asked]}, "status": {"conditions": [condition]}}
        for number in range(count)
    )


class AWorld:
    def entries(self) -> list[Entry]:
        return entries()


@pytest.fixture
def autoscaler() -> GkeAutoscalerStandIn:
    """An autoscaler over the node pools of us-east."""
    return GkeAutoscalerStandIn(None, AWorld(), report=print)  # type: ignore[arg-type]


def test_spot_pools_of_small_machines_are_opened_first_and_on_demand_last(autoscaler: GkeAutoscalerStandIn) -> None:
    opened = [gke.pool_name(entry).removeprefix("q2o-us-east-") for entry in autoscaler.pools()]

    assert opened[:3] == ["spot-n4a-standard-2", "spot-c4a-standard-2", "spot-n4a-highmem-2"]
    assert opened[-1] == "on-demand"
    assert "system" not in opened


def test_nodes_are_spread_over_the_zones_and_stop_at_the_pools_bound(autoscaler: GkeAutoscalerStandIn) -> None:
    cluster = ACluster(pods=waiting("1900m", 50))

    autoscaler.look(cluster)  # type: ignore[arg-type]

    zones = [row["metadata"]["labels"]["topology.kubernetes.io/zone"] for row in cluster.nodes]
    assert len(zones) == 9, "its share of 97 among ten machines and what is bought on demand"
    assert sorted(zones.count(zone) for zone in set(zones)) == [3, 3, 3]
    # The next look finds the pool full and opens the next one.
    autoscaler.look(cluster)  # type: ignore[arg-type]
    assert {row["metadata"]["labels"]["cloud.google.com/machine-family"] for row in cluster.nodes} == {"n4a", "c4a"}


def test_nobody_waits_so_nothing_is_added(autoscaler: GkeAutoscalerStandIn) -> None:
    cluster = ACluster()
    autoscaler.look(cluster)  # type: ignore[arg-type]
    assert cluster.nodes == []


def test_a_node_bears_gkes_labels_and_the_pools_taint() -> None:
    (system,) = [entry for entry in entries() if gke.is_system(entry.inputs)]
    node = gke.pool_node(system, "us-east4-b", 0)

    assert node["metadata"]["name"] == "gke-q2o-us-east-system-0.us-east4-b"
    assert (
        node["metadata"]["labels"].items()
        >= {
            "cloud.google.com/gke-nodepool": "q2o-us-east-system",
            "node.kubernetes.io/instance-type": "c4a-standard-2",
            "q2o.dev/pool": "system",
            "topology.kubernetes.io/region": "us-east4",
            "topology.kubernetes.io/zone": "us-east4-b",
        }.items()
    )
    assert node["spec"]["taints"] == [
        {"key": "components.gke.io/gke-managed-components", "value": "true", "effect": "NoSchedule"}
    ]
    assert "cloud.google.com/gke-spot" not in node["metadata"]["labels"]


def test_the_controller_says_which_groups_stand_and_in_which_zones() -> None:
    cluster = ACluster()
    for zone in ("us-east4-b", "us-east4-a"):
        cluster.create({"metadata": {"labels": {"topology.kubernetes.io/zone": zone}}, "status": {}})
    asked = {"metadata": {"annotations": GROUPS}}

    found = endpoint_groups.written(cluster, asked)  # type: ignore[arg-type]
    assert json.loads(found["cloud.google.com/neg-status"]) == {
        "network_endpoint_groups": {"8080": "q2o-us-east-proxies"},
        "zones": ["us-east4-a", "us-east4-b"],
    }
    assert endpoint_groups.written(cluster, {"metadata": {}}) == {}  # type: ignore[arg-type]


def test_a_service_with_endpoint_groups_is_an_edge() -> None:
    status = json.dumps({"network_endpoint_groups": {"8080": "q2o-us-east-proxies"}, "zones": ["us-east4-a"]})
    annotated = {"name": "envoy-endpoints", "namespace": "q2o-edge", "annotations": {endpoint_groups.STATUS: status}}
    plain = {"metadata": {"name": "envoy", "namespace": "q2o-edge"}}

    (row,) = edge_rows(ACluster(services=({"metadata": annotated}, plain)))  # type: ignore[arg-type]
    assert (row["target_group"], row["service"]) == ("q2o-us-east-proxies", "q2o-edge/envoy-endpoints")

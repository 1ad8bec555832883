"""A simulated node looks like an EKS node under Karpenter."""

from __future__ import annotations

from typing import Any

from sandbox.control_plane.nodes import NodeResources, Taint, is_ready, node_manifest, node_name


def _node(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "name": node_name("agents-1", "us-east-1a"),
        "instance_type": "m7g.large",
        "zone": "us-east-1a",
        "zone_id": "use1-az1",
        "region": "us-east-1",
        "arch": "arm64",
        "capacity": NodeResources(cpu_millicores=2000, memory_mib=8192, pods=29),
        "allocatable": NodeResources(cpu_millicores=1930, memory_mib=7021, pods=29, ephemeral_storage_gib=17),
    }
    return node_manifest(**{**given, **changes})


def test_a_node_carries_the_labels_that_schedulers_and_charts_select_by() -> None:
    assert _node()["metadata"]["labels"] == {
        "kubernetes.io/arch": "arm64",
        "kubernetes.io/hostname": "agents-1.us-east-1a",
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "m7g.large",
        "topology.k8s.aws/zone-id": "use1-az1",
        "topology.kubernetes.io/region": "us-east-1",
        "topology.kubernetes.io/zone": "us-east-1a",
    }


def test_further_labels_come_on_top() -> None:
    labels = _node(labels={"karpenter.sh/capacity-type": "spot"})["metadata"]["labels"]
    assert labels["karpenter.sh/capacity-type"] == "spot"
    assert labels["kubernetes.io/os"] == "linux"


def test_kwok_is_asked_to_keep_the_node_alive() -> None:
    assert _node()["metadata"]["annotations"] == {"kwok.x-k8s.io/node": "fake"}


def test_resources_are_written_in_the_units_of_the_api() -> None:
    status = _node()["status"]
    assert status["capacity"] == {"cpu": "2000m", "memory": "8192Mi", "pods": "29", "ephemeral-storage": "20Gi"}
    assert status["allocatable"] == {"cpu": "1930m", "memory": "7021Mi", "pods": "29", "ephemeral-storage": "17Gi"}


def test_taints_are_kept() -> None:
    taint = Taint(key="dedicated", value="kafka", effect="NoSchedule")
    assert _node(taints=[taint])["spec"]["taints"] == [{"key": "dedicated", "value": "kafka", "effect": "NoSchedule"}]


def test_only_a_true_ready_condition_makes_a_node_ready() -> None:
    assert not is_ready({})
    assert not is_ready({"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}})
    assert is_ready({"status": {"conditions": [{"type": "Ready", "status": "True"}]}})

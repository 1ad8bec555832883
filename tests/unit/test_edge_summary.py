"""Whether the edge answers, told from what the cluster says."""

from __future__ import annotations

from typing import Any

import pytest

from components.base.errors import SandboxError
from sandbox.control_plane.errors import ApiError
from sandbox.edge_summary import edge_rows, wait_answering

ARN = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/q2o-us-east-proxies/0123456789abcdef"


PIP = "service.beta.kubernetes.io/azure-pip-name"


class ACluster:
    """Answers as the API server would: the way in is a binding, or a Service that asks for a balancer itself."""

    def __init__(self, *zones: tuple[str, bool], asks: bool = False, knows_bindings: bool = True) -> None:
        self._asks = asks
        self._zones = zones
        self._knows = knows_bindings

    def list_objects(self, api_version: str, kind: str, *_: Any, **__: Any) -> list[dict[str, Any]]:
        if not self._knows:
            raise ApiError(404, "NotFound", "the server could not find the requested resource")
        if kind == "Gateway":
            return [{"spec": {"listeners": [{"hostname": "api.example.com"}]}}]
        if kind == "Service":
            inside = {"metadata": {"namespace": "q2o-api", "name": "api"}, "spec": {"type": "ClusterIP"}}
            own = {"namespace": "q2o-edge", "name": "envoy", "annotations": {PIP: "q2o-us-east-public"}}
            return [inside, {"metadata": own, "spec": {"type": "LoadBalancer"}}] if self._asks else [inside]
        if kind == "TargetGroupBinding":
            if self._asks:
                return []
            spec = {"serviceRef": {"name": "envoy", "port": 8080}, "targetGroupARN": ARN}
            return [{"metadata": {"namespace": "q2o-edge", "name": "envoy"}, "spec": spec}]
        if kind == "Service":
            return []
        assert (api_version, kind) == ("discovery.k8s.io/v1", "EndpointSlice")
        return [{"endpoints": [{"conditions": {"ready": ready}, "zone": zone} for zone, ready in self._zones]}]


def test_targets_are_counted_by_zone_and_only_where_they_are_ready() -> None:
    (row,) = edge_rows(ACluster(("a", True), ("b", True), ("b", True), ("c", False)))  # type: ignore[arg-type]
    assert row == {
        "url": "https://api.example.com",
        "target_group": "q2o-us-east-proxies",
        "service": "q2o-edge/envoy",
        "targets_ready": 3,
        "targets": 4,
        "zones": {"a": 1, "b": 2},
    }


def test_where_the_proxies_own_service_is_the_way_in_it_is_told_by_its_address() -> None:
    (row,) = edge_rows(ACluster(("a", True), ("b", True), asks=True))  # type: ignore[arg-type]
    assert (row["target_group"], row["service"], row["zones"]) == (
        "q2o-us-east-public",
        "q2o-edge/envoy",
        {"a": 1, "b": 1},
    )


def test_a_cluster_without_an_edge_has_none() -> None:
    assert edge_rows(ACluster(knows_bindings=False)) == []  # type: ignore[arg-type]


def test_two_zones_are_an_edge_that_answers() -> None:
    wait_answering(ACluster(("a", True), ("b", True)), seconds=0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zones", "words"),
    [
        ((("a", True), ("a", True), ("b", False)), "2 of 3 targets are ready, in a"),
        ((), "0 of 0 targets are ready, in no zone"),
    ],
    ids=["one zone", "none"],
)
def test_targets_in_fewer_than_two_zones_are_an_error(zones: tuple[tuple[str, bool], ...], words: str) -> None:
    with pytest.raises(SandboxError) as refusal:
        wait_answering(ACluster(*zones), seconds=0)  # type: ignore[arg-type]

    assert refusal.value.message == (
        f"edge https://api.example.com: {words}: they are needed in 2 zones; "
        f"look at the pods of Service q2o-edge/envoy."
    )

"""What the thin client says to the API server, and what it makes of the answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.control_plane import ApiError, Client, ControlPlane, crds
from sandbox.control_plane.documents import Manifest

pytestmark = pytest.mark.sandbox


@pytest.fixture
def client(plane: ControlPlane) -> Client:
    return plane.client


@pytest.fixture
def namespace(client: Client) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"test-{time.time_ns()}"
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    client.delete("v1", "Namespace", name)


def test_the_definitions_of_every_chart_are_accepted_and_bring_the_kinds_that_are_used(client: Client) -> None:
    # By a dry run: to serve all of them takes the API server half a minute, and each region's test does it.
    served = set()
    for manifest in (manifest for chart in crds.CHARTS for manifest in crds.load(chart)):
        taken = client.apply(manifest, dry_run=True)["spec"]
        kind, group = taken["names"]["kind"], taken["group"]
        served |= {(kind, f"{group}/{version['name']}") for version in taken["versions"] if version["served"]}
    assert served >= {
        ("Certificate", "cert-manager.io/v1"),
        ("ClusterIssuer", "cert-manager.io/v1"),
        ("NodePool", "karpenter.sh/v1"),
        ("NodeClaim", "karpenter.sh/v1"),
        ("NodeOverlay", "karpenter.sh/v1alpha1"),
        ("EC2NodeClass", "karpenter.k8s.aws/v1"),
        ("TargetGroupBinding", "elbv2.k8s.aws/v1beta1"),
    }


def test_a_kind_is_served_once_its_definition_is_installed(client: Client) -> None:
    crds.install(client, crds.load("aws-load-balancer-controller"))
    assert client.list_objects("elbv2.k8s.aws/v1beta1", "TargetGroupBinding") == []


def test_a_target_group_binding_without_a_service_is_refused(client: Client) -> None:
    crds.install(client, crds.load("aws-load-balancer-controller"))
    binding = {
        "apiVersion": "elbv2.k8s.aws/v1beta1",
        "kind": "TargetGroupBinding",
        "metadata": {"name": "edge", "namespace": "default"},
        "spec": {"targetGroupARN": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/b", "targetType": "ip"},
    }
    with pytest.raises(ApiError, match=r"spec\.serviceRef: Required value") as caught:
        client.apply(binding, dry_run=True)
    assert (caught.value.status, caught.value.reason) == (422, "Invalid")


def test_an_unknown_kind_is_an_error_that_names_it(client: Client) -> None:
    with pytest.raises(ApiError, match=r"the API server has no kind Widget in example\.org/v1") as caught:
        client.get("example.org/v1", "Widget", "one")
    assert (caught.value.status, caught.value.reason) == (404, "UnknownKind")


def test_two_managers_of_one_field_conflict_unless_one_forces(client: Client, namespace: str) -> None:
    def config(value: str) -> Manifest:
        metadata = {"name": "shared", "namespace": namespace}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"key": value}}

    client.apply(config("first"), field_manager="one")
    with pytest.raises(ApiError) as caught:
        client.apply(config("second"), field_manager="two", force=False)
    assert (caught.value.status, caught.value.reason) == (409, "Conflict")
    assert client.apply(config("second"), field_manager="two")["data"] == {"key": "second"}


def test_a_dry_run_changes_nothing(client: Client, namespace: str) -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "dry", "namespace": namespace}}
    client.apply(config, dry_run=True)
    assert client.find("v1", "ConfigMap", "dry", namespace) is None


def test_deleting_what_is_not_there_says_so(client: Client, namespace: str) -> None:
    assert client.delete("v1", "ConfigMap", "never", namespace) is False


def test_a_patch_with_none_removes_a_field(client: Client, namespace: str) -> None:
    metadata = {"name": "patched", "namespace": namespace}
    client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "1", "b": "2"}})
    assert client.patch("v1", "ConfigMap", "patched", {"data": {"a": None}}, namespace)["data"] == {"b": "2"}


def test_twenty_threads_share_one_client(client: Client, namespace: str) -> None:
    def apply(number: int) -> str:
        metadata = {"name": f"thread-{number}", "namespace": namespace}
        made = client.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
        return str(made["metadata"]["name"])

    with ThreadPoolExecutor(20) as pool:
        names = list(pool.map(apply, range(200)))
    assert names == [f"thread-{number}" for number in range(200)]
    listed = client.list_objects("v1", "ConfigMap", namespace)
    assert {row["metadata"]["name"] for row in listed} >= set(names)
    assert {(row["apiVersion"], row["kind"]) for row in listed} == {("v1", "ConfigMap")}

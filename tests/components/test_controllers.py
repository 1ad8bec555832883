"""The controllers of an EKS cluster: what is installed, what comes before what, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
from pulumi import ComponentResource, Output, Resource, ResourceOptions

from clouds.aws.machines import AWS_INSTANCE_TYPES
from clouds.machine import InstanceType
from components.base.errors import ComponentError
from components.charts.contract import ChartSource
from components.controllers.aws import EksControllers, EksControllersArgs
from components.controllers.contract import Controllers, ElasticPoolArgs
from components.controllers.values import CHARTS
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording, record

ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
COMPONENT = "q2o:controllers:EksControllers"
NAMESPACE = "kubernetes:core/v1:Namespace"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
QUEUE = "aws:sqs/queue:Queue"
RELEASE = "kubernetes:helm.sh/v3:Release"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"

MACHINES = tuple(AWS_INSTANCE_TYPES.values())
SOURCES = {chart: ChartSource(chart=chart, repository="oci://charts.example", version="1.2.3") for chart in CHARTS}


class ACluster(ComponentResource):
    """Stands where a cluster would: a resource for each thing that the controllers wait for."""

    def __init__(self, provider: aws.Provider) -> None:
        super().__init__("q2o:test:Cluster", "stand-in", None, ResourceOptions(providers=[provider]))
        self.resource: Resource = self._made("control-plane")
        self.storage: Resource = self._made("volume-driver")
        self.system_pool: Resource = self._made("system-nodes")
        self.system_pods: Sequence[Resource] = (self.system_pool, self._made("name-resolution"))
        self.cluster_name = Output.from_input("q2o-us-east")
        self.cluster_identifier = Output.from_input("arn")
        self.endpoint = Output.from_input("https://endpoint.example")
        self.kubeconfig = Output.secret("{}")
        self.oidc_issuer = Output.from_input("https://issuer.example")

    def _made(self, name: str) -> Resource:
        return aws.ec2.Eip(name, domain="vpc", opts=ResourceOptions(parent=self))


def a_pool(**changes: Any) -> ElasticPoolArgs:
    values: dict[str, Any] = {"instance_types": MACHINES, "nodes_maximum": 97, **changes}
    return ElasticPoolArgs(**values)


def recorded(**changes: Any) -> Recording:
    def program() -> None:
        provider = aws.Provider("aws", region="us-east-1", allowed_account_ids=["123456789012"])
        inside = kubernetes.Provider("inside", kubeconfig="{}")
        values: dict[str, Any] = {
            "charts": SOURCES,
            "cluster": ACluster(provider),
            "cluster_name": "q2o-us-east",
            "elastic_pool": a_pool(),
            "location": "us-east-1",
            "network_id": "vpc-1",
            "node_image": "1.36.3-20260827",
            "node_security_group_id": "sg-1",
            "tags": {"q2o-stack": "us-east"},
            "zones": ("use1-az1", "use1-az2", "use1-az4"),
            **changes,
        }
        made: Controllers = EksControllers(
            "controllers", EksControllersArgs(**values), ResourceOptions(providers=[provider, inside])
        )
        assert made.metrics is not None

    return record(program)


@cache
def the_controllers() -> Recording:
    return recorded()


def release(chart: str) -> Registration:
    return the_controllers().named(RELEASE, f"controllers-{chart}")


def names_before(row: Registration) -> set[str]:
    """Names of everything that stands before `row`, however far."""
    known, found, left = the_controllers().by_urn(), set[str](), list(row.dependencies)
    while left:
        urn = left.pop()
        if urn not in found:
            found.add(urn)
            left.extend(known[urn].dependencies)
    return {f"{known[urn].type.split(':')[-1]} {known[urn].name}" for urn in found}


def test_every_chart_is_installed_whole_or_not_at_all_under_its_own_name() -> None:
    for chart in CHARTS:
        given = release(chart).inputs

        assert (chart, "1.2.3") == (given["name"], given["version"])
        assert (given["atomic"], given["cleanupOnFail"], given["skipAwait"]) == (True, True, False)
        assert given["timeout"] == 600


def test_a_chart_comes_from_a_registry_by_address_and_from_a_repository_by_name() -> None:
    https = ChartSource(chart="metrics-server", repository="https://charts.example", version="1")
    given = recorded(charts={**SOURCES, "metrics-server": https}).named(RELEASE, "controllers-metrics-server").inputs

    assert (given["chart"], given["repositoryOpts"]) == ("metrics-server", {"repo": "https://charts.example"})
    assert release("karpenter").inputs["chart"] == "oci://charts.example/karpenter"
    assert "repositoryOpts" not in release("karpenter").inputs


@pytest.mark.parametrize("chart", [chart for chart in CHARTS if chart != "karpenter-crd"])
def test_a_controller_waits_for_nodes_and_name_resolution(chart: str) -> None:
    assert {"Eip system-nodes", "Eip name-resolution"} <= names_before(release(chart))


@pytest.mark.parametrize("chart", ["aws-load-balancer-controller", "karpenter"])
def test_a_controller_starts_once_its_identity_stands_and_keeps_it_until_it_is_gone(chart: str) -> None:
    before = names_before(release(chart))

    assert f"PodIdentityAssociation controllers-{chart}-association" in before
    assert f"RolePolicy controllers-{chart}-policy" in before, "a destroy must not take the rights away first"
    given = the_controllers().named(ASSOCIATION, f"controllers-{chart}-association").inputs
    assert ("kube-system", chart) == (given["namespace"], given["serviceAccount"])


def test_what_lives_in_the_cluster_falls_with_it() -> None:
    control_plane = the_controllers().named("aws:ec2/eip:Eip", "control-plane").urn

    for type_ in (RELEASE, NAMESPACE, STORAGE_CLASS):
        assert {control_plane} == {row.deleted_with for row in the_controllers().of_type(type_)}


def test_elastic_nodes_do_not_fall_with_the_cluster_because_their_machines_would_stay() -> None:
    for type_ in (NODE_POOL, NODE_CLASS):
        (row,) = the_controllers().of_type(type_)
        assert not row.deleted_with


def test_a_destroy_takes_the_pool_then_its_machines_description_then_karpenter_then_its_rights_and_queue() -> None:
    pool, machines = (
        the_controllers().named(NODE_POOL, "controllers-node-pool"),
        the_controllers().named(NODE_CLASS, "controllers-node-class"),
    )

    assert [machines.urn] == list(pool.dependencies)
    assert release("karpenter").urn in machines.dependencies
    assert {
        "PodIdentityAssociation controllers-karpenter-association",
        "Queue controllers-interruptions",
        "Release controllers-karpenter-crd",
        "AccessEntry controllers-node",
        "RolePolicyAttachment controllers-node-worker-policy",
        "RolePolicyAttachment controllers-node-registry-policy",
        "InstanceProfile controllers-node",
        "Eip system-nodes",
    } <= names_before(pool)


def test_deleting_the_pool_waits_for_its_nodes() -> None:
    annotations = the_controllers().named(NODE_POOL, "controllers-node-pool").inputs["metadata"]["annotations"]

    assert annotations == {"pulumi.com/deletionPropagationPolicy": "foreground"}


def test_karpenter_s_definitions_are_a_release_of_their_own_so_that_an_upgrade_reaches_them() -> None:
    assert release("karpenter").inputs["skipCrds"]
    assert release("karpenter-crd").urn in release("karpenter").dependencies


def test_volumes_are_encrypted_stand_where_their_pod_does_and_carry_the_cost_tags() -> None:
    row = the_controllers().named(STORAGE_CLASS, "controllers-storage")

    assert row.inputs["parameters"] == {"encrypted": "true", "type": "gp3", "tagSpecification_1": "q2o-stack=us-east"}
    assert tuple(
        row.inputs[key] for key in ("provisioner", "volumeBindingMode", "reclaimPolicy", "allowVolumeExpansion")
    ) == ("ebs.csi.aws.com", "WaitForFirstConsumer", "Delete", True)
    assert row.inputs["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    assert "Eip volume-driver" in names_before(row), "the driver deletes the volumes, so it goes after them"


def test_certificates_are_issued_from_a_namespace_that_enforces_the_strictest_pod_security() -> None:
    namespace = the_controllers().named(NAMESPACE, "controllers-cert-manager")

    assert namespace.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert release("cert-manager").inputs["namespace"] == "cert-manager"
    assert namespace.urn in release("cert-manager").dependencies


def test_karpenter_hears_of_every_way_to_lose_a_machine() -> None:
    rules = the_controllers().of_type("aws:cloudwatch/eventRule:EventRule")

    assert {
        "AWS Health Event",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
        "EC2 Spot Instance Interruption Warning",
    } == {detail for rule in rules for detail in json.loads(rule.inputs["eventPattern"])["detail-type"]}
    targets = the_controllers().of_type("aws:cloudwatch/eventTarget:EventTarget")
    assert {rule.inputs["name"] for rule in rules} == {target.inputs["rule"] for target in targets}


def test_the_queue_is_encrypted_and_is_the_one_karpenter_reads() -> None:
    queue = the_controllers().named(QUEUE, "controllers-interruptions").inputs

    assert queue["sqsManagedSseEnabled"]
    assert queue["name"] == release("karpenter").inputs["values"]["settings"]["interruptionQueue"]


def test_elastic_nodes_may_join() -> None:
    entry = the_controllers().named("aws:eks/accessEntry:AccessEntry", "controllers-node").inputs

    assert entry["type"] == "EC2_LINUX"


def test_no_kubernetes_object_uses_an_ambient_kubeconfig() -> None:
    for row in the_controllers().resources:
        if row.type.startswith("kubernetes:"):
            assert "::inside::" in row.provider, row.name


def test_every_public_output_is_registered() -> None:
    outputs = {name for name, kind in EksControllers.__annotations__.items() if kind.startswith("Output")}

    assert outputs == set(the_controllers().named(COMPONENT, "controllers").outputs)


def machine(name: str, architecture: str) -> InstanceType:
    return replace(MACHINES[0], name=name, architecture=architecture)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"instance_types": MACHINES[:1]},
            "controllers.elastic_pool.instance_types: ['c6g.large'] is not allowed: 10 types or more; "
            "name more, or spot capacity runs out.",
            id="too-few-types-for-spot",
        ),
        pytest.param(
            {"instance_types": (*MACHINES, machine("m7i.large", "amd64"))},
            "controllers.elastic_pool.instance_types: ['amd64', 'arm64'] is not allowed: one architecture; "
            "the images are built for one only.",
            id="two-architectures",
        ),
        pytest.param(
            {"nodes_maximum": 0},
            "controllers.elastic_pool.nodes_maximum: 0 is not allowed: 1 or more; give the platform's pods a node.",
            id="no-nodes",
        ),
        pytest.param(
            {"drain_seconds": 59},
            "controllers.elastic_pool.drain_seconds: 59 is not allowed: 60 or more; "
            "leave pods the time to finish what they do.",
            id="no-time-to-drain",
        ),
    ],
)
def test_a_pool_that_cannot_work_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        a_pool(**changes)

    assert message == refusal.value.message


def test_a_missing_chart_is_refused() -> None:
    with pytest.raises(ComponentError, match=r"^controllers\.charts: .*name exactly these\.$"):
        recorded(charts={"karpenter": SOURCES["karpenter"]})


def test_controllers_without_tags_are_refused_because_their_rights_would_know_no_bounds() -> None:
    with pytest.raises(ComponentError, match=r"^controllers\.tags: \{\} is not allowed: "):
        recorded(tags={})

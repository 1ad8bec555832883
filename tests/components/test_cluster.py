"""The EKS cluster: what stands, who may enter, what comes before what, and what is refused."""

from __future__ import annotations

import json
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
from pulumi import ResourceOptions

from clouds.machines import INSTANCE_TYPES
from components.base.errors import ComponentError
from components.cluster.addons import ADDONS, AFTER_NODES, BEFORE_NODES
from components.cluster.aws import EksCluster
from components.cluster.contract import ClusterArgs, KubernetesCluster, SystemPoolArgs
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording, record

ADDON = "aws:eks/addon:Addon"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
CLUSTER = "aws:eks/cluster:Cluster"
COMPONENT = "q2o:cluster:EksCluster"
NODES = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"

DEPLOYER = "arn:aws:iam::123456789012:role/deployer"
VERSIONS = dict.fromkeys(ADDONS, "v1-eksbuild.1")


def some_args(**changes: Any) -> ClusterArgs:
    values: dict[str, Any] = {
        "administrators": (DEPLOYER,),
        "addon_versions": VERSIONS,
        "cluster_name": "q2o-us-east",
        "egress": [],
        "kubernetes_minor": "1.36",
        "location": "us-east-1",
        "network_id": "vpc-1",
        "node_image": "1.36.3-20260827",
        "private_subnet_ids": ["subnet-a", "subnet-b", "subnet-c"],
        "service_addresses": IPv4Network("172.20.0.0/16"),
        "system_pool": SystemPoolArgs(instance_type=INSTANCE_TYPES["r7g.large"], nodes=3),
        "tags": {"q2o-stack": "us-east"},
        **changes,
    }
    return ClusterArgs(**values)


def recorded(**changes: Any) -> Recording:
    def program() -> None:
        provider = aws.Provider("aws", region="us-east-1", allowed_account_ids=["123456789012"])
        gate = aws.ec2.Eip("way-out", domain="vpc", opts=ResourceOptions(provider=provider))
        made: KubernetesCluster = EksCluster(
            "cluster", some_args(egress=[gate], **changes), ResourceOptions(providers=[provider])
        )
        assert made.system_pool is not None

    return record(program)


@cache
def a_cluster() -> Recording:
    return recorded()


def names_before(recording: Recording, row: Registration) -> set[str]:
    """Names of everything that stands before `row`, however far."""
    known, found, left = recording.by_urn(), set[str](), list(row.dependencies)
    while left:
        urn = left.pop()
        if urn not in found:
            found.add(urn)
            left.extend(known[urn].dependencies)
    return {f"{known[urn].type.split(':')[-1]} {known[urn].name}" for urn in found}


def control_plane(**changes: Any) -> dict[str, Any]:
    return (recorded(**changes) if changes else a_cluster()).named(CLUSTER, "cluster-cluster").inputs


def test_the_api_is_reached_from_inside_the_network_only_unless_ranges_are_named() -> None:
    inside = control_plane()["vpcConfig"]

    assert (inside["endpointPrivateAccess"], inside["endpointPublicAccess"]) == (True, False)
    assert "publicAccessCidrs" not in inside


def test_named_ranges_open_the_public_endpoint_to_them_alone() -> None:
    opened = control_plane(public_access_ranges=(IPv4Network("203.0.113.0/24"),))["vpcConfig"]

    assert opened["endpointPublicAccess"]
    assert opened["publicAccessCidrs"] == ["203.0.113.0/24"]
    assert opened["endpointPrivateAccess"], "nodes would otherwise leave the network to reach the API"


def test_secrets_are_encrypted_with_a_rotating_key_of_the_cluster_s_own() -> None:
    key = a_cluster().named("aws:kms/key:Key", "cluster-secrets")

    assert key.inputs["enableKeyRotation"]
    assert key.urn in a_cluster().named(CLUSTER, "cluster-cluster").dependencies
    assert control_plane()["encryptionConfig"]["resources"] == ["secrets"]


def test_the_log_group_is_ours_and_stands_before_eks_would_make_one_without_retention() -> None:
    logs = a_cluster().named("aws:cloudwatch/logGroup:LogGroup", "cluster-logs")

    assert (logs.inputs["name"], logs.inputs["retentionInDays"]) == ("/aws/eks/q2o-us-east/cluster", 30)
    assert logs.urn in a_cluster().named(CLUSTER, "cluster-cluster").dependencies
    assert sorted(control_plane()["enabledClusterLogTypes"], key=str.lower) == [
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    ]


def test_the_cluster_never_slides_into_extended_support() -> None:
    assert control_plane()["upgradePolicy"] == {"supportType": "STANDARD"}
    assert control_plane()["version"] == "1.36"


def test_only_access_entries_let_anyone_in_and_the_creator_gets_none_by_itself() -> None:
    access = control_plane()["accessConfig"]

    assert access["authenticationMode"] == "API"
    assert access["bootstrapClusterCreatorAdminPermissions"] is False


def test_the_kubeconfig_is_secret_holds_no_token_and_waits_for_the_administrators() -> None:
    outputs = a_cluster().named(COMPONENT, "cluster").outputs
    kubeconfig = outputs["kubeconfig"]

    assert "1b47061264138c4ac30d75fd1eb44270" in kubeconfig.values(), "the kubeconfig must be wrapped as a secret"
    user = json.loads(kubeconfig["value"])["users"][0]["user"]
    assert {"exec"} == set(user)
    assert user["exec"]["args"] == ["eks", "get-token", "--cluster-name", "q2o-us-east", "--region", "us-east-1"]


def test_whatever_uses_the_kubeconfig_comes_after_the_right_to_enter() -> None:
    def program() -> None:
        provider = aws.Provider("aws", region="us-east-1", allowed_account_ids=["123456789012"])
        cluster = EksCluster("cluster", some_args(), ResourceOptions(providers=[provider]))
        kubernetes.Provider("inside", kubeconfig=cluster.kubeconfig)

    recording = record(program)
    (user,) = recording.of_type("pulumi:providers:kubernetes")

    assert "AccessPolicyAssociation cluster-administrator-deployer" in names_before(recording, user)


def test_every_addon_has_the_version_it_was_given_and_no_unmanaged_copy_comes_with_the_cluster() -> None:
    assert {row.inputs["addonName"]: row.inputs["addonVersion"] for row in a_cluster().of_type(ADDON)} == VERSIONS
    assert control_plane()["bootstrapSelfManagedAddons"] is False


def test_a_missing_or_unknown_addon_version_is_refused() -> None:
    with pytest.raises(ComponentError, match=r"^cluster\.addon_versions: .*name exactly these\.$"):
        recorded(addon_versions={**VERSIONS, "snapshot-controller": "v8"})


def test_nodes_find_the_pod_network_the_service_network_and_identities_ready() -> None:
    before = names_before(a_cluster(), a_cluster().named(NODES, "cluster-system"))

    assert {f"Addon cluster-{addon}" for addon in BEFORE_NODES} <= before
    assert "PodIdentityAssociation cluster-vpc-cni-association" in before
    assert {f"RolePolicyAttachment cluster-system-{policy}-policy" for policy in ("registry", "worker")} <= before
    assert "Eip way-out" in before, "a node without a way out cannot pull its images"


def test_addons_that_need_nodes_come_after_them() -> None:
    for addon in AFTER_NODES:
        assert "NodeGroup cluster-system" in names_before(a_cluster(), a_cluster().named(ADDON, f"cluster-{addon}"))


def test_rights_outlive_what_uses_them_so_that_a_destroy_can_still_delete_volumes() -> None:
    before = names_before(a_cluster(), a_cluster().named(ADDON, "cluster-aws-ebs-csi-driver"))

    assert "RolePolicyAttachment cluster-aws-ebs-csi-driver-managed-policy" in before


def test_addons_fall_with_the_cluster_and_nodes_do_not() -> None:
    cluster = a_cluster().named(CLUSTER, "cluster-cluster").urn

    assert {cluster} == {row.deleted_with for row in a_cluster().of_type(ADDON)}
    assert not a_cluster().named(NODES, "cluster-system").deleted_with, "its machines would stay and be paid for"


def test_an_identity_can_be_taken_on_by_one_service_account_of_this_cluster_only() -> None:
    role = a_cluster().named("aws:iam/role:Role", "cluster-aws-ebs-csi-driver-role")
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]

    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {
        "aws:RequestTag/eks-cluster-name": "q2o-us-east",
        "aws:RequestTag/kubernetes-namespace": "kube-system",
        "aws:RequestTag/kubernetes-service-account": "ebs-csi-controller-sa",
    }


def test_nodes_themselves_may_neither_run_the_pod_network_nor_make_volumes() -> None:
    policies = {
        row.inputs["policyArn"].rsplit("/", 1)[1]
        for row in a_cluster().of_type(ATTACHMENT)
        if row.name.startswith("cluster-system-")
    }

    assert {"AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy"} == policies


def test_the_system_pool_has_a_size_that_no_autoscaler_can_change() -> None:
    pool = a_cluster().named(NODES, "cluster-system").inputs

    assert pool["scalingConfig"] == {"desiredSize": 3, "maxSize": 3, "minSize": 3}
    assert pool["capacityType"] == "ON_DEMAND"
    assert pool["subnetIds"] == ["subnet-a", "subnet-b", "subnet-c"]


def test_the_system_pool_takes_only_what_tolerates_it() -> None:
    pool = a_cluster().named(NODES, "cluster-system").inputs

    assert pool["taints"] == [{"effect": "NO_SCHEDULE", "key": "q2o.dev/pool", "value": "system"}]
    assert pool["labels"] == {"q2o.dev/pool": "system"}


def test_another_machine_or_disk_changes_the_template_and_replaces_no_pool() -> None:
    larger = SystemPoolArgs(disk_gib=60, instance_type=INSTANCE_TYPES["m7g.xlarge"], nodes=3)
    changed = recorded(system_pool=larger)

    template = changed.named(TEMPLATE, "cluster-system").inputs
    assert template["instanceType"] == "m7g.xlarge"
    assert template["blockDeviceMappings"][0]["ebs"]["volumeSize"] == 60
    pool = changed.named(NODES, "cluster-system").inputs
    assert not {"instanceTypes", "diskSize"} & set(pool), "on the node group these force a replacement"


def test_disks_are_encrypted_and_pods_cannot_reach_the_node_s_credentials() -> None:
    template = a_cluster().named(TEMPLATE, "cluster-system").inputs

    assert template["blockDeviceMappings"][0]["ebs"]["encrypted"] == "true"
    assert (
        template["metadataOptions"]["httpTokens"],
        template["metadataOptions"]["httpPutResponseHopLimit"],
    ) == ("required", 1)


def test_machines_and_their_disks_carry_the_cost_tags() -> None:
    tagged = a_cluster().named(TEMPLATE, "cluster-system").inputs["tagSpecifications"]

    assert {"instance", "network-interface", "volume"} == {row["resourceType"] for row in tagged}
    assert {"us-east"} == {row["tags"]["q2o-stack"] for row in tagged}


@pytest.mark.parametrize("protection", [True, False], ids=["on", "off"])
def test_deletion_protection_covers_the_control_plane_its_key_and_its_nodes(protection: bool) -> None:
    recording = recorded(deletion_protection=protection)
    rows = (
        recording.named(CLUSTER, "cluster-cluster"),
        recording.named("aws:kms/key:Key", "cluster-secrets"),
        recording.named(NODES, "cluster-system"),
    )

    assert [protection] * 3 == [row.protect for row in rows]
    assert protection is rows[0].inputs["deletionProtection"]


def test_every_public_output_is_registered() -> None:
    outputs = {name for name, kind in EksCluster.__annotations__.items() if kind.startswith("Output")}

    assert outputs == set(a_cluster().named(COMPONENT, "cluster").outputs)


def test_everything_stands_under_the_component() -> None:
    known = a_cluster().by_urn()
    own = [row for row in a_cluster().resources if not row.type.startswith("pulumi:providers:")]

    for row in own:
        if row.type != COMPONENT and row.name != "way-out":
            assert known[row.parent].type.startswith("q2o:cluster:"), row.urn

"""What Karpenter may buy, how much, and how long a node lives: the specs that it is given."""

from __future__ import annotations

from typing import Any

from clouds.aws.machines import AWS_INSTANCE_TYPES
from components.charts.contract import ChartSource
from components.controllers.aws_elastic_pool import node_class_spec, node_pool_spec
from components.controllers.contract import ControllersArgs, ElasticPoolArgs

ZONES = ("use1-az1", "use1-az2", "use1-az4")
POOL = ElasticPoolArgs(
    disk_gib=50,
    drain_seconds=300,
    instance_types=tuple(AWS_INSTANCE_TYPES.values()),
    nodes_maximum=97,
)


def pool_spec() -> dict[str, Any]:
    return node_pool_spec(POOL, zones=ZONES)


def class_spec(cluster: Any = None) -> dict[str, Any]:
    args = ControllersArgs(
        charts={"karpenter": ChartSource(chart="karpenter", repository="oci://charts.example", version="1")},
        cluster=cluster,
        cluster_name="q2o-us-east",
        elastic_pool=POOL,
        location="us-east-1",
        network_id="vpc-1",
        node_image="1.36.3-20260827",
        tags={"q2o-stack": "us-east"},
        zones=ZONES,
    )
    return node_class_spec(args, instance_profile="profile", security_group_id="sg-1")


def requirement(key: str) -> list[str]:
    (found,) = [row for row in pool_spec()["template"]["spec"]["requirements"] if row["key"] == key]
    assert found["operator"] == "In"
    values: list[str] = found["values"]
    return values


def test_the_pool_never_grows_beyond_its_share_of_the_nodes() -> None:
    assert pool_spec()["limits"] == {"nodes": "97"}


def test_spot_is_taken_while_there_is_any_and_on_demand_otherwise() -> None:
    assert {"spot", "on-demand"} == set(requirement("karpenter.sh/capacity-type"))


def test_only_machines_that_the_price_book_knows_are_bought_in_the_regions_zones() -> None:
    assert list(AWS_INSTANCE_TYPES) == requirement("node.kubernetes.io/instance-type")
    assert requirement("kubernetes.io/arch") == ["arm64"]
    assert list(ZONES) == requirement("topology.k8s.aws/zone-id")


def test_a_drain_is_bounded() -> None:
    assert pool_spec()["template"]["spec"]["terminationGracePeriod"] == "300s"


def test_nodes_that_came_together_do_not_go_together_by_their_age() -> None:
    assert pool_spec()["template"]["spec"]["expireAfter"] == "Never"


def test_machines_carry_the_cost_tags_and_one_by_which_the_driver_may_attach_volumes() -> None:
    assert class_spec()["tags"] == {"q2o-stack": "us-east", "ebs.csi.aws.com/cluster-name": "q2o-us-east"}


def test_idle_nodes_go_a_few_at_a_time() -> None:
    assert pool_spec()["disruption"] == {
        "budgets": [{"nodes": "10%"}],
        "consolidateAfter": "2m",
        "consolidationPolicy": "WhenEmptyOrUnderutilized",
    }


def test_elastic_nodes_are_labelled_and_not_tainted() -> None:
    template = pool_spec()["template"]

    assert template["metadata"]["labels"] == {"q2o.dev/pool": "elastic"}
    assert "taints" not in template["spec"]


def test_elastic_nodes_run_the_same_image_release_as_the_system_pool() -> None:
    assert class_spec()["amiSelectorTerms"] == [{"alias": "al2023@v20260827"}], "`latest` would roll nodes by itself"


def test_elastic_disks_are_encrypted_and_pods_cannot_reach_the_node_s_credentials() -> None:
    disk = class_spec()["blockDeviceMappings"][0]

    assert (
        disk["deviceName"],
        disk["ebs"]["encrypted"],
        disk["ebs"]["volumeType"],
        disk["ebs"]["volumeSize"],
    ) == ("/dev/xvda", True, "gp3", "50Gi")
    assert (
        class_spec()["metadataOptions"]["httpTokens"],
        class_spec()["metadataOptions"]["httpPutResponseHopLimit"],
    ) == ("required", 1)


def test_elastic_nodes_stand_in_the_private_subnets_that_are_tagged_for_this_cluster() -> None:
    assert class_spec()["subnetSelectorTerms"] == [{"tags": {"karpenter.sh/discovery": "q2o-us-east"}}]
    assert class_spec()["securityGroupSelectorTerms"] == [{"id": "sg-1"}]
    assert class_spec()["associatePublicIPAddress"] is False


def test_nothing_is_left_in_iam_that_the_program_does_not_know() -> None:
    assert class_spec()["instanceProfile"] == "profile"
    assert "role" not in class_spec(), "with a role Karpenter makes instance profiles of its own"

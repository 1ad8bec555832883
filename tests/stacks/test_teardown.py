"""A destroy, computed from the plan: who falls before whom, and who waits for what Pulumi does not know."""

from __future__ import annotations

import pytest

from components.base.vocabulary import Cloud
from q2o_infra.order.checks import disordered, label, matching, prerequisites, unawaited
from q2o_infra.order.tables import order_on
from q2o_infra.plan.recorder import Recording
from tests.support.assertions import assert_none
from tests.support.plans import without
from tests.support.stacks import planned

ORDER = order_on(Cloud.AWS)
CLUSTER = "Cluster cluster-cluster"
KARPENTER = "Release controllers-karpenter"
NODES = "NodeGroup cluster-system"
POOL = "NodePool controllers-node-pool"

# Each falls before the next; a destroy runs through it from the top.
TEARDOWN = (
    POOL,
    "EC2NodeClass controllers-node-class",
    KARPENTER,
    "PodIdentityAssociation controllers-karpenter-association",
    "RolePolicy controllers-karpenter-policy",
)
WORKLOADS = (
    ("Deployment workloads-api", "Namespace workloads-api-namespace"),
    ("Deployment workloads-agent-*", "Namespace workloads-agents-namespace"),
)
BEFORE_NODES_FALL = (
    "Deployment *",
    "Namespace workloads-*",
    POOL,
    "EC2NodeClass *",
    "Release controllers-karpenter",
    "Release controllers-metrics-server",
    "Release controllers-cert-manager",
    "Release controllers-aws-load-balancer-controller",
    "StorageClass *",
)
BEFORE_THE_NETWORK_FALLS = (CLUSTER, NODES, POOL)
NETWORK = ("Subnet network-private-*", "Vpc network-vpc")
WAY_OUT = (
    "Route network-private-*",
    "RouteTableAssociation network-private-*",
    "NatGateway *",
    "Eip *",
    "Route network-public",
)


def test_there_is_an_order_at_all(recording: Recording) -> None:
    assert prerequisites(recording).keys() == recording.by_urn().keys()


@pytest.mark.parametrize("first", WORKLOADS, ids=["api", "agents"])
def test_workloads_fall_before_pools_and_pools_before_karpenter(recording: Recording, first: tuple[str, ...]) -> None:
    steps = (*first, *TEARDOWN)
    for position, later in enumerate(steps):
        assert matching(recording, later), later
        for earlier in steps[position + 1 :]:
            assert_none(disordered(recording, later, earlier), "falls after what it needs")


@pytest.mark.parametrize("pattern", BEFORE_NODES_FALL)
def test_the_system_nodes_fall_last_of_what_is_inside(recording: Recording, pattern: str) -> None:
    assert matching(recording, pattern)
    assert_none(disordered(recording, pattern, NODES), "would be left without a node to end on")


def test_the_queue_outlives_karpenter(recording: Recording) -> None:
    assert matching(recording, "Queue controllers-interruptions")
    assert_none(disordered(recording, KARPENTER, "Queue *"), "Karpenter would read a queue that is gone")


@pytest.mark.parametrize("later", BEFORE_THE_NETWORK_FALLS)
@pytest.mark.parametrize("earlier", NETWORK)
def test_the_cluster_and_its_nodes_fall_before_the_network(recording: Recording, later: str, earlier: str) -> None:
    assert matching(recording, later)
    assert matching(recording, earlier)
    assert_none(disordered(recording, later, earlier), "AWS refuses to delete a subnet that something stands in")


@pytest.mark.parametrize("earlier", WAY_OUT)
def test_nodes_keep_their_way_out_until_they_are_gone(recording: Recording, earlier: str) -> None:
    assert matching(recording, earlier)
    for later in (NODES, POOL):
        assert_none(disordered(recording, later, earlier), "controllers could not reach AWS to clean up")


# Each falls before the next: targets first, then what leads to them, then what it stood in.
EDGE = (
    "TargetGroupBinding edge-binding",
    "Listener edge-https",
    "LoadBalancer edge-public",
    "SecurityGroup edge-balancer",
    "Vpc network-vpc",
)
BINDING_NEEDS = (
    "Release controllers-aws-load-balancer-controller",
    "PodIdentityAssociation controllers-aws-load-balancer-controller-association",
    "TargetGroup edge-proxies",
    "Gateway edge-gateway",
    "Release edge-gateway-helm",
    NODES,
)


def test_the_edge_falls_from_its_targets_down(recording: Recording) -> None:
    for position, later in enumerate(EDGE):
        assert matching(recording, later), later
        for earlier in EDGE[position + 1 :]:
            assert_none(disordered(recording, later, earlier), "falls after what it needs")


@pytest.mark.parametrize("earlier", BINDING_NEEDS)
def test_targets_are_taken_out_while_whoever_does_it_still_stands(recording: Recording, earlier: str) -> None:
    assert matching(recording, earlier)
    assert_none(disordered(recording, EDGE[0], earlier), "a finalizer would wait for ever, or a target be left")


@pytest.mark.parametrize("earlier", ["Subnet network-public-*", "RouteTableAssociation network-public-*"])
def test_the_balancer_falls_before_the_network_that_it_stands_in(recording: Recording, earlier: str) -> None:
    assert matching(recording, earlier)
    assert_none(disordered(recording, "LoadBalancer edge-public", earlier), "AWS refuses to take the subnet away")


def test_no_rule_is_left_in_the_nodes_group_that_names_the_balancers(recording: Recording) -> None:
    for rule in ("SecurityGroupIngressRule edge-*", "SecurityGroupEgressRule edge-*"):
        assert matching(recording, rule), rule
        assert_none(disordered(recording, rule, "SecurityGroup edge-balancer"), "the group could not be deleted")


def test_nobody_may_write_logs_any_more_when_their_bucket_goes(recording: Recording) -> None:
    assert_none(
        disordered(recording, "LoadBalancer edge-public", "BucketPolicy edge-access-logs"), "logs would be refused"
    )
    assert_none(
        disordered(recording, "BucketPolicy edge-access-logs", "Bucket edge-access-logs"), "a late log would stop it"
    )


def test_everything_in_the_cluster_falls_before_the_cluster(recording: Recording) -> None:
    before = prerequisites(recording)
    cluster = matching(recording, CLUSTER)[0].urn
    late = [
        label(row)
        for row in recording.resources
        if row.type.startswith("kubernetes:") and cluster not in before[row.urn]
    ]
    assert_none(late, "would be looked for in a cluster that is gone")


def test_whoever_may_enter_may_until_nothing_is_left_inside(recording: Recording) -> None:
    for inside in ("Deployment *", "Release *", "NodePool *", "Namespace *"):
        assert_none(
            disordered(recording, inside, "AccessPolicyAssociation cluster-administrator-*"),
            "the deployer is locked out",
        )


def test_nothing_outside_outlives_what_it_needs(recording: Recording) -> None:
    assert_none(unawaited(recording, ORDER), "would fall while something that Pulumi does not know still stands")


def test_an_edge_that_something_outside_needs_is_missed() -> None:
    broken = without(planned("us-east"), "EC2NodeClass *", KARPENTER)
    assert f"{POOL} -> {KARPENTER}" in [str(edge) for edge in unawaited(broken, ORDER)]


def test_every_row_of_what_is_outside_means_something_in_the_plan(recording: Recording) -> None:
    absent = {
        pattern
        for row in ORDER.outside
        for pattern in (row.maker, *row.awaited_by, *row.outlived_by)
        if not matching(recording, pattern)
    }
    assert absent == set()


def test_whoever_claims_volumes_has_a_namespace_whose_end_is_awaited(recording: Recording) -> None:
    (awaited,) = [row.awaited_by for row in ORDER.outside if row.made == "EBS volumes of claims"]
    spaces = {row.inputs["metadata"]["name"] for pattern in awaited for row in matching(recording, pattern)}
    claiming = {
        row.inputs["metadata"]["namespace"]
        for pattern in ("StatefulSet *", "Prometheus *")
        for row in matching(recording, pattern)
    }
    assert claiming == spaces


def test_the_end_of_machines_is_waited_for_and_bounded(recording: Recording) -> None:
    pool = matching(recording, POOL)[0]
    annotations = pool.inputs["metadata"]["annotations"]
    assert annotations["pulumi.com/deletionPropagationPolicy"] == "foreground"
    assert pool.inputs["spec"]["template"]["spec"]["terminationGracePeriod"] == "600s"
    assert not pool.retain_on_delete

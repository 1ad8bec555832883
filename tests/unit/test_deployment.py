"""The engine's state is read and repaired without losing a resource that exists."""

from __future__ import annotations

from typing import Any

from sandbox.engine import deployment
from sandbox.engine.deployment import Deployment, Known

STACK = "urn:pulumi:us-east::q2o-infra::pulumi:pulumi:Stack::q2o-infra-us-east"
PROVIDER = "urn:pulumi:us-east::q2o-infra::pulumi:providers:aws::home"
NETWORK = "urn:pulumi:us-east::q2o-infra::aws:ec2/vpc:Vpc::network"
SUBNET = "urn:pulumi:us-east::q2o-infra::aws:ec2/subnet:Subnet::subnet"
CONFIG = "urn:pulumi:us-east::q2o-infra::kubernetes:core/v1:ConfigMap::config"
THE_NETWORK = Known(type="aws:ec2/vpc:Vpc", id="vpc-1", urn=NETWORK)
THE_SUBNET = Known(type="aws:ec2/subnet:Subnet", id="subnet-1", urn=SUBNET)
THE_CONFIG = Known(type="kubernetes:core/v1:ConfigMap", id="default/config", urn=CONFIG)


def state(**more: Any) -> Deployment:
    return {
        "resources": [
            {"urn": STACK, "type": "pulumi:pulumi:Stack"},
            {"urn": PROVIDER, "type": "pulumi:providers:aws", "id": "1", "custom": True},
            {"urn": NETWORK, "type": "aws:ec2/vpc:Vpc", "id": "vpc-1", "custom": True},
            {
                "urn": SUBNET,
                "type": "aws:ec2/subnet:Subnet",
                "id": "subnet-1",
                "custom": True,
                "parent": STACK,
                "deletedWith": NETWORK,
                "dependencies": [NETWORK, STACK],
                "propertyDependencies": {"vpcId": [NETWORK], "cidrBlock": None},
            },
            {"urn": CONFIG, "type": "kubernetes:core/v1:ConfigMap", "id": "default/config", "custom": True},
        ],
        **more,
    }


def test_resources_are_neither_components_nor_providers_and_clouds_are_told_from_clusters() -> None:
    assert deployment.in_clouds(state()) == {THE_NETWORK, THE_SUBNET}
    assert [deployment.identity(row) for row in deployment.in_clusters(state())] == [THE_CONFIG]


def test_a_resource_that_is_gone_leaves_no_reference_behind() -> None:
    repaired = deployment.without(state(), {THE_NETWORK})
    rows = {row["urn"]: row for row in repaired["resources"]}
    assert NETWORK not in rows
    assert rows[SUBNET]["dependencies"] == [STACK]
    assert rows[SUBNET]["propertyDependencies"] == {"vpcId": [], "cidrBlock": []}
    assert "deletedWith" not in rows[SUBNET]
    assert rows[SUBNET]["parent"] == STACK
    assert {STACK, PROVIDER} <= rows.keys()


def test_an_old_resource_that_waits_for_deletion_goes_alone() -> None:
    """Both bear one URN: dropping the one that is gone must not touch its successor or who refers to it."""
    both = state()
    both["resources"].append({"urn": NETWORK, "type": "aws:ec2/vpc:Vpc", "id": "vpc-0", "custom": True, "delete": True})
    repaired = deployment.without(both, {Known(type="aws:ec2/vpc:Vpc", id="vpc-0", urn=NETWORK)})
    assert deployment.in_clouds(repaired) == {THE_NETWORK, THE_SUBNET}
    subnet = next(row for row in repaired["resources"] if row["urn"] == SUBNET)
    assert subnet["dependencies"] == [NETWORK, STACK]
    assert subnet["propertyDependencies"] == {"vpcId": [NETWORK], "cidrBlock": []}


def test_operations_that_never_ended_are_removed_and_creations_among_them_are_named() -> None:
    row = {"urn": CONFIG, "type": "kubernetes:core/v1:ConfigMap"}
    interrupted = state(
        pending_operations=[{"type": "creating", "resource": row}, {"type": "updating", "resource": {"urn": SUBNET}}]
    )
    assert deployment.begun(interrupted) == [row]
    assert deployment.begun(state()) == []
    assert "pending_operations" not in deployment.without(interrupted, set())


def test_a_stack_that_was_only_created_holds_nothing() -> None:
    assert deployment.in_clouds({}) == set()
    assert deployment.in_clusters({}) == []


def test_resources_that_remain_after_their_deletion_are_told_apart() -> None:
    whole = state()
    for index in (1, 2):
        whole["resources"][index]["retainOnDelete"] = True

    assert deployment.retained(whole) == {THE_NETWORK}
    assert deployment.retained(state()) == set()

"""What the controllers may do on AWS, read as sentences about security."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.cluster.aws_contract import PolicyStatement, policy_document
from components.controllers.aws_policies import (
    interruption_queue_policy,
    karpenter_statements,
    load_balancer_statements,
)

TAGS = {"q2o-stack": "us-east", "q2o-region": "us-east"}
KARPENTER = karpenter_statements(
    cluster_name="q2o-us-east", location="us-east-1", node_role="q2o-us-east-elastic-node", queue="queue"
)
BALANCERS = load_balancer_statements(TAGS)
INLINE_POLICY_CHARACTERS = 10_240  # IAM user guide, "IAM and AWS STS quotas": all inline policies of a role.


def actions(statement: PolicyStatement) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else list(found)


def granting(statements: tuple[PolicyStatement, ...], action: str) -> list[PolicyStatement]:
    return [statement for statement in statements if action in actions(statement)]


def conditions(statement: PolicyStatement) -> dict[str, Any]:
    return {key: value for test in statement.get("Condition", {}).values() for key, value in test.items()}


@pytest.mark.parametrize("statements", [KARPENTER, BALANCERS], ids=["karpenter", "load-balancers"])
def test_no_right_is_a_wildcard_and_what_changes_something_is_bounded(statements: tuple[PolicyStatement, ...]) -> None:
    reading = ("Describe", "Get", "List")
    for statement in statements:
        for action in actions(statement):
            assert "*" not in action
            if not action.split(":")[1].startswith(reading):
                assert statement["Resource"] != "*" or statement.get("Condition"), action


def test_karpenter_ends_only_machines_that_it_made_for_this_cluster() -> None:
    for action in ("ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"):
        (statement,) = granting(KARPENTER, action)

        assert conditions(statement)["aws:ResourceTag/kubernetes.io/cluster/q2o-us-east"] == "owned"
        assert conditions(statement)["aws:ResourceTag/karpenter.sh/nodepool"] == "*"


def test_karpenter_makes_only_machines_that_are_tagged_for_this_cluster() -> None:
    (statement,) = granting(KARPENTER, "ec2:CreateLaunchTemplate")

    assert conditions(statement) == {
        "aws:RequestTag/eks:eks-cluster-name": "q2o-us-east",
        "aws:RequestTag/kubernetes.io/cluster/q2o-us-east": "owned",
        "aws:RequestTag/karpenter.sh/nodepool": "*",
    }
    assert all(arn.startswith("arn:aws:ec2:us-east-1:*:") for arn in statement["Resource"])


def test_karpenter_hands_out_the_node_role_and_no_other() -> None:
    (statement,) = granting(KARPENTER, "iam:PassRole")

    assert statement["Resource"] == "arn:aws:iam::*:role/q2o-us-east-elastic-node"
    assert conditions(statement) == {"iam:PassedToService": "ec2.amazonaws.com"}


def test_karpenter_changes_nothing_in_iam() -> None:
    iam = {action for statement in KARPENTER for action in actions(statement) if action.startswith("iam:")}

    assert {"iam:GetInstanceProfile", "iam:ListInstanceProfiles", "iam:PassRole"} == iam


def test_karpenter_can_do_all_that_its_documentation_asks_for_with_a_given_instance_profile() -> None:
    assert {
        "ec2:CreateFleet",
        "ec2:CreateLaunchTemplate",
        "ec2:CreateTags",
        "ec2:DeleteLaunchTemplate",
        "ec2:DescribeCapacityReservations",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribePlacementGroups",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSpotPriceHistory",
        "ec2:DescribeSubnets",
        "ec2:RunInstances",
        "ec2:TerminateInstances",
        "eks:DescribeCluster",
        "iam:GetInstanceProfile",
        "iam:ListInstanceProfiles",
        "iam:PassRole",
        "pricing:GetProducts",
        "sqs:DeleteMessage",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
        "ssm:GetParameter",
    } == {action for statement in KARPENTER for action in actions(statement)}


def test_karpenter_s_policy_fits_into_one_role_for_the_longest_name() -> None:
    longest = "q" * 63
    policy = policy_document(
        *karpenter_statements(cluster_name=longest, location="ap-southeast-1", node_role=longest, queue=longest)
    )

    assert len(policy.replace(" ", "")) <= INLINE_POLICY_CHARACTERS


def test_pods_are_bound_only_to_target_groups_of_this_stack() -> None:
    (statement,) = granting(BALANCERS, "elasticloadbalancing:RegisterTargets")

    assert actions(statement) == ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]
    assert conditions(statement) == {"aws:ResourceTag/q2o-region": "us-east", "aws:ResourceTag/q2o-stack": "us-east"}


def test_the_load_balancer_controller_can_make_change_or_delete_no_load_balancer() -> None:
    granted = {action for statement in BALANCERS for action in actions(statement)}

    assert not {action for action in granted if action.split(":")[1].startswith(("Create", "Delete", "Modify", "Set"))}


def test_only_our_rules_may_write_to_the_queue_and_nobody_in_the_clear() -> None:
    allow, deny = json.loads(interruption_queue_policy(queue_arn="arn:queue", rule_arns=["arn:rules-*"]))["Statement"]

    assert (allow["Effect"], allow["Action"]) == ("Allow", "sqs:SendMessage")
    assert allow["Condition"]["ArnLike"] == {"aws:SourceArn": ["arn:rules-*"]}
    assert (deny["Effect"], deny["Condition"]["Bool"]["aws:SecureTransport"]) == ("Deny", "false")

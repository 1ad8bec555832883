"""What the controllers' identities may do on AWS, and no more: pure documents, known in full at plan time.

Karpenter's is the scoped policy of its documentation (aws/karpenter-provider-aws v1.14, "CloudFormation"), less the
rights over instance profiles, zonal shift, capacity reservations and placement groups, none of which it is given here.
The load-balancer controller's is its documented subset for target-group bindings, less what changes target groups,
and only for target groups of this stack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.cluster.aws_contract import PolicyStatement, policy_document

NODE_POOL_TAG = "karpenter.sh/nodepool"


def load_balancer_statements(tags: Mapping[str, str]) -> tuple[PolicyStatement, ...]:
    """Return what target-group bindings need; targets may change only where the target group carries `tags`."""
    return (
        {
            "Sid": "ReadTargetGroupsAndTheirNetwork",
            "Effect": "Allow",
            # None of these can be restricted to a resource (service authorization reference).
            "Action": [
                "ec2:DescribeInstances",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeVpcs",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
            ],
            "Resource": "*",
        },
        {
            "Sid": "BindPodsToOurTargetGroups",
            "Effect": "Allow",
            "Action": ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
            "Resource": "*",
            "Condition": {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in sorted(tags.items())}},
        },
    )


def karpenter_statements(
    *, cluster_name: str, location: str, node_role: str, queue: str
) -> tuple[PolicyStatement, ...]:
    """Return what Karpenter needs to buy, tag and give back machines of one cluster in one location."""
    owned = f"kubernetes.io/cluster/{cluster_name}"
    made = _arns(
        location, "fleet", "instance", "launch-template", "network-interface", "spot-instances-request", "volume"
    )
    request = {"aws:RequestTag/eks:eks-cluster-name": cluster_name, f"aws:RequestTag/{owned}": "owned"}
    any_pool_asked = {f"aws:RequestTag/{NODE_POOL_TAG}": "*"}
    ours = {f"aws:ResourceTag/{owned}": "owned"}
    any_pool = {f"aws:ResourceTag/{NODE_POOL_TAG}": "*"}
    return (
        {
            "Sid": "UseImagesAndNetwork",
            "Effect": "Allow",
            "Action": ["ec2:CreateFleet", "ec2:RunInstances"],
            "Resource": [
                *_arns(location, "image", "snapshot", account=""),
                *_arns(location, "security-group", "subnet"),
            ],
        },
        {
            "Sid": "UseOwnLaunchTemplates",
            "Effect": "Allow",
            "Action": ["ec2:CreateFleet", "ec2:RunInstances"],
            "Resource": _arns(location, "launch-template"),
            "Condition": {"StringEquals": ours, "StringLike": any_pool},
        },
        {
            "Sid": "MakeTaggedMachines",
            "Effect": "Allow",
            "Action": ["ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:RunInstances"],
            "Resource": made,
            "Condition": {"StringEquals": request, "StringLike": any_pool_asked},
        },
        {
            "Sid": "TagWhatIsMade",
            "Effect": "Allow",
            "Action": "ec2:CreateTags",
            "Resource": made,
            "Condition": {
                "StringEquals": {
                    **request,
                    "ec2:CreateAction": ["CreateFleet", "CreateLaunchTemplate", "RunInstances"],
                },
                "StringLike": any_pool_asked,
            },
        },
        {
            "Sid": "NameOwnMachines",
            "Effect": "Allow",
            "Action": "ec2:CreateTags",
            "Resource": _arns(location, "instance"),
            "Condition": {
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["Name", "eks:eks-cluster-name", "karpenter.sh/nodeclaim"]
                },
                "StringEquals": ours,
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": cluster_name},
                "StringLike": any_pool,
            },
        },
        {
            "Sid": "GiveOwnMachinesBack",
            "Effect": "Allow",
            "Action": ["ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"],
            "Resource": _arns(location, "instance", "launch-template"),
            "Condition": {"StringEquals": ours, "StringLike": any_pool},
        },
        {
            "Sid": "HandNodesTheirRole",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": f"arn:aws:iam::*:role/{node_role}",
            "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        },
        {
            "Sid": "ReadOwnCluster",
            "Effect": "Allow",
            "Action": "eks:DescribeCluster",
            "Resource": f"arn:aws:eks:{location}:*:cluster/{cluster_name}",
        },
        {
            "Sid": "HearOfInterruptions",
            "Effect": "Allow",
            "Action": ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
            "Resource": f"arn:aws:sqs:{location}:*:{queue}",
        },
        {
            "Sid": "ReadWhatIsOnOffer",
            "Effect": "Allow",
            "Action": [
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
            ],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": location}},
        },
        {
            "Sid": "ReadImageParameters",
            "Effect": "Allow",
            "Action": "ssm:GetParameter",
            "Resource": f"arn:aws:ssm:{location}::parameter/aws/service/*",
        },
        # The price list has no resources to name, and is served from a few regions only.
        {"Sid": "ReadPrices", "Effect": "Allow", "Action": "pricing:GetProducts", "Resource": "*"},
        {
            "Sid": "ReadInstanceProfiles",
            "Effect": "Allow",
            "Action": ["iam:GetInstanceProfile", "iam:ListInstanceProfiles"],
            "Resource": "*",
        },
    )


def interruption_queue_policy(*, queue_arn: str, rule_arns: Sequence[str]) -> str:
    """Return the policy of the queue: only our event rules may send, and nobody without TLS."""
    statements: tuple[dict[str, Any], ...] = (
        {
            "Sid": "EventsOfOurRules",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"ArnLike": {"aws:SourceArn": list(rule_arns)}},
        },
        {
            "Sid": "NothingInTheClear",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": queue_arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )
    return policy_document(*statements)


def _arns(location: str, *kinds: str, account: str = "*") -> list[str]:
    """Return EC2 ARNs of all resources of some kinds; what AWS owns (images, snapshots) has no account."""
    return [f"arn:aws:ec2:{location}:{account}:{kind}/*" for kind in kinds]

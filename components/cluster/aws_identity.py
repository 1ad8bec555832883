"""Who may enter an EKS cluster: access entries, one per principal, keyed by the principal itself.

The creator gets no rights of its own: whoever deploys is named like everybody else, so that a changed deployer is a
reviewed line and not a lock-out.
"""

from __future__ import annotations

import re

import pulumi_aws as aws
from pulumi import Resource, ResourceOptions

from components.cluster.contract import ClusterArgs
from components.cluster.principals import Principals

ADMINISTRATOR_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
# The session of an assumed role cannot have an access entry.
PRINCIPALS = Principals(
    pattern=re.compile(r"arn:aws:iam::[0-9]{12}:(role|user)/(?P<name>[\w+=,.@/-]+)"),
    allowed="the ARN of an IAM role or user, not of a session",
    form="arn:aws:iam::<account>:role/<name>",
)


def create_administrators(
    name: str, args: ClusterArgs, *, parent: Resource, cluster: aws.eks.Cluster
) -> list[aws.eks.AccessPolicyAssociation]:
    """Let the administrators in; what they return is what the kubeconfig waits for."""
    associations = []
    for key, arn in PRINCIPALS.by_key(args.administrators).items():
        entry = aws.eks.AccessEntry(
            f"{name}-administrator-{key}",
            cluster_name=cluster.name,
            principal_arn=arn,
            type="STANDARD",
            opts=ResourceOptions(parent=parent),
        )
        associations.append(
            aws.eks.AccessPolicyAssociation(
                f"{name}-administrator-{key}",
                access_scope={"type": "cluster"},
                cluster_name=cluster.name,
                policy_arn=ADMINISTRATOR_POLICY,
                principal_arn=entry.principal_arn,
                opts=ResourceOptions(parent=parent),
            )
        )
    return associations

"""Who may enter an EKS cluster: access entries, one per principal, keyed by the principal itself.

The creator gets no rights of its own: whoever deploys is named like everybody else, so that a changed deployer is a
reviewed line and not a lock-out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pulumi_aws as aws
from pulumi import Resource, ResourceOptions

from components.cluster.contract import ClusterArgs
from q2o_infra.errors import ComponentError, refused
from q2o_infra.naming import principal_key

ADMINISTRATOR_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_PRINCIPAL = re.compile(r"arn:aws:iam::[0-9]{12}:(role|user)/(?P<name>[\w+=,.@/-]+)")


def administrators_by_key(principals: Iterable[str]) -> dict[str, str]:
    """Return the ARNs by a key that outlives reordering: the principal's own name, in a-z, 0-9 and `-`.

    Raises `ComponentError` for what is no role or user (an assumed-role session cannot have an access entry) and for
    two principals of one name.
    """
    found: dict[str, str] = {}
    for arn in principals:
        match = _PRINCIPAL.fullmatch(arn)
        if match is None:
            raise ComponentError(
                refused(
                    "cluster.administrators",
                    arn,
                    "the ARN of an IAM role or user, not of a session",
                    "give arn:aws:iam::<account>:role/<name>",
                )
            )
        key = principal_key(match["name"])
        if key in found:
            raise ComponentError(
                refused("cluster.administrators", arn, f"one principal named {key}", "name each administrator once")
            )
        found[key] = arn
    return found


def create_administrators(
    name: str, args: ClusterArgs, *, parent: Resource, cluster: aws.eks.Cluster
) -> list[aws.eks.AccessPolicyAssociation]:
    """Let the administrators in; what they return is what the kubeconfig waits for."""
    associations = []
    for key, arn in administrators_by_key(args.administrators).items():
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

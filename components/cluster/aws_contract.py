"""What neighbours on AWS may use of an EKS cluster beyond the contract: who its nodes and its pods are to AWS.

A pod's identity is a role that only one service account of one cluster can take on (EKS Pod Identity). No role is
shared between workloads, and no pod uses its node's role.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from components.base.names import PREFIX, physical_name
from components.cluster.contract import CredentialSource

POLICY_VERSION = "2012-10-17"

NODE_POLICIES = {
    "registry": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
    "worker": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
}
"""All that a node itself may do, in any pool. No CNI policy: the pod network has an identity of its own."""
POD_IDENTITY = CredentialSource(cidr="169.254.170.23/32", port=80)
"""Pods ask the agent on their node for credentials (EKS user guide, "Learn how EKS Pod Identity works")."""
METADATA_HOPS = 1
"""The node, and pods on its own network, reach the metadata service; other pods do not, nor the node's credentials."""
ROOT_DEVICE = "/dev/xvda"
"""Root disk of the AL2023 images."""

PolicyStatement = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class WorkloadIdentityArgs:
    """Arguments of a pod's identity."""

    cluster_name: Input[str]
    """From the cluster's output, so that the identity is made once the cluster stands."""
    managed_policy: str | None = None
    """ARN of one of AWS's own policies, where AWS keeps one for exactly this controller."""
    namespace: str
    physical_cluster_name: str
    """The same name as known at plan time; the role is named and restricted by it."""
    role: str
    """What the role is for, in a-z, 0-9 and `-`; part of its physical name."""
    service_account: str
    statements: tuple[PolicyStatement, ...] = ()
    """Statements of the role's own policy; none where a managed policy says it all. What they name may be an output."""


class WorkloadIdentity(ComponentResource):
    """A role and the association that gives it to one service account."""

    association: aws.eks.PodIdentityAssociation
    """Pods started before it get no credentials, so whatever starts them depends on it."""
    role_arn: Output[str]

    def __init__(self, name: str, args: WorkloadIdentityArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:cluster:WorkloadIdentity", name, None, opts)
        role = aws.iam.Role(
            f"{name}-role",
            name=named("role", args.physical_cluster_name, args.role),
            assume_role_policy=pod_trust(
                cluster_name=args.physical_cluster_name,
                namespace=args.namespace,
                service_account=args.service_account,
            ),
            opts=ResourceOptions(parent=self),
        )
        rights: list[Resource] = []
        if args.managed_policy is not None:
            rights.append(
                aws.iam.RolePolicyAttachment(
                    f"{name}-managed-policy",
                    role=role.name,
                    policy_arn=args.managed_policy,
                    opts=ResourceOptions(parent=self),
                )
            )
        if args.statements:
            rights.append(
                aws.iam.RolePolicy(
                    f"{name}-policy",
                    name=args.role,
                    role=role.name,
                    policy=_policy(args.statements),
                    opts=ResourceOptions(parent=self),
                )
            )
        # Without this edge a destroy takes the rights away first, and what still has to delete volumes or machines
        # with them is left helpless.
        self.association = aws.eks.PodIdentityAssociation(
            f"{name}-association",
            cluster_name=args.cluster_name,
            namespace=args.namespace,
            role_arn=role.arn,
            service_account=args.service_account,
            opts=ResourceOptions(parent=self, depends_on=rights),
        )
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})


def create_node_role(
    name: str, physical_role_name: str, *, parent: Resource
) -> tuple[aws.iam.Role, list[aws.iam.RolePolicyAttachment]]:
    """Make a role for nodes and return it with the attachments that a node needs before it joins."""
    role = aws.iam.Role(
        f"{name}-role",
        name=physical_role_name,
        assume_role_policy=service_trust("ec2.amazonaws.com"),
        opts=ResourceOptions(parent=parent),
    )
    attachments = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy}-policy", role=role.name, policy_arn=arn, opts=ResourceOptions(parent=parent)
        )
        for policy, arn in NODE_POLICIES.items()
    ]
    return role, attachments


def policy_document(*statements: PolicyStatement) -> str:
    """Return a policy document as JSON, the same bytes for the same statements."""
    return json.dumps({"Version": POLICY_VERSION, "Statement": list(statements)}, sort_keys=True)


def _policy(statements: tuple[PolicyStatement, ...]) -> Output[str]:
    return Output.json_dumps({"Version": POLICY_VERSION, "Statement": list(statements)}, sort_keys=True)


def service_trust(service: str) -> str:
    """Return the trust policy of a role that an AWS service takes on."""
    return policy_document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def pod_trust(*, cluster_name: str, namespace: str, service_account: str) -> str:
    """Return the trust policy of a role that one service account of one cluster takes on.

    EKS states cluster, namespace and service account as session tags (EKS user guide, "Grant Pods access to AWS
    resources based on tags"); without the condition any association in the account could hand the role out.
    """
    return policy_document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {
                "StringEquals": {
                    "aws:RequestTag/eks-cluster-name": cluster_name,
                    "aws:RequestTag/kubernetes-namespace": namespace,
                    "aws:RequestTag/kubernetes-service-account": service_account,
                }
            },
        }
    )


def named(kind: str, cluster_name: str, *parts: str) -> str:
    """Return the physical name of something that belongs to a cluster."""
    return physical_name(kind, cluster_name.removeprefix(f"{PREFIX}-"), *parts)

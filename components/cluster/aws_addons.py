"""The EKS add-ons of a cluster, in the two groups that stand before and after its nodes.

Versions come in with the cluster's arguments; what each is told stands in `addons.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Resource, ResourceOptions

from components.base.errors import ComponentError, refused
from components.cluster.addons import (
    ADDONS,
    AFTER_NODES,
    BEFORE_NODES,
    EBS_CSI,
    NAMESPACE,
    VPC_CNI,
    addon_configuration,
    addon_workloads,
)
from components.cluster.aws_contract import WorkloadIdentity, WorkloadIdentityArgs
from components.cluster.contract import ClusterArgs

# The EBS policy reaches only volumes tagged for this cluster (kubernetes-sigs/aws-ebs-csi-driver#2918; driver 1.58 on).
MANAGED_POLICIES = {
    EBS_CSI: "arn:aws:iam::aws:policy/AmazonEBSCSIDriverEKSClusterScopedPolicy",
    VPC_CNI: "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",
}
"""Add-ons that call AWS, with the policy that AWS keeps for each."""


def refuse_unknown_addons(args: ClusterArgs) -> None:
    """Raise `ComponentError` unless exactly the add-ons that the cluster runs have a version."""
    if set(args.addon_versions) != set(ADDONS):
        raise ComponentError(
            refused(
                "cluster.addon_versions",
                sorted(args.addon_versions),
                f"a version for each of {', '.join(sorted(ADDONS))}",
                "name exactly these",
            )
        )


def create_addon_identities(
    name: str, args: ClusterArgs, *, parent: Resource, cluster: aws.eks.Cluster
) -> dict[str, WorkloadIdentity]:
    """Make the identities of the add-ons that call AWS, by add-on."""
    return {
        addon: WorkloadIdentity(
            f"{name}-{addon}",
            WorkloadIdentityArgs(
                cluster_name=cluster.name,
                managed_policy=policy,
                namespace=NAMESPACE,
                physical_cluster_name=args.cluster_name,
                role=addon,
                service_account=addon_workloads(addon)[0].service_account,
            ),
            ResourceOptions(parent=parent),
        )
        for addon, policy in MANAGED_POLICIES.items()
    }


@dataclass(frozen=True, kw_only=True)
class Addons:
    """The add-ons of one cluster, ready to be made in their two groups."""

    args: ClusterArgs
    cluster: aws.eks.Cluster
    identities: Mapping[str, WorkloadIdentity]
    name: str
    parent: Resource

    def create_before_nodes(self) -> dict[str, aws.eks.Addon]:
        """Make the add-ons without which no node becomes ready."""
        return {addon: self._create(addon, after=[]) for addon in BEFORE_NODES}

    def create_after_nodes(self, nodes: aws.eks.NodeGroup) -> dict[str, aws.eks.Addon]:
        """Make the add-ons whose pods need nodes to be complete."""
        return {addon: self._create(addon, after=[nodes]) for addon in AFTER_NODES}

    def _create(self, addon: str, *, after: Sequence[Resource]) -> aws.eks.Addon:
        identity = [self.identities[addon].association] if addon in self.identities else []
        return aws.eks.Addon(
            f"{self.name}-{addon}",
            addon_name=addon,
            addon_version=self.args.addon_versions[addon],
            cluster_name=self.cluster.name,
            configuration_values=json.dumps(addon_configuration(addon), sort_keys=True),
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            # Taking add-ons away one by one would cost minutes, and the network from under what still runs.
            opts=ResourceOptions(parent=self.parent, depends_on=[*after, *identity], deleted_with=self.cluster),
        )

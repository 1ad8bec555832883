"""The elastic pool on AWS: what its machines are made of, and who they are to AWS and to the cluster."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi import Input, Resource, ResourceOptions

from components.cluster.aws_contract import METADATA_HOPS, ROOT_DEVICE, create_node_role, named
from components.controllers.contract import ControllersArgs, ElasticPoolArgs
from components.controllers.elastic_pool import NodeClass, create_node_class, create_node_pool, pool_spec

DISCOVERY_TAG = "karpenter.sh/discovery"
"""The network tags its private subnets with it."""
VOLUME_TAG = "ebs.csi.aws.com/cluster-name"
"""A machine without it, or EKS' own tag of a node group, gets no volume: the driver's policy lets it attach to no other
(AmazonEBSCSIDriverEKSClusterScopedPolicy)."""
EC2_NODE_CLASS = NodeClass(
    api_version="karpenter.k8s.aws/v1", kind="EC2NodeClass", zone_label="topology.k8s.aws/zone-id"
)


def node_role_name(cluster_name: str) -> str:
    """Return the physical name of the elastic nodes' role."""
    return named("role", cluster_name, "elastic-node")


class ElasticNodeIdentity:
    """What an elastic node is to AWS and to the cluster: a role, an instance profile, a group, the right to join."""

    profile: aws.iam.InstanceProfile
    rights: tuple[Resource, ...]
    """Without these a machine starts and does not become a node."""
    security_group_id: Input[str]

    def __init__(self, name: str, args: ControllersArgs, *, parent: Resource, security_group_id: Input[str]) -> None:
        role, attachments = create_node_role(f"{name}-node", node_role_name(args.cluster_name), parent=parent)
        entry = aws.eks.AccessEntry(
            f"{name}-node",
            cluster_name=args.cluster.cluster_name,
            principal_arn=role.arn,
            type="EC2_LINUX",
            opts=ResourceOptions(parent=parent),
        )
        # Ours and not Karpenter's: it then needs no rights over IAM, and nothing is left that Pulumi does not know.
        self.profile = aws.iam.InstanceProfile(
            f"{name}-node", name=node_role_name(args.cluster_name), role=role.name, opts=ResourceOptions(parent=parent)
        )
        self.rights = (*attachments, entry)
        self.security_group_id = security_group_id


def create_elastic_pool(
    name: str,
    args: ControllersArgs,
    *,
    after: Iterable[Resource],
    identity: ElasticNodeIdentity,
    parent: Resource,
) -> kubernetes.apiextensions.CustomResource:
    """Declare the machines and the pool; `after` is what must run before them and until they are gone.

    Deleting the pool deletes its nodes first: each is drained, for `drain_seconds` at most, and its machine given
    back. Neither object goes with the cluster, or the machines would stay and be paid for.
    """
    node_class = create_node_class(
        name,
        EC2_NODE_CLASS,
        node_class_spec(args, instance_profile=identity.profile.name, security_group_id=identity.security_group_id),
        after=[*after, *identity.rights],
        parent=parent,
    )
    return create_node_pool(
        name,
        args.elastic_pool,
        node_pool_spec(args.elastic_pool, zones=args.zones),
        node_class=node_class,
        parent=parent,
    )


def node_class_spec(
    args: ControllersArgs, *, instance_profile: Input[str], security_group_id: Input[str]
) -> dict[str, Any]:
    """Return the machines: image, disk, network and metadata service."""
    release_date = str(args.node_image).rsplit("-", 1)[1]
    return {
        "amiSelectorTerms": [{"alias": f"al2023@v{release_date}"}],
        "associatePublicIPAddress": False,
        "blockDeviceMappings": [
            {
                "deviceName": ROOT_DEVICE,
                "ebs": {
                    "deleteOnTermination": True,
                    "encrypted": True,
                    "volumeSize": f"{args.elastic_pool.disk_gib}Gi",
                    "volumeType": "gp3",
                },
            }
        ],
        "instanceProfile": instance_profile,
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpPutResponseHopLimit": METADATA_HOPS,
            "httpTokens": "required",
        },
        "securityGroupSelectorTerms": [{"id": security_group_id}],
        "subnetSelectorTerms": [{"tags": {DISCOVERY_TAG: args.cluster_name}}],
        "tags": {**args.tags, VOLUME_TAG: args.cluster_name},
    }


def node_pool_spec(pool: ElasticPoolArgs, *, zones: tuple[str, ...]) -> dict[str, Any]:
    """Return the pool over zones that are named by their ids."""
    return pool_spec(pool, EC2_NODE_CLASS, zones=zones)

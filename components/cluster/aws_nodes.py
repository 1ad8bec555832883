"""The system pool of an EKS cluster: a managed node group of a fixed size over all private subnets.

What may change in place (instance type, disk) stands in the launch template: on the node group itself it would force
a replacement. A new template version is rolled out one node at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi_aws as aws
from pulumi import Resource, ResourceOptions

from components.base.pods import POOL_LABEL, SYSTEM_POOL
from components.cluster.aws_contract import METADATA_HOPS, ROOT_DEVICE, create_node_role, named
from components.cluster.contract import ClusterArgs

IMAGE_TYPES = {"arm64": "AL2023_ARM_64_STANDARD"}
"""Kind of EKS-optimised image by architecture of the instance type."""


def create_system_pool(
    name: str,
    args: ClusterArgs,
    *,
    parent: Resource,
    cluster: aws.eks.Cluster,
    after: Sequence[Resource],
) -> aws.eks.NodeGroup:
    """Make the nodes that never leave; `after` is what they need to become ready, and what stands until they go."""
    pool = args.system_pool
    role, attachments = create_node_role(
        f"{name}-system", named("role", args.cluster_name, "system-node"), parent=parent
    )
    template = _create_launch_template(name, args, parent=parent)
    return aws.eks.NodeGroup(
        f"{name}-system",
        ami_type=IMAGE_TYPES[pool.instance_type.architecture],
        capacity_type="ON_DEMAND",
        cluster_name=cluster.name,
        labels={POOL_LABEL: SYSTEM_POOL},
        launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        node_group_name=named("node-group", args.cluster_name, "system"),
        node_repair_config={"enabled": True},
        node_role_arn=role.arn,
        release_version=args.node_image,
        scaling_config={"desired_size": pool.nodes, "max_size": pool.nodes, "min_size": pool.nodes},
        subnet_ids=args.private_subnet_ids,
        taints=[{"effect": "NO_SCHEDULE", "key": POOL_LABEL, "value": SYSTEM_POOL}],
        update_config={"max_unavailable": 1},
        version=args.kubernetes_minor,
        opts=ResourceOptions(
            parent=parent,
            depends_on=[*attachments, *after, *args.egress],
            protect=args.deletion_protection,
        ),
    )


def _create_launch_template(name: str, args: ClusterArgs, *, parent: Resource) -> aws.ec2.LaunchTemplate:
    node_name = named("launch-template", args.cluster_name, "system")
    return aws.ec2.LaunchTemplate(
        f"{name}-system",
        block_device_mappings=[
            {
                "device_name": ROOT_DEVICE,
                "ebs": {
                    "delete_on_termination": "true",
                    "encrypted": "true",
                    "volume_size": args.system_pool.disk_gib,
                    "volume_type": "gp3",
                },
            }
        ],
        instance_type=args.system_pool.instance_type.name,
        metadata_options={
            "http_endpoint": "enabled",
            "http_put_response_hop_limit": METADATA_HOPS,
            "http_tokens": "required",
        },
        name=node_name,
        # The provider's default tags stop at the template; machines and disks are billed by these.
        tag_specifications=[
            {"resource_type": kind, "tags": {**args.tags, "Name": node_name}}
            for kind in ("instance", "network-interface", "volume")
        ],
        update_default_version=True,
        opts=ResourceOptions(parent=parent),
    )

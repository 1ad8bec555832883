"""The elastic pool: what Karpenter may buy, how much of it, and how long a node lives.

`limits.nodes` bounds pools of a changing size too, since Karpenter refuses a machine before it looks at types
(kubernetes-sigs/karpenter v1.14.1, `pkg/controllers/provisioning/scheduling/scheduler.go`, "Node limits").
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi import CustomTimeouts, Input, Resource, ResourceOptions

from components.cluster.aws_contract import METADATA_HOPS, ROOT_DEVICE, create_node_role, named
from components.cluster.contract import ELASTIC_POOL, POOL_LABEL
from components.controllers.contract import ControllersArgs, ElasticPoolArgs
from q2o_infra.labels import object_labels

DISCOVERY_TAG = "karpenter.sh/discovery"
"""The network tags its private subnets with it."""
# A node that becomes idle is given back after this; shorter, and a dip between two requests costs a fresh machine.
CONSOLIDATE_AFTER = "2m"
# Share of the nodes that may be on their way out at once (one at least): Karpenter's own default.
DISRUPTION_BUDGET = "10%"
# Machines need a few minutes to shut down after their pods have gone.
SHUTDOWN_SECONDS = 600


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
    node_class = kubernetes.apiextensions.CustomResource(
        f"{name}-node-class",
        api_version="karpenter.k8s.aws/v1",
        kind="EC2NodeClass",
        metadata={"labels": _labels(), "name": ELASTIC_POOL},
        spec=node_class_spec(
            args, instance_profile=identity.profile.name, security_group_id=identity.security_group_id
        ),
        opts=ResourceOptions(parent=parent, depends_on=[*after, *identity.rights]),
    )
    pool = args.elastic_pool
    return kubernetes.apiextensions.CustomResource(
        f"{name}-node-pool",
        api_version="karpenter.sh/v1",
        kind="NodePool",
        metadata={
            # Foreground: the pool stays until its nodes are gone, so that what comes after it in a destroy waits.
            "annotations": {"pulumi.com/deletionPropagationPolicy": "foreground"},
            "labels": _labels(),
            "name": ELASTIC_POOL,
        },
        spec=node_pool_spec(pool, zones=args.zones),
        opts=ResourceOptions(
            parent=parent,
            custom_timeouts=CustomTimeouts(delete=f"{pool.drain_seconds + SHUTDOWN_SECONDS}s"),
            depends_on=[node_class],
            # Only the first value is ours; then the budget's guard owns it (docs/adr/0019-the-guard-owns-the-limit.md).
            ignore_changes=["spec.limits"],
        ),
    )


def _labels() -> dict[str, str]:
    return object_labels(component="nodes", instance=ELASTIC_POOL)


def node_class_spec(
    args: ControllersArgs, *, instance_profile: Input[str], security_group_id: Input[str]
) -> dict[str, Any]:
    """Return the machines: image, disk, network and metadata service."""
    release_date = args.node_image.rsplit("-", 1)[1]
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
        "tags": dict(args.tags),
    }


def node_pool_spec(pool: ElasticPoolArgs, *, zones: tuple[str, ...]) -> dict[str, Any]:
    """Return the pool: which machines, how many, and when they go.

    Of the two kinds of capacity Karpenter takes spot while there is any of the types named, being cheaper.
    """
    return {
        "disruption": {
            "budgets": [{"nodes": DISRUPTION_BUDGET}],
            "consolidateAfter": CONSOLIDATE_AFTER,
            "consolidationPolicy": "WhenEmptyOrUnderutilized",
        },
        "limits": {"nodes": str(pool.nodes_maximum)},
        "template": {
            "metadata": {"labels": {POOL_LABEL: ELASTIC_POOL}},
            "spec": {
                "expireAfter": f"{pool.lifetime_hours}h",
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": ELASTIC_POOL},
                "requirements": [
                    _one_of("karpenter.sh/capacity-type", "on-demand", "spot"),
                    _one_of("kubernetes.io/arch", pool.architecture),
                    _one_of("kubernetes.io/os", "linux"),
                    _one_of("node.kubernetes.io/instance-type", *(machine.name for machine in pool.instance_types)),
                    _one_of("topology.k8s.aws/zone-id", *zones),
                ],
                "terminationGracePeriod": f"{pool.drain_seconds}s",
            },
        },
    }


def _one_of(key: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}

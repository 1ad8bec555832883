"""What neighbours on Google Cloud may use of a GKE cluster beyond the contract: who its nodes and its pods are.

A pod's identity is a principal of the project's workload identity pool, named by namespace and service account: roles
are bound to it directly, without a service account of Google's between and without any key. No role is shared between
workloads, and no pod uses its node's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_gcp as gcp
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from components.base.names import PREFIX, physical_name
from components.cluster.contract import CredentialSource

METADATA_SERVER = CredentialSource(cidr="169.254.169.254/32", port=80)
"""Pods ask GKE's metadata server on their own node for credentials (GKE documentation, "Workload Identity Federation",
network policies with Dataplane V2)."""

NODE_ROLES = {
    "node": "roles/container.defaultNodeServiceAccount",
    "registry": "roles/artifactregistry.reader",
}
"""All that a node itself may do, in any pool: write its logs and metrics, pull images."""
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
"""The one scope: what a node may do is decided by its roles, not a second time by scopes."""
KEY_ROTATION = "7776000s"
"""90 days (Cloud KMS documentation, "Key rotation": what Google recommends)."""


@dataclass(frozen=True, kw_only=True)
class ProjectRole:
    """A role on the whole project."""

    key: str
    """What tells it from others of the same identity, in a-z, 0-9 and `-`."""
    role: Input[str]


@dataclass(frozen=True, kw_only=True)
class ObjectsRole:
    """A role on the objects of one bucket whose names begin alike."""

    bucket: Input[str]
    key: str
    prefix: str
    role: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionRole:
    """A role on one subscription."""

    key: str
    role: str
    subscription: Input[str]


@dataclass(frozen=True, kw_only=True)
class WorkloadIdentityArgs:
    """Arguments of a pod's identity."""

    cluster_identifier: Input[str]
    """From the cluster's output, so that the identity is given once the cluster, and with it the pool, stands."""
    namespace: str
    project_id: str
    project_number: Input[str]
    """The project's number; pools are named by it."""
    roles: tuple[ObjectsRole | ProjectRole | SubscriptionRole, ...]
    service_account: str
    """The Kubernetes service account."""


class WorkloadIdentity(ComponentResource):
    """Who one service account of one namespace is, and what it may do."""

    member: Output[str]
    """The principal, as roles are bound to it; known once the cluster stands."""
    rights: Sequence[Resource]
    """Pods started before these get no access, so whatever starts them depends on them."""

    def __init__(self, name: str, args: WorkloadIdentityArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:cluster:GcpWorkloadIdentity", name, None, opts)
        self.member = Output.all(args.project_number, args.cluster_identifier).apply(
            lambda known: principal(
                project_id=args.project_id,
                project_number=str(known[0]),
                namespace=args.namespace,
                service_account=args.service_account,
            )
        )
        self.rights = [self._grant(f"{name}-{role.key}", args, role) for role in args.roles]
        self.register_outputs({"member": self.member})

    def _grant(
        self, name: str, args: WorkloadIdentityArgs, role: ObjectsRole | ProjectRole | SubscriptionRole
    ) -> Resource:
        opts = ResourceOptions(parent=self)
        if isinstance(role, ObjectsRole):
            return gcp.storage.BucketIAMMember(
                name,
                bucket=role.bucket,
                condition={
                    "expression": Output.concat(
                        'resource.name.startsWith("projects/_/buckets/', role.bucket, "/objects/", role.prefix, '")'
                    ),
                    "title": role.key,
                },
                member=self.member,
                role=role.role,
                opts=opts,
            )
        if isinstance(role, SubscriptionRole):
            return gcp.pubsub.SubscriptionIAMMember(
                name,
                member=self.member,
                project=args.project_id,
                role=role.role,
                subscription=role.subscription,
                opts=opts,
            )
        return gcp.projects.IAMMember(name, member=self.member, project=args.project_id, role=role.role, opts=opts)


def principal(*, project_id: str, project_number: str, namespace: str, service_account: str) -> str:
    """Return the principal of one Kubernetes service account (GKE documentation, "Principal identifiers")."""
    pool = f"projects/{project_number}/locations/global/workloadIdentityPools/{project_id}.svc.id.goog"
    return f"principal://iam.googleapis.com/{pool}/subject/ns/{namespace}/sa/{service_account}"


def create_service_agent(name: str, *, parent: Resource, project_id: str, service: str) -> gcp.projects.ServiceIdentity:
    """Have a Google service's own account of the project be there: its address holds the project's number."""
    return gcp.projects.ServiceIdentity(
        f"{name}-agent",
        project=project_id,
        service=service,
        opts=ResourceOptions(parent=parent),
    )


def project_number(agent: gcp.projects.ServiceIdentity) -> Output[str]:
    """Return the project's number without a look-up: that in `service-<number>@<service>.iam.gserviceaccount.com`."""
    return agent.email.apply(lambda mail: mail.partition("@")[0].removeprefix("service-"))


def create_node_account(
    name: str, physical: str, *, project_id: str, parent: Resource
) -> tuple[gcp.serviceaccount.Account, list[Resource]]:
    """Make an account for nodes and return it with the rights that a node needs before it joins."""
    account = gcp.serviceaccount.Account(
        f"{name}-account",
        account_id=physical,
        description=f"Nodes of {name}",
        display_name=physical,
        project=project_id,
        opts=ResourceOptions(parent=parent),
    )
    rights: list[Resource] = [
        gcp.projects.IAMMember(
            f"{name}-{key}",
            member=account.member,
            project=project_id,
            role=role,
            opts=ResourceOptions(parent=parent),
        )
        for key, role in NODE_ROLES.items()
    ]
    return account, rights


def node_config(
    *,
    account: gcp.serviceaccount.Account,
    disk_gib: int,
    labels: dict[str, str],
    machine: str,
    network_tag: str,
    spot: bool = False,
    tags: dict[str, str],
    taint: tuple[str, str] | None = None,
) -> gcp.container.NodePoolNodeConfigArgs:
    """Return what every node of ours is: shielded, without the node's credentials for pods, on an encrypted disk.

    Boot disks are Hyperdisk, the only kind that C4A and N4A take, encrypted with keys that Google keeps: what lies on
    them is images and logs.
    """
    return gcp.container.NodePoolNodeConfigArgs(
        disk_size_gb=disk_gib,
        disk_type="hyperdisk-balanced",
        image_type="COS_CONTAINERD",
        labels=labels,
        logging_variant="DEFAULT",
        machine_type=machine,
        metadata={"disable-legacy-endpoints": "true"},
        oauth_scopes=[CLOUD_PLATFORM],
        resource_labels=tags,
        service_account=account.email,
        shielded_instance_config=gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgs(
            enable_integrity_monitoring=True, enable_secure_boot=True
        ),
        spot=spot,
        # By it, firewall rules tell our nodes from whatever else is in the network.
        tags=[network_tag],
        # All nodes are Arm and all images are built for it: GKE's own taint would keep every pod away.
        taint_config=gcp.container.NodePoolNodeConfigTaintConfigArgs(architecture_taint_behavior="NONE"),
        taints=[gcp.container.NodePoolNodeConfigTaintArgs(effect="NO_SCHEDULE", key=taint[0], value=taint[1])]
        if taint
        else None,
        workload_metadata_config=gcp.container.NodePoolNodeConfigWorkloadMetadataConfigArgs(mode="GKE_METADATA"),
    )


def named(kind: str, cluster_name: str, *parts: str) -> str:
    """Return the physical name of something that belongs to a cluster."""
    return physical_name(kind, cluster_name.removeprefix(f"{PREFIX}-"), *parts)


def of_generation(generation: int) -> tuple[str, ...]:
    """Return the last part of a name that Google keeps for a while after a deletion; the first generation has none."""
    return (f"g{generation}",) if generation > 1 else ()

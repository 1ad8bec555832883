"""What a managed cluster is given and what it gives, whatever the cloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Protocol

from pulumi import Input, Output, Resource

from clouds.machine import InstanceType
from components.base.errors import ComponentError, refused


@dataclass(frozen=True, kw_only=True)
class SystemPoolArgs:
    """The nodes for system pods and data services: on demand, a fixed number, one or more in each zone."""

    disk_gib: int = 40
    """Root disk of a node: images, logs and scratch space. Data lies on volumes of its own."""
    instance_type: InstanceType
    nodes: int
    """Fixed: minimum, maximum and desired number are the same, so that no autoscaler changes what is declared."""

    def __post_init__(self) -> None:
        if self.nodes < 3:
            raise ComponentError(
                refused(
                    "cluster.system_pool.nodes",
                    self.nodes,
                    "3 or more, one in each zone",
                    "give each zone a node, or the loss of one zone takes the controllers away",
                )
            )
        if self.disk_gib < 20:
            raise ComponentError(
                refused(
                    "cluster.system_pool.disk_gib", self.disk_gib, "20 GiB or more", "leave room for images and logs"
                )
            )


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """Arguments of a managed cluster."""

    administrators: tuple[str, ...]
    """Principals with full rights inside the cluster (AWS: role or user ARNs); whoever deploys is one of them."""
    addon_versions: dict[str, str] = field(default_factory=dict)
    """Managed add-ons by name; the cluster installs all of them. None where the cloud chooses them itself."""
    cluster_name: str
    """Physical name; unique in the account and location."""
    deletion_protection: bool = True
    """The cloud refuses to delete the cluster while this is on; turning it off is a step of its own."""
    egress: Sequence[Resource]
    """What nodes need before they can join (the network's `egress`)."""
    kubernetes_minor: str
    location: str
    """The cloud's own name of the place, for example `us-east-1`."""
    log_retention_days: int = 30
    """Days that control-plane logs are kept; storage is billed."""
    network_id: Input[str]
    """Named by clouds that do not find the network by its subnets, as AWS does."""
    node_image: str | None = None
    """Version of the machine image of all nodes (AWS: an EKS-optimised release, for example `1.36.3-20260911`);
    `None` where the cloud knows channels only."""
    private_subnet_ids: Input[Sequence[str]]
    public_access_ranges: tuple[IPv4Network, ...] = ()
    """Ranges that may reach the API server from outside; empty: private endpoint only, from inside the network."""
    service_addresses: IPv4Network
    system_pool: SystemPoolArgs
    tags: dict[str, str]
    """Cost-allocation tags, for what the provider's default tags do not reach (disks, machines)."""

    def __post_init__(self) -> None:
        if not self.administrators:
            raise ComponentError(
                refused(
                    "cluster.administrators",
                    list(self.administrators),
                    "at least one principal",
                    "name the role that deploys, or nobody can enter the cluster",
                )
            )
        for addresses in self.public_access_ranges:
            if addresses.prefixlen == 0:
                raise ComponentError(
                    refused(
                        "cluster.public_access_ranges",
                        str(addresses),
                        "a range smaller than the whole internet",
                        "name the ranges of your offices and runners, or give none for a private endpoint",
                    )
                )
        if self.node_image is not None and not self.node_image.startswith(f"{self.kubernetes_minor}."):
            raise ComponentError(
                refused(
                    "cluster.node_image",
                    self.node_image,
                    f"a release for Kubernetes {self.kubernetes_minor}",
                    "raise the image and the cluster together",
                )
            )


@dataclass(frozen=True, kw_only=True)
class CredentialSource:
    """Where a pod asks for the cloud's credentials of its service account; network policies name it."""

    cidr: str
    port: int


class KubernetesCluster(Protocol):
    """Outputs that every cloud's cluster has."""

    credential_source: CredentialSource | None
    """`None` on a cloud whose credentials are asked for on the internet."""
    cluster_name: Output[str]
    cluster_identifier: Output[str]
    """Unique and stable for the cluster's life; a changed kubeconfig with the same identifier replaces nothing."""
    endpoint: Output[str]
    kubeconfig: Output[str]
    """Secret. Names the command that fetches a short-lived token; holds no token itself."""
    oidc_issuer: Output[str]
    resource: Resource
    """The cluster itself: objects inside it are `deleted_with` it."""
    storage: Resource
    """The driver that makes volumes; it must outlive every volume."""
    system_pool: Resource
    """The pool whose nodes run the controllers."""
    system_pods: Sequence[Resource]
    """What must stand before a pod runs: the system pool's nodes, the pod network, name resolution."""

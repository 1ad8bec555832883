"""What a managed cluster is given and what it gives, whatever the cloud.

Also the words that everything running inside a cluster shares: what a container asks for, which nodes a pod goes to,
and what a set of pods looks like to the scheduler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Any, Protocol

from pulumi import Input, Output, Resource

from q2o_infra.capacity.instances import InstanceType
from q2o_infra.errors import ComponentError, refused

POOL_LABEL = "q2o.dev/pool"
"""Label and taint key that says which pool a node belongs to."""
SYSTEM_POOL = "system"
"""Nodes for controllers and data services: on demand, a fixed number. Tainted, so that nothing else lands there."""
GKE_MANAGED = "components.gke.io/gke-managed-components"
"""Taint key that the pods which GKE runs by itself tolerate, and no other of the system pool's: there it stands in
place of `POOL_LABEL`'s (GKE documentation, "Isolate your workloads in dedicated node pools")."""
CRITICAL_TAINT = "CriticalAddonsOnly"
"""Taint of the system pool where the cloud runs pods of its own there, which tolerate this one and no other (AKS)."""
ELASTIC_POOL = "elastic"
"""Nodes that come and go with the platform's own pods. Not tainted: it is where pods go by default."""


class WorkloadKind(StrEnum):
    """Who keeps the pods running. Not what they do."""

    DAEMON_SET = "DaemonSet"
    DEPLOYMENT = "Deployment"
    STATEFUL_SET = "StatefulSet"


@dataclass(frozen=True, kw_only=True)
class ContainerResources:
    """What a container asks for and may use. CPU has no limit, so that it may burst into what is idle."""

    cpu_millicores: int
    memory_limit_mib: int | None = None
    """Where it may grow beyond what it asks for; `None`: it may not."""
    memory_mib: int

    def __post_init__(self) -> None:
        for figure in ("cpu_millicores", "memory_mib"):
            if getattr(self, figure) < 1:
                raise ComponentError(
                    refused(
                        f"resources.{figure}", getattr(self, figure), "1 or more", "ask for what the container needs"
                    )
                )
        if self.memory_limit_mib is not None and self.memory_limit_mib < self.memory_mib:
            raise ComponentError(
                refused(
                    "resources.memory_limit_mib",
                    self.memory_limit_mib,
                    f"the {self.memory_mib} MiB asked for, or more",
                    "raise the limit",
                )
            )

    def rendered(self) -> dict[str, dict[str, str]]:
        """Return Kubernetes' `resources`: requests for both, a limit for memory only."""
        return {
            "limits": {"memory": f"{self.memory_limit_mib or self.memory_mib}Mi"},
            "requests": {"cpu": f"{self.cpu_millicores}m", "memory": f"{self.memory_mib}Mi"},
        }


@dataclass(frozen=True, kw_only=True)
class ContainerRequest:
    """One container of a pod, with what it asks for."""

    name: str
    resources: ContainerResources


@dataclass(frozen=True, kw_only=True)
class VolumeRequest:
    """One volume that each pod of a StatefulSet claims."""

    name: str
    size_gib: int
    storage_class: str


@dataclass(frozen=True, kw_only=True)
class PodWorkload:
    """A set of equal pods as the scheduler sees it, whatever chart or add-on makes them."""

    component: str
    """Name of the Deployment, StatefulSet or DaemonSet."""
    containers: tuple[ContainerRequest, ...]
    kind: WorkloadKind
    labels: Mapping[str, str]
    """Labels by which the pods are selected."""
    namespace: str
    replicas: int
    """Pods of a Deployment or StatefulSet; 0 for a DaemonSet, which has one on each node that it tolerates."""
    service_account: str
    tolerations: Sequence[Mapping[str, Any]]
    disruption_max_unavailable: int | None = None
    """Pods that a drain may take at once; `None` where no disruption budget exists."""
    host_network: bool = False
    node_selector: Mapping[str, str] = field(default_factory=dict)
    priority_class: str | None = None
    topology_spread: Sequence[Mapping[str, Any]] = ()
    volumes: tuple[VolumeRequest, ...] = ()
    """What each pod of a StatefulSet claims; kept when the StatefulSet goes."""

    @property
    def cpu_millicores(self) -> int:
        """CPU that one pod asks for."""
        return sum(container.resources.cpu_millicores for container in self.containers)

    @property
    def memory_mib(self) -> int:
        """Memory that one pod asks for."""
        return sum(container.resources.memory_mib for container in self.containers)


def system_node_selector() -> dict[str, str]:
    """Return the selector that keeps a pod on the system pool."""
    return {POOL_LABEL: SYSTEM_POOL}


def system_tolerations() -> list[dict[str, str]]:
    """Return the tolerations that let a pod onto the system pool, whatever the cloud taints it with."""
    return [
        {"key": key, "operator": "Equal", "value": value, "effect": "NoSchedule"}
        for key, value in ((POOL_LABEL, SYSTEM_POOL), (GKE_MANAGED, "true"), (CRITICAL_TAINT, "true"))
    ]


def zone_spread(match_labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the constraint that no zone holds two pods more than another.

    `nodeTaintsPolicy` leaves nodes out that are lost: otherwise a dead zone would count as empty and block every
    other. `matchLabelKeys` counts each revision by itself, so that a rolling update is not blocked by the old pods.
    """
    return [
        {
            "labelSelector": {"matchLabels": dict(match_labels)},
            "matchLabelKeys": ["pod-template-hash"],
            "maxSkew": 1,
            "nodeTaintsPolicy": "Honor",
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "DoNotSchedule",
        }
    ]


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

"""How pods are described: what a container asks for, which nodes a pod goes to, what the scheduler sees of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from components.base.errors import ComponentError, refused

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

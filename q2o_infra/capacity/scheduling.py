"""What the scheduler knows of pods and nodes, as plain values: requests, selectors, taints, spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from clouds.machine import InstanceType

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"


@dataclass(frozen=True, kw_only=True)
class Spread:
    """One topology spread constraint of a set of pods on itself."""

    key: str
    """`ZONE` or `HOST`."""
    max_skew: int
    must: bool
    """Whether a pod rather waits than breaks it."""


@dataclass(frozen=True, kw_only=True)
class Toleration:
    """What a pod does not mind. An empty key is every taint."""

    key: str = ""
    value: str = ""
    """Empty: any value."""

    def covers(self, taint: Taint) -> bool:
        """Answer whether a node's taint is no obstacle."""
        return not self.key or (self.key == taint.key and self.value in ("", taint.value))


@dataclass(frozen=True, kw_only=True)
class Taint:
    """What keeps pods off a node, unless they tolerate it."""

    key: str
    value: str = ""


@dataclass(frozen=True, kw_only=True)
class PodSet:
    """Equal pods, of one Deployment, StatefulSet or DaemonSet."""

    name: str
    """`namespace/name`, unique in the cluster."""
    cpu_millicores: int
    memory_mib: int
    pods: int
    """0 for what runs on every node that it tolerates."""
    everywhere: bool = False
    node_selector: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0
    spread: tuple[Spread, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    storage_gib: int = 0
    """Size of each pod's volumes together."""
    volumes: int = 0
    """Volumes that each pod mounts."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A machine that stands or may be bought, and what the scheduler knows it by."""

    machine: InstanceType
    pool: str
    spot: bool
    labels: Mapping[str, str]
    taints: tuple[Taint, ...] = ()

    def admits(self, pods: PodSet) -> bool:
        """Answer whether selectors and taints let the pods in, however full it is."""
        chosen = all(self.labels.get(key) == value for key, value in pods.node_selector.items())
        return chosen and all(any(row.covers(taint) for row in pods.tolerations) for taint in self.taints)


class Node:
    """A place with the pods that sit on it."""

    def __init__(self, name: str, place: Place) -> None:
        self.name = name
        self.place = place
        self.pods: Counter[str] = Counter()
        self.cpu_millicores = 0
        self.memory_mib = 0
        self.volumes = 0

    @property
    def machine(self) -> InstanceType:
        """What it runs on."""
        return self.place.machine

    @property
    def zone(self) -> str:
        """Its zone, as the scheduler knows it."""
        return self.place.labels[ZONE]

    def has_room(self, pods: PodSet) -> bool:
        """Answer whether one more pod fits."""
        machine = self.machine
        return (
            self.cpu_millicores + pods.cpu_millicores <= machine.allocatable_millicores
            and self.memory_mib + pods.memory_mib <= machine.allocatable_memory_mib
            and self.pods.total() < machine.pods
            and self.volumes + pods.volumes <= machine.volumes
        )

    def add(self, pods: PodSet) -> None:
        """Put one pod here."""
        self.pods[pods.name] += 1
        self.cpu_millicores += pods.cpu_millicores
        self.memory_mib += pods.memory_mib
        self.volumes += pods.volumes

    @property
    def used(self) -> dict[str, float]:
        """Requested over allocatable, by resource, as shares of one."""
        return {
            "cpu": self.cpu_millicores / self.machine.allocatable_millicores,
            "memory": self.memory_mib / self.machine.allocatable_memory_mib,
            "pods": self.pods.total() / self.machine.pods,
        }

"""What the controllers of a cluster are given and what they give, whatever the cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pulumi import Input, Output, Resource

from clouds.machine import InstanceType
from components.base.errors import ComponentError, refused
from components.charts.contract import ChartSource
from components.cluster.contract import KubernetesCluster

FEWEST_INSTANCE_TYPES = 10
"""Spot capacity of one type runs out at times; with ten, one is nearly always left (EC2 "Best practices for Spot")."""
SHORTEST_DRAIN_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class ElasticPoolArgs:
    """The nodes that come and go with the load: spot machines, on-demand ones where no spot is left."""

    disk_gib: int = 40
    """Root disk of a node, in GiB: images, logs and scratch space. Nothing on it outlives the node."""
    drain_seconds: int = 600
    """Longest time that a node's removal waits for its pods; disruption budgets do not hold it up any further.
    So it also bounds a destroy."""
    instance_types: tuple[InstanceType, ...]
    """What may be bought, of one architecture; the cheapest that fits is taken."""
    nodes_maximum: int
    """Most nodes of this pool; with the system pool they stay within what the phase allows."""

    def __post_init__(self) -> None:
        where = "controllers.elastic_pool"
        if len(self.instance_types) < FEWEST_INSTANCE_TYPES:
            raise ComponentError(
                refused(
                    f"{where}.instance_types",
                    [machine.name for machine in self.instance_types],
                    f"{FEWEST_INSTANCE_TYPES} types or more",
                    "name more, or spot capacity runs out",
                )
            )
        architectures = sorted({machine.architecture for machine in self.instance_types})
        if len(architectures) > 1:
            raise ComponentError(
                refused(
                    f"{where}.instance_types", architectures, "one architecture", "the images are built for one only"
                )
            )
        if self.nodes_maximum < 1:
            raise ComponentError(
                refused(f"{where}.nodes_maximum", self.nodes_maximum, "1 or more", "give the platform's pods a node")
            )
        if self.drain_seconds < SHORTEST_DRAIN_SECONDS:
            raise ComponentError(
                refused(
                    f"{where}.drain_seconds",
                    self.drain_seconds,
                    f"{SHORTEST_DRAIN_SECONDS} or more",
                    "leave pods the time to finish what they do",
                )
            )

    @property
    def architecture(self) -> str:
        """Architecture of all instance types."""
        return self.instance_types[0].architecture


@dataclass(frozen=True, kw_only=True)
class ControllersArgs:
    """Arguments of a cluster's controllers."""

    charts: Mapping[str, ChartSource]
    """Sources by chart name; exactly the charts that are installed."""
    cluster: KubernetesCluster
    cluster_name: str
    """Physical name of the cluster, known at plan time."""
    elastic_pool: ElasticPoolArgs
    location: str
    """The cloud's own name of the place, for example `us-east-1`."""
    network_id: Input[str]
    node_image: str | None = None
    """Version of the machine image, the same as the system pool's; `None` where the cloud knows channels only."""
    tags: Mapping[str, str]
    """Cost-allocation tags, for the machines, disks and volumes that controllers make and Pulumi does not know. What
    the load-balancer controller may touch is told apart by them."""
    zones: tuple[str, ...]
    """Zones, by id, that elastic nodes may stand in."""

    def __post_init__(self) -> None:
        if not self.tags:
            raise ComponentError(
                refused(
                    "controllers.tags",
                    dict(self.tags),
                    "the stack's cost-allocation tags",
                    "give them: rights of the controllers are restricted by them",
                )
            )


class Controllers(Protocol):
    """What every cloud's controllers offer.

    Whoever uses one of them depends on it, so that it stands first and falls last.
    """

    certificates: Resource
    """Issues certificates; its webhook answers once this stands."""
    elastic_pool: Resource
    """Once this stands, pods that fit on no node get one."""
    load_balancing: Resource
    """Binds pods to target groups; finalizers on bindings need it until they are gone."""
    metrics: Resource
    """What autoscalers of pods read."""
    storage: Resource
    """Makes volumes, and deletes them: whoever claims one depends on it."""
    storage_class: Output[str]
    """Name of the default storage class: encrypted, in the zone of the first pod that uses it."""

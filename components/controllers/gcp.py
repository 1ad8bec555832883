"""The controllers of a GKE cluster: certificates, volumes and elastic nodes.

What AWS needs charts for, GKE runs by itself: metrics-server, the driver of volumes, the autoscaler of nodes, and the
controller of network endpoint groups, which stands in the control plane. What the autoscaler may buy is decided in
`gcp_elastic_pool.py`. Both providers come in by the component's options.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, Output, Resource, ResourceOptions

from components.charts.contract import require_charts
from components.controllers.certificates import install_cert_manager
from components.controllers.contract import ControllersArgs
from components.controllers.gcp_elastic_pool import create_elastic_pool, refuse_what_gke_decides
from components.controllers.storage import create_storage_class
from components.controllers.values import CERT_MANAGER

CHARTS = (CERT_MANAGER,)
STORAGE_CLASS = "encrypted-hyperdisk"
PROVISIONER = "pd.csi.storage.gke.io"


@dataclass(frozen=True, kw_only=True)
class GkeControllersArgs(ControllersArgs):
    """Arguments of a GKE cluster's controllers."""

    pods_per_node: int
    """The same as the system pool's: both draw on one range."""
    project_id: str

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_what_gke_decides(self.elastic_pool)


class GkeControllers(ComponentResource):
    """Certificates, volumes and elastic nodes; meets `Controllers`."""

    certificates: Resource
    elastic_pool: Resource
    elastic_pools: dict[str, int]
    """Most nodes of each pool that the elastic nodes are spread over, by the pool's physical name."""
    load_balancing: Resource
    """The cluster: the controller of network endpoint groups is a part of its control plane."""
    metrics: Resource
    """The system pool: GKE's metrics-server runs there."""
    storage: Resource
    storage_class: Output[str]
    """Name of the default storage class."""

    def __init__(self, name: str, args: GkeControllersArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:controllers:GkeControllers", name, None, opts)
        require_charts("controllers.charts", args.charts, CHARTS)
        self._name = name
        self._args = args

        self.storage = self._create_storage_class()
        self.metrics = args.cluster.system_pool
        self.load_balancing = args.cluster.resource
        self.certificates = install_cert_manager(name, args, parent=self)
        self.elastic_pool, self.elastic_pools = create_elastic_pool(name, args, parent=self)
        self.storage_class = self.storage.metadata.name
        self.register_outputs({"storage_class": self.storage_class})

    def _create_storage_class(self) -> kubernetes.storage.v1.StorageClass:
        """Make the default class.

        Disks are encrypted with keys that Google keeps, as every disk of Google's is: a key of ours would have to be
        given to Compute Engine's agent, and its loss would take the data along.
        """
        return create_storage_class(
            self._name,
            self._args,
            called=STORAGE_CLASS,
            parameters={
                "labels": ",".join(f"{key}={value}" for key, value in sorted(self._args.tags.items())),
                "type": "hyperdisk-balanced",
            },
            parent=self,
            provisioner=PROVISIONER,
        )

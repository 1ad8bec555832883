"""The controllers of an AKS cluster, and in which order they stand.

AKS brings metrics-server, Karpenter and the disk driver itself, and its load balancer is asked for by a Service; so
what is left is certificates, the class of volumes, and what Karpenter may buy (`azure_elastic_pool.py`).
Both providers come in by the component's options.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from components.charts.contract import require_charts
from components.cluster.azure_contract import IDENTITY_LABEL
from components.controllers.azure_elastic_pool import create_elastic_pool
from components.controllers.certificates import install_cert_manager
from components.controllers.contract import ControllersArgs
from components.controllers.storage import create_storage_class
from components.controllers.values import CERT_MANAGER

CHARTS = (CERT_MANAGER,)
STORAGE_CLASS = "encrypted-premium-v2"
# Standing in one zone, at half the price of one that spans them (Azure managed disks pricing): what lies on it is
# already in three, as each store here keeps a copy of its own in each. 3,000 operations a second are in the price.
DISK = "PremiumV2_LRS"


@dataclass(frozen=True, kw_only=True)
class AksControllersArgs(ControllersArgs):
    """Arguments of an AKS cluster's controllers."""

    private_subnet_ids: Input[Sequence[str]]
    """Elastic nodes stand in the first, with the system pool."""


class AksControllers(ComponentResource):
    """Certificates, volumes and elastic nodes; meets `Controllers`."""

    certificates: Resource
    elastic_pool: Resource
    load_balancing: Resource
    """The cluster: AKS itself makes load balancers."""
    metrics: Resource
    """The cluster: it brings metrics-server."""
    storage: Resource
    storage_class: Output[str]
    """Name of the default storage class."""

    def __init__(self, name: str, args: AksControllersArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:controllers:AksControllers", name, None, opts)
        require_charts("controllers.charts", args.charts, CHARTS)
        self._name = name
        self._args = args

        storage = self._create_storage_class()
        self.storage = storage
        # With it, the edge's identity can be taken on to write the proof of a certificate into the zone.
        self.certificates = install_cert_manager(name, args, parent=self, pod_labels=IDENTITY_LABEL)
        self.load_balancing = args.cluster.resource
        self.metrics = args.cluster.resource
        self.elastic_pool = create_elastic_pool(
            name,
            args,
            parent=self,
            subnet_id=Output.from_input(args.private_subnet_ids).apply(lambda ids: str(ids[0])),
        )
        self.storage_class = storage.metadata.name.apply(str)
        self.register_outputs({"storage_class": self.storage_class})

    def _create_storage_class(self) -> kubernetes.storage.v1.StorageClass:
        return create_storage_class(
            self._name,
            self._args,
            called=STORAGE_CLASS,
            parameters={
                # The kind of disk knows no caching.
                "cachingMode": "None",
                # Nobody downloads a disk, by whatever link.
                "networkAccessPolicy": "DenyAll",
                "publicNetworkAccess": "Disabled",
                "skuName": DISK,
                "tags": ",".join(f"{key}={value}" for key, value in sorted(self._args.tags.items())),
            },
            parent=self,
            provisioner="disk.csi.azure.com",
        )

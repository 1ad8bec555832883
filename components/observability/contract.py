"""What the evidence recorder is given, and the names by which others find it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from pulumi import Input, Resource

from components.base.errors import ComponentError, refused
from components.base.images import check_image
from components.base.pods import ContainerResources
from components.charts.contract import ChartSource, require_charts
from components.namespaces.contract import OBSERVABILITY_NAMESPACE
from components.observability.retention import StorageArgs

NAMESPACE = OBSERVABILITY_NAMESPACE
"""Others admit the recorder by this name: to the metrics of the gateway, the API and the data services."""
RECORDER = "evidence"
"""Name of the Prometheus resource; its pods are `prometheus-evidence-0` and `-1`."""
READER_SERVICE = "evidence-reader"
"""Service that answers queries, deduplicated."""
READER_PORT = 10902
REPLICA_LABEL = "prometheus_replica"
"""External label by which the two copies of a series differ; the reader takes it away."""

OPERATOR_CHART = "kube-prometheus-stack"
DEFINITIONS_CHART = "prometheus-operator-crds"
CHARTS = (OPERATOR_CHART, DEFINITIONS_CHART)

_OPERATOR = ContainerResources(cpu_millicores=20, memory_mib=96, memory_limit_mib=256)
_PROBER = ContainerResources(cpu_millicores=10, memory_mib=32, memory_limit_mib=64)
_READER = ContainerResources(cpu_millicores=20, memory_mib=128, memory_limit_mib=512)
# A few thousand series take about 100 MiB; the rest is for queries over 30 days.
_SERVER = ContainerResources(cpu_millicores=60, memory_mib=512, memory_limit_mib=1024)
_SIDECAR = ContainerResources(cpu_millicores=10, memory_mib=64, memory_limit_mib=256)


@dataclass(frozen=True, kw_only=True)
class PodMetrics:
    """Pods that expose metrics, in a namespace that is somebody else's."""

    labels: Mapping[str, str]
    """Labels by which the pods are found."""
    namespace: Input[str]
    """The recorder may look for pods there and nowhere else."""
    port_name: str
    """Name of the container's port."""
    port: int
    """Its number, for the way out of the recorder's namespace."""


@dataclass(frozen=True, kw_only=True)
class Images:
    """Container images, pinned by digest, for the architecture of the nodes."""

    config_reloader: str
    operator: str
    prober: str
    prometheus: str
    reader: str
    """Thanos: one image for the sidecar and for the reader."""

    def __post_init__(self) -> None:
        for name in ("config_reloader", "operator", "prober", "prometheus", "reader"):
            check_image(f"observability.images.{name}", getattr(self, name), error=ComponentError)


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What each container asks for. Small: a few thousand series, read by few."""

    operator: ContainerResources = _OPERATOR
    prober: ContainerResources = _PROBER
    reader: ContainerResources = _READER
    server: ContainerResources = _SERVER
    sidecar: ContainerResources = _SIDECAR


@dataclass(frozen=True, kw_only=True)
class EvidenceRecorderArgs:
    """Arguments of the evidence recorder."""

    api: PodMetrics
    """Pods of the API: users in flight."""
    api_url: Input[str]
    """What the probe from inside asks for: the API's readiness, through its Service."""
    charts: Mapping[str, ChartSource]
    """Sources by chart name: the operator and its definitions."""
    cluster_addresses: Sequence[IPv4Network]
    """Where the API server answers: usually the Services' range and the network."""
    cluster_resource: Resource
    """The cluster itself: what needs no orderly end is gone with it."""
    deletion_protection: bool = True
    """Guards the namespace, whose deletion would take the volumes and so the history along."""
    gateway: PodMetrics | None = None
    """Envoy's pods: rate, errors and latency of requests. `None`: there is no gateway, and gates see no evidence."""
    images: Images
    kubernetes_minor: str
    """Pins what Pod Security `restricted` means."""
    labels: Mapping[str, str]
    """External labels of every series: which stack, region and environment it is about."""
    prometheus_version: str
    """Version of the image, for example `v3.14.0`; the operator generates configuration for it."""
    priority_class_name: Input[str]
    """Rank of the recorder's pods; below data and gateway, so that evidence yields to service."""
    proxy_port: int | None = None
    """Where the public address is that of the gateway's own pods: their port, to which the cluster leads the probe from
    outside without its going there. `None`: a balancer outside the cluster answers."""
    public_url: Input[str] | None = None
    """What the probe from outside asks for, `https://`. `None`: there is no edge, and gates see no evidence."""
    redis: PodMetrics | None = None
    """Pods of the Redis exporter. `None`: there is none."""
    sizes: Sizes = field(default_factory=Sizes)
    storage: StorageArgs = field(default_factory=StorageArgs)
    storage_class: Input[str]
    storage_resource: Resource
    """What makes volumes, and deletes them: it outlives the recorder's."""
    system_pods: Sequence[Resource]
    """What must stand before a pod runs on the system pool."""
    workers: Sequence[Resource] = ()
    """What the namespace must end before: without metrics-server's pods no namespace can be deleted."""

    def __post_init__(self) -> None:
        require_charts("observability.charts", self.charts, CHARTS)
        if not self.cluster_addresses:
            raise ComponentError(
                refused(
                    "observability.cluster_addresses",
                    [],
                    "at least one range",
                    "name the network's, or the operator cannot reach the API server",
                )
            )
        if REPLICA_LABEL in self.labels:
            raise ComponentError(
                refused(
                    "observability.labels",
                    REPLICA_LABEL,
                    "any label but the one that tells replicas apart",
                    "leave it to the operator",
                )
            )
        for where, url, scheme in (("api_url", self.api_url, "http"), ("public_url", self.public_url, "https")):
            if isinstance(url, str) and not url.startswith(f"{scheme}://"):
                raise ComponentError(
                    refused(
                        f"observability.{where}",
                        url,
                        f"an address that begins with {scheme}://",
                        "give the address that the users of this side have",
                    )
                )

"""What the edge is given and what it gives, whatever the cloud: names, ports, arguments, outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Protocol

from pulumi import Input, Output, Resource

from components.base.errors import ComponentError, refused
from components.base.images import check_image
from components.charts.contract import ChartSource
from components.cluster.contract import KubernetesCluster
from components.edge.hosts import check_host

GATEWAY = "public"
"""Name of the Gateway; routes name it as their parent."""
PROXY = "envoy"
"""Name of the proxies' Deployment, Service, account and disruption budget: fixed, so that the Service can be bound."""
TRAFFIC_PORT = 8080
"""Port of the Gateway, of the Service and of the container.

The three are one on purpose: Envoy Gateway moves ports below 1024, and the VPC CNI enforces network policies only for
Services whose port is the container's.
"""
HEALTH_PORT = 19003
"""Where each proxy answers for itself: 200 while it serves, 503 from the moment it begins to leave."""
HEALTH_PATH = "/ready"
METRICS_PORT = 19001
"""Where proxies and their controller show their metrics."""
METRICS_PORT_NAME = "metrics"

HTTP_PORT = 80
HTTPS_PORT = 443
"""Where users come in, where TLS ends in the proxies."""
ONE_YEAR_SECONDS = 31_536_000
"""How long a browser remembers to come by HTTPS only."""

_MOVED = 10_000
TLS_PORT = HTTPS_PORT + _MOVED
"""Port of the proxies' containers where TLS ends in them."""
_LEAST_ZONES = 2


@dataclass(frozen=True, kw_only=True)
class BalancerHabits:
    """What the proxies have to know of the balancer before them; the cloud decides it."""

    proxy_idle_seconds: int
    """How long a proxy keeps an idle connection: longer than the balancer does, which would otherwise send on one that
    is being closed, and answer 502."""
    trusted_hops: int
    """Addresses that the balancer adds to X-Forwarded-For, the client's first; what stands further left a client can
    forge."""


@dataclass(frozen=True, kw_only=True)
class PublicService:
    """The proxies' own Service as the way in: it asks the cloud for a balancer that knows no TLS, so that ends here.

    Without one the Service is inside the cluster only, and the balancer before it speaks HTTP to the proxies.
    """

    annotations: Mapping[str, Input[str]]
    """What the cloud's controller reads: which address to take, how often to ask whether a node has a proxy."""
    certificate_secret: Input[str]
    """Name of the Secret with certificate and key, in the edge's namespace."""

    @property
    def ports(self) -> dict[str, int]:
        """Ports of the proxies' containers, by their listener: Envoy Gateway moves ports below 1024 by 10,000."""
        return {"http": HTTP_PORT + _MOVED, "https": TLS_PORT}


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """Arguments of an edge."""

    access_log_retention_days: int
    """Days that the balancer's access logs are kept; they hold client addresses, and storage is billed."""
    balancer_addresses: tuple[IPv4Network, ...]
    """Ranges that the balancer speaks from: the public subnets. Nothing else may reach the proxies. Where it hands
    clients through with their own addresses, that is everywhere."""
    charts: Mapping[str, ChartSource]
    """Sources by chart name; exactly the charts that are installed."""
    cluster: KubernetesCluster
    cluster_name: str
    """Physical name of the cluster; names of what is made begin with it."""
    connections_maximum: int
    """Connections that one proxy takes; beyond it, it closes new ones rather than run out of memory."""
    deletion_protection: bool = True
    """Whether the balancer, its logs and the namespace refuse to go: losing one of them is an outage, or evidence."""
    host: str
    """The API's public name; inside `zone_name`."""
    kubernetes_addresses: tuple[IPv4Network, ...]
    """Where the API server answers: usually the Services' range and the network."""
    kubernetes_minor: str
    """The cluster's minor version, for example `1.36`; pins what Pod Security `restricted` means."""
    location: str
    """The cloud's own name of the place, for example `us-east-1`."""
    network_id: Input[str]
    priority_classes: Input[Mapping[str, str]]
    """Each tier's priority class, by the tier's name."""
    proxy_image: str
    """Envoy, pinned by digest; an index of images, so that the nodes' architecture is in it."""
    public_subnet_ids: Input[Sequence[str]]
    tags: Mapping[str, str]
    """Cost-allocation tags. The controller that registers targets may touch no target group that lacks one of them."""
    waf_enabled: bool = False
    """Whether a web application firewall looks at each request. Off, because it costs (AWS: 8 USD a month and 0.60 USD
    a million requests, see the README) and the budget of phase 1 has no room for it."""
    zone_id: str
    """The cloud's own id of the DNS zone."""
    zone_name: str
    """Name of the DNS zone; the zone itself belongs to `bootstrap/`."""
    zones: int
    """Zones that nodes stand in; there is one proxy in each."""

    def __post_init__(self) -> None:
        check_host("edge.host", self.host, zone_name=self.zone_name, error=ComponentError)
        check_image("edge.proxy_image", self.proxy_image, error=ComponentError)
        self._check_least("access_log_retention_days", 1, "keep access logs at least a day")
        self._check_least("connections_maximum", 1, "let clients in")
        self._check_least("zones", _LEAST_ZONES, "spread the nodes over at least two zones")
        if not self.tags:
            raise ComponentError(
                refused(
                    "edge.tags",
                    dict(self.tags),
                    "the stack's cost-allocation tags",
                    "give them: without them no target can be registered",
                )
            )

    def _check_least(self, field: str, least: int, action: str) -> None:
        if getattr(self, field) < least:
            raise ComponentError(refused(f"edge.{field}", getattr(self, field), f"{least} or more", action))


class Edge(Protocol):
    """What every cloud's edge offers."""

    address: Output[str]
    """The cloud's own name of the balancer, behind the host."""
    gateway: Resource
    """Whoever makes a route depends on it."""
    gateway_name: Output[str]
    gateway_namespace: Output[str]
    host: Output[str]
    load_balancer_id: Output[str]
    proxy_port: int | None
    """Where the public address is that of the proxies' own Service: their port behind it, to which the cluster leads
    its own pods without going outside. `None` where a balancer outside the cluster answers."""
    url: Output[str]
    """Where users reach the API; known once the name leads to the balancer and the balancer to the proxies."""

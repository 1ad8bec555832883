"""The edge on Google Cloud: a global application load balancer before the proxies that Envoy Gateway runs.

What stands inside the cluster is decided in `gateway.py`; here is what Google adds. Only the network endpoint groups,
one in each zone, are made by somebody else: GKE's controller keeps them equal to the ready proxies. A Service of ours
names them and is waited for until they stand; whatever is before them belongs to the program. Both providers come in by
the component's options.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, Output, Resource, ResourceOptions

from components.base.errors import ComponentError, refused
from components.base.labels import object_labels
from components.base.vocabulary import Tier
from components.charts.contract import require_charts
from components.cluster.gcp_contract import named
from components.edge.contract import GATEWAY, PROXY, TRAFFIC_PORT, BalancerHabits, EdgeArgs
from components.edge.gateway import Gateway
from components.edge.gcp_balancer import create_balancer
from components.edge.gcp_firewall import create_firewall
from components.edge.gcp_names import create_address_record, create_certificate
from components.edge.proxy import PROXY_SELECTOR
from components.edge.timings import IDLE_MARGIN_SECONDS
from components.edge.values import CHARTS
from components.network.gcp_contract import LogArgs, create_logs

# Application Load Balancer documentation, "Timeouts and retries" and "X-Forwarded-For header": it keeps an idle
# connection to a proxy for 600 s, which nobody can change, and adds the client's address and its own.
HABITS = BalancerHabits(proxy_idle_seconds=600 + IDLE_MARGIN_SECONDS, trusted_hops=2)
NEG_SERVICE = f"{PROXY}-endpoints"
"""Service by which GKE's controller knows what to put into the endpoint groups. Envoy Gateway has another one."""
NEG_STATUS = "jsonpath={.metadata.annotations['cloud.google.com/neg-status']}"
"""What the controller writes onto the Service once the groups stand (kubernetes/ingress-gce, `pkg/neg`)."""
NAMESPACE_SECONDS = 1200
"""Longest that the namespace's end is waited for: the controller looks for groups to delete every two minutes."""


@dataclass(frozen=True, kw_only=True)
class GcpEdgeArgs(EdgeArgs):
    """Arguments of an edge on Google Cloud."""

    generation: int = 1
    """Part of the name of the access logs' bucket, which no one gets back for seven days after a deletion."""
    load_balancing: Resource
    """What keeps the endpoint groups, and deletes them at the end."""
    project_id: str
    zone_names: tuple[str, ...]
    """The zones that nodes stand in; an endpoint group is in one of them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.zone_names) != self.zones:
            raise ComponentError(
                refused(
                    "edge.zone_names",
                    list(self.zone_names),
                    f"the names of the {self.zones} zones that nodes stand in",
                    "name each once",
                )
            )


class GcpEdge(ComponentResource):
    """A public name, the balancer behind it and the gateway behind that; meets `Edge`."""

    address: Output[str]
    """The balancer's one address, the same in the whole world."""
    gateway: Resource
    gateway_name: Output[str]
    gateway_namespace: Output[str]
    host: Output[str]
    load_balancer_id: Output[str]
    """The forwarding rule of HTTPS."""
    proxy_port: int | None = None
    url: Output[str]
    """Where users reach the API; known once the name leads to the balancer and the balancer to the proxies."""

    def __init__(self, name: str, args: GcpEdgeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:edge:GcpEdge", name, None, opts)
        require_charts("edge.charts", args.charts, CHARTS)
        self._name = name
        self._args = args

        gateway = Gateway(
            name,
            args,
            balancer=HABITS,
            # The controller finds the zones whose groups it deletes by the nodes.
            namespace_after=(args.cluster.system_pool,),
            namespace_seconds=NAMESPACE_SECONDS,
            parent=self,
        )
        service = self._create_endpoints(gateway)
        balancer = create_balancer(
            name,
            args,
            certificate_map=create_certificate(name, args, parent=self),
            endpoint_groups=[self._endpoint_group(service, zone) for zone in args.zone_names],
            firewall=create_firewall(name, args, parent=self) if args.waf_enabled else None,
            parent=self,
        )
        create_logs(
            f"{name}-access-logs",
            LogArgs(
                cluster_name=args.cluster_name,
                filter_=(
                    'resource.type="http_load_balancer" AND '
                    f'resource.labels.backend_service_name="{balancer.service_name}"'
                ),
                generation=args.generation,
                location=args.location,
                project_id=args.project_id,
                retention_days=args.access_log_retention_days,
                role="access-logs",
                where="edge.access_log_retention_days",
            ),
            parent=self,
        )
        host = create_address_record(name, args, address=balancer.address, parent=self)

        self.address = balancer.address
        self.gateway = gateway.resource
        self.gateway_name = Output.from_input(GATEWAY)
        self.gateway_namespace = gateway.namespace.metadata.name.apply(str)
        self.host = Output.from_input(args.host)
        self.load_balancer_id = balancer.forwarding_rule.id
        self.url = Output.all(host, balancer.forwarding_rule.id).apply(lambda known: f"https://{known[0]}")
        self.register_outputs(
            {
                "address": self.address,
                "gateway_name": self.gateway_name,
                "gateway_namespace": self.gateway_namespace,
                "host": self.host,
                "load_balancer_id": self.load_balancer_id,
                "url": self.url,
            }
        )

    @property
    def _group_name(self) -> str:
        return named("gcp-compute", self._args.cluster_name, "proxies")

    def _create_endpoints(self, gateway: Gateway) -> kubernetes.core.v1.Service:
        """Have the controller make the endpoint groups, under a name of ours, and wait until it has.

        It does not go with the cluster: the groups would stay. Its end starts theirs, and the namespace's end waits for
        that, by the finalizer of what the controller keeps there.
        """
        return kubernetes.core.v1.Service(
            f"{self._name}-endpoints",
            metadata={
                "annotations": {
                    "cloud.google.com/neg": json.dumps({"exposed_ports": {TRAFFIC_PORT: {"name": self._group_name}}}),
                    "pulumi.com/waitFor": NEG_STATUS,
                },
                "labels": object_labels(component=Tier.GATEWAY.value, instance=NEG_SERVICE),
                "name": NEG_SERVICE,
                "namespace": gateway.namespace.metadata.name.apply(str),
            },
            spec={
                "ports": [{"name": "http", "port": TRAFFIC_PORT, "protocol": "TCP", "target_port": TRAFFIC_PORT}],
                "selector": PROXY_SELECTOR,
                "type": "ClusterIP",
            },
            opts=ResourceOptions(parent=self, depends_on=[self._args.load_balancing, gateway.resource]),
        )

    def _endpoint_group(self, service: kubernetes.core.v1.Service, zone: str) -> Output[str]:
        """Return the link to the group of one zone, known once it stands."""
        link = (
            f"https://www.googleapis.com/compute/v1/projects/{self._args.project_id}/zones/{zone}/"
            f"networkEndpointGroups/{self._group_name}"
        )
        return service.id.apply(lambda _: link)

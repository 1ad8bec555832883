"""The edge on Azure: a public address of the program's own, taken by the Service before Envoy Gateway's proxies.

AKS makes a load balancer of that Service, which knows connections and no HTTP: TLS ends in the proxies, and clients
come with their own addresses. What stands inside the cluster is decided in `gateway.py`; here is what Azure adds. The
address stands in the network before the cluster and falls after it, so nothing holds it when it goes.
Both providers come in by the component's options.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions
from pulumi_azure_native import network

from clouds.azure.dns_zones import parse_zone
from clouds.azure.limits import AZURE_ACCESS_LOGS, AZURE_WAF
from components.base.errors import ComponentError
from components.charts.contract import require_charts
from components.edge.azure_names import (
    create_address_record,
    create_certificate,
    create_certificate_identity,
)
from components.edge.contract import GATEWAY, HTTP_PORT, HTTPS_PORT, TLS_PORT, BalancerHabits, EdgeArgs, PublicService
from components.edge.gateway import Gateway
from components.edge.timings import (
    HEALTH_INTERVAL_SECONDS,
    HEALTH_THRESHOLD,
    IDLE_MARGIN_SECONDS,
    REQUEST_SECONDS,
)
from components.edge.values import CHARTS

BALANCER_IDLE_MINUTES = 4
"""The shortest that Azure's balancer forgets a silent connection after; longer than a proxy keeps one."""
HABITS = BalancerHabits(proxy_idle_seconds=REQUEST_SECONDS + IDLE_MARGIN_SECONDS, trusted_hops=0)
"""It hands connections on as they are: what a client says of its address in a header counts for nothing."""
_PREFIX = "service.beta.kubernetes.io/azure-"
# Before the network's own rules, which shut out who comes from elsewhere.
_PRIORITIES = {"http": 1000, "https": 1010}


@dataclass(frozen=True, kw_only=True)
class AzureEdgeArgs(EdgeArgs):
    """Arguments of an edge on Azure; `balancer_addresses` are everywhere, because clients keep their own."""

    address: Input[str]
    """The public address itself."""
    address_id: Input[str]
    address_name: Input[str]
    """Its physical name, by which the Service asks for it."""
    certificates: Resource
    """What fetches and renews the certificate."""
    issuer: Input[str]
    """The cluster's issuer of tokens."""
    resource_group_name: Input[str]
    """Where the address and the security group are."""
    security_group_name: Input[str]
    """The group on the nodes' subnet; it opens to the world on two ports of the address."""
    subscription_id: str
    tenant_id: str


class AzureEdge(ComponentResource):
    """A public name, the address behind it and the gateway behind that; meets `Edge`."""

    address: Output[str]
    """The public address."""
    gateway: Resource
    gateway_name: Output[str]
    gateway_namespace: Output[str]
    host: Output[str]
    load_balancer_id: Output[str]
    """Id of the address: what stands behind it is AKS' own."""
    proxy_port: int | None = TLS_PORT
    url: Output[str]
    """Where users reach the API; known once the name leads to the address and the proxies answer there."""

    def __init__(self, name: str, args: AzureEdgeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:edge:AzureEdge", name, None, opts)
        _refuse(args)
        zone = parse_zone(
            "edge.zone_id",
            args.zone_id,
            subscription_id=args.subscription_id,
            zone_name=args.zone_name,
            error=ComponentError,
        )
        self._name = name
        self._args = args

        identity = create_certificate_identity(
            name, args, zone, issuer=args.issuer, parent=self, resource_group_name=args.resource_group_name
        )

        def public(namespace: Output[str]) -> PublicService:
            secret = create_certificate(
                name,
                args,
                zone,
                certificates=args.certificates,
                identity=identity,
                namespace=namespace,
                parent=self,
                tenant_id=args.tenant_id,
            )
            return PublicService(annotations=service_annotations(args), certificate_secret=secret)

        self._let_clients_in()
        gateway = Gateway(name, args, balancer=HABITS, parent=self, public=public)
        host = create_address_record(name, args, zone, address_id=args.address_id, parent=self)

        self.address = Output.from_input(args.address)
        self.gateway = gateway.resource
        self.gateway_name = Output.from_input(GATEWAY)
        self.gateway_namespace = gateway.namespace.metadata.name.apply(str)
        self.host = Output.from_input(args.host)
        self.load_balancer_id = Output.from_input(args.address_id)
        self.url = Output.all(host, gateway.resource.id).apply(lambda known: f"https://{known[0]}")
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

    def _let_clients_in(self) -> None:
        """Open the nodes' subnet to the world on two ports of one address: the balancer keeps both in a packet."""
        for role, port in {"http": HTTP_PORT, "https": HTTPS_PORT}.items():
            network.SecurityRule(
                f"{self._name}-from-anywhere-{role}",
                access="Allow",
                description=f"{role} from anywhere",
                destination_address_prefix=self._args.address,
                destination_port_range=str(port),
                direction="Inbound",
                network_security_group_name=self._args.security_group_name,
                priority=_PRIORITIES[role],
                protocol="Tcp",
                resource_group_name=self._args.resource_group_name,
                security_rule_name=f"from-anywhere-{role}",
                source_address_prefix="Internet",
                source_port_range="*",
                opts=ResourceOptions(parent=self),
            )


def service_annotations(args: AzureEdgeArgs) -> dict[str, Input[str]]:
    """Return what the proxies' Service says to AKS (kubernetes-sigs/cloud-provider-azure, "LoadBalancer").

    With `externalTrafficPolicy: Local` the balancer asks each node whether it has a ready proxy, at a port and path
    that Kubernetes gives; so only how often is ours to say.
    """
    return {
        f"{_PREFIX}load-balancer-health-probe-interval": str(HEALTH_INTERVAL_SECONDS),
        f"{_PREFIX}load-balancer-health-probe-num-of-probe": str(HEALTH_THRESHOLD),
        f"{_PREFIX}load-balancer-resource-group": args.resource_group_name,
        f"{_PREFIX}load-balancer-tcp-idle-timeout": str(BALANCER_IDLE_MINUTES),
        f"{_PREFIX}pip-name": args.address_name,
    }


def _refuse(args: AzureEdgeArgs) -> None:
    require_charts("edge.charts", args.charts, CHARTS)
    AZURE_WAF.check("edge.waf", args.waf_enabled, error=ComponentError)
    AZURE_ACCESS_LOGS.check("edge.access_log_retention_days", args.access_log_retention_days, error=ComponentError)

"""The edge on AWS: an application load balancer, bound to the proxies that Envoy Gateway runs in the cluster.

What stands inside the cluster is decided in `gateway.py`; here is what AWS adds: the balancer, its name, its logs,
its firewall, and the binding of one to the other. Both providers come in by the component's options.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from components.base.labels import object_labels
from components.base.vocabulary import Tier
from components.charts.contract import require_charts
from components.edge.aws_access_logs import create_access_logs
from components.edge.aws_balancer import HABITS, Balancer, create_balancer
from components.edge.aws_firewall import create_firewall
from components.edge.aws_names import create_address, create_certificate
from components.edge.contract import GATEWAY, PROXY, TRAFFIC_PORT, EdgeArgs
from components.edge.gateway import Gateway
from components.edge.values import CHARTS
from components.namespaces.contract import EDGE_NAMESPACE

READINESS_GATES = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
"""A new proxy is ready once the balancer has found it healthy; so a rollout waits for the balancer."""


@dataclass(frozen=True, kw_only=True)
class AwsEdgeArgs(EdgeArgs):
    """Arguments of an edge on AWS."""

    account_id: str
    """The account; part of the log bucket's name and of what may be written there."""
    load_balancing: Resource
    """What registers the proxies as targets, and takes them out at the end."""
    node_security_group_id: Input[str]
    """Security group of every node and pod; it opens to the balancer on two ports."""


class AwsEdge(ComponentResource):
    """A public name, the balancer behind it and the gateway behind that; meets `Edge`."""

    address: Output[str]
    """The balancer's own DNS name."""
    gateway: Resource
    gateway_name: Output[str]
    gateway_namespace: Output[str]
    host: Output[str]
    load_balancer_id: Output[str]
    proxy_port: int | None = None
    url: Output[str]
    """Where users reach the API; known once the name leads to the balancer and the balancer to the proxies."""

    def __init__(self, name: str, args: AwsEdgeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:edge:AwsEdge", name, None, opts)
        require_charts("edge.charts", args.charts, CHARTS)
        self._name = name
        self._args = args

        gateway = Gateway(name, args, balancer=HABITS, namespace_labels=READINESS_GATES, parent=self)
        balancer = create_balancer(
            name,
            args,
            certificate_arn=create_certificate(name, args, parent=self),
            log_bucket=create_access_logs(name, args, account_id=args.account_id, parent=self),
            node_security_group_id=args.node_security_group_id,
            parent=self,
        )
        if args.waf_enabled:
            create_firewall(name, args, balancer_arn=balancer.load_balancer.arn, parent=self)
        binding = self._bind(balancer, gateway)
        host = create_address(name, args, balancer=balancer.load_balancer, parent=self)

        self.address = balancer.load_balancer.dns_name
        self.gateway = gateway.resource
        self.gateway_name = Output.from_input(GATEWAY)
        self.gateway_namespace = gateway.namespace.metadata.name.apply(str)
        self.host = Output.from_input(args.host)
        self.load_balancer_id = balancer.load_balancer.arn
        self.url = Output.all(host, binding.id).apply(lambda known: f"https://{known[0]}")
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

    def _bind(self, balancer: Balancer, gateway: Gateway) -> kubernetes.apiextensions.CustomResource:
        """Have the controller keep the target group equal to the ready proxies.

        It declares no `networking`, because security rules are ours. It does not go with the cluster: its finalizer
        takes the targets out while the controller and the target group still stand.
        """
        return kubernetes.apiextensions.CustomResource(
            f"{self._name}-binding",
            api_version="elbv2.k8s.aws/v1beta1",
            kind="TargetGroupBinding",
            metadata={
                "labels": object_labels(component=Tier.GATEWAY.value, instance=PROXY),
                "name": PROXY,
                "namespace": EDGE_NAMESPACE,
            },
            spec={
                "ipAddressType": "ipv4",
                "serviceRef": {"name": PROXY, "port": TRAFFIC_PORT},
                "targetGroupARN": balancer.target_group.arn,
                "targetType": "ip",
            },
            opts=ResourceOptions(
                parent=self,
                depends_on=[self._args.load_balancing, balancer.listener, gateway.resource],
            ),
        )

"""An edge on AWS with everything that it is given, for tests of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, Output, Resource, ResourceOptions

from components.base.vocabulary import Tier
from components.charts.contract import ChartSource
from components.edge.aws import AwsEdge, AwsEdgeArgs
from components.edge.contract import Edge
from components.edge.values import CHARTS
from components.tiers.contract import priority_class_name
from q2o_infra.plan.recorder import Recording, record

PROXY_IMAGE = "registry.example/envoy@sha256:" + "0123456789abcdef" * 4
TAGS = {"q2o-environment": "staging", "q2o-stack": "us-east"}


class ACluster(ComponentResource):
    """Stands where a cluster would: a resource for each thing that an edge waits for."""

    def __init__(self, provider: aws.Provider) -> None:
        super().__init__("q2o:test:Cluster", "stand-in", None, ResourceOptions(providers=[provider]))
        self.resource: Resource = self._made("control-plane")
        self.storage: Resource = self._made("volume-driver")
        self.system_pool: Resource = self._made("system-nodes")
        self.system_pods: Sequence[Resource] = (self.system_pool, self._made("name-resolution"))
        self.load_balancing: Resource = self._made("load-balancing")
        self.cluster_name = Output.from_input("q2o-us-east")
        self.cluster_identifier = Output.from_input("arn")
        self.endpoint = Output.from_input("https://endpoint.example")
        self.kubeconfig = Output.secret("{}")
        self.oidc_issuer = Output.from_input("https://issuer.example")

    def _made(self, name: str) -> Resource:
        return aws.ec2.Eip(name, domain="vpc", opts=ResourceOptions(parent=self))


def edge_values(cluster: ACluster, **changes: Any) -> dict[str, Any]:
    """Return the arguments of an edge in a network of three public subnets."""
    return {
        "access_log_retention_days": 90,
        "account_id": "123456789012",
        "balancer_addresses": tuple(IPv4Network(f"10.16.{third}.0/24") for third in range(3)),
        "charts": {chart: ChartSource(chart=chart, repository="oci://charts.example", version="1") for chart in CHARTS},
        "cluster": cluster,
        "cluster_name": "q2o-us-east",
        "connections_maximum": 10_000,
        "host": "api.us-east.example.com",
        "kubernetes_addresses": (IPv4Network("172.20.0.0/16"), IPv4Network("10.16.0.0/16")),
        "kubernetes_minor": "1.36",
        "load_balancing": cluster.load_balancing,
        "location": "us-east-1",
        "network_id": "vpc-1",
        "node_security_group_id": "sg-nodes",
        "priority_classes": {tier.value: priority_class_name(tier) for tier in Tier},
        "proxy_image": PROXY_IMAGE,
        "public_subnet_ids": ["subnet-1", "subnet-2", "subnet-3"],
        "tags": TAGS,
        "zone_id": "Z0EXAMPLE",
        "zone_name": "us-east.example.com",
        "zones": 3,
        **changes,
    }


def recorded_edge(**changes: Any) -> Recording:
    """Return what an edge with these arguments registers."""

    def program() -> None:
        cloud = aws.Provider("cloud", region="us-east-1", allowed_account_ids=["123456789012"])
        inside = kubernetes.Provider("inside", kubeconfig="{}")
        args = AwsEdgeArgs(**edge_values(ACluster(cloud), **changes))
        made: Edge = AwsEdge("edge", args, ResourceOptions(providers=[cloud, inside]))
        assert made.gateway is not None

    return record(program)


@cache
def usual_edge() -> Recording:
    """Return the edge without any change, made once."""
    return recorded_edge()

"""What users meet: the edge, and the platform's own pods behind it."""

from __future__ import annotations

from typing import Any

from pulumi import ResourceOptions

from components.cluster.aws import EksCluster
from components.cluster.contract import KubernetesCluster
from components.controllers.contract import Controllers
from components.edge.aws import AwsEdge, AwsEdgeArgs
from components.edge.contract import Edge
from components.edge.values import CHARTS as EDGE_CHARTS
from components.network.contract import Network
from components.redis.component import Redis
from components.tiers.component import Tiers
from components.workloads.component import Workloads
from components.workloads.contract import AgentArgs, ApiArgs, CanaryArgs, RedisAccess, RouteArgs, WorkloadsArgs
from q2o_infra import versions
from q2o_infra.capacity.addresses import SERVICE_ADDRESSES
from q2o_infra.phases.ground import charts, cluster_name
from q2o_infra.providers import (
    tags,
)
from q2o_infra.region import RegionFacts
from q2o_infra.release_rules import ReleaseFacts, RunFacts

EDGE_HEADROOM = 2
"""Connections of one proxy over the phase's users: a page opens several, and a reconnect overlaps its predecessor."""


def create_edge(
    facts: RegionFacts,
    network: Network,
    cluster: EksCluster,
    controllers: Controllers,
    tiers: Tiers,
    opts: ResourceOptions,
) -> AwsEdge:
    """Register the way in."""
    settings = facts.settings
    return AwsEdge(
        "edge",
        AwsEdgeArgs(
            access_log_retention_days=settings.edge.access_log_retention_days,
            account_id=settings.account_id,
            balancer_addresses=tuple(subnets.public for subnets in facts.addresses.zones),
            charts=charts(*EDGE_CHARTS),
            cluster=cluster,
            cluster_name=cluster_name(facts),
            # One proxy can carry everybody, while the others are being replaced.
            connections_maximum=EDGE_HEADROOM * facts.contract.concurrent_users,
            deletion_protection=settings.deletion_protection,
            host=facts.host,
            kubernetes_addresses=(SERVICE_ADDRESSES, facts.addresses.network),
            kubernetes_minor=versions.KUBERNETES_MINOR,
            load_balancing=controllers.load_balancing,
            location=facts.location.name,
            network_id=network.network_id,
            node_security_group_id=cluster.node_security_group_id,
            priority_classes=tiers.priority_classes,
            proxy_image=versions.ENVOY_IMAGE,
            public_subnet_ids=network.public_subnet_ids,
            tags=tags(facts),
            waf_enabled=settings.edge.waf,
            zone_id=settings.edge.zone_id,
            zone_name=settings.edge.zone_name,
            zones=facts.contract.zones,
        ),
        opts,
    )


def create_workloads(
    facts: RegionFacts,
    runs: ReleaseFacts,
    cluster: KubernetesCluster,
    controllers: Controllers,
    tiers: Tiers,
    redis: Redis,
    edge: Edge,
    opts: ResourceOptions,
) -> Workloads:
    """Register the API and the agents."""
    return Workloads(
        "workloads",
        WorkloadsArgs(
            agents=tuple(AgentArgs(kind=kind, **_run(run)) for kind, run in runs.agents.items()),
            api=ApiArgs(**_run(runs.api)),
            cluster_resource=cluster.resource,
            credentials_revision=facts.settings.credentials_revision,
            deletion_protection=facts.settings.deletion_protection,
            elastic_pool=controllers.elastic_pool,
            kubernetes_minor=versions.KUBERNETES_MINOR,
            llm_api_key=facts.settings.llm_api_key.get_secret_value(),
            priority_classes=tiers.priority_classes,
            redis=RedisAccess(
                certificates=controllers.certificates,
                host=redis.host,
                issuer=redis.issuer,
                password=redis.application_password,
                port=redis.port,
            ),
            redundancy=facts.contract.pods_per_kind_minimum,
            region=facts.place.region,
            route=RouteArgs(
                gateway=edge.gateway,
                gateway_name=edge.gateway_name,
                gateway_namespace=edge.gateway_namespace,
                host=edge.host,
            ),
            zones=facts.contract.zones,
        ),
        opts,
    )


def _run(run: RunFacts) -> dict[str, Any]:
    canary = run.canary
    return {
        "canary": CanaryArgs(image=canary.image, weight_percent=canary.weight_percent) if canary else None,
        "cpu_millicores": run.size.cpu_millicores,
        "image": run.image,
        "maximum": run.size.maximum,
        "memory_mib": run.size.memory_mib,
        "minimum": run.size.minimum,
    }

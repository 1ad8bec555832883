"""What users meet: the platform's own pods, and how large the edge before them is."""

from __future__ import annotations

from typing import Any

from pulumi import ResourceOptions

from components.cluster.contract import KubernetesCluster
from components.controllers.contract import Controllers
from components.edge.contract import Edge
from components.redis.component import Redis
from components.tiers.component import Tiers
from components.workloads.component import Workloads
from components.workloads.contract import AgentArgs, ApiArgs, CanaryArgs, RedisAccess, RouteArgs, WorkloadsArgs
from q2o_infra import versions
from q2o_infra.region import RegionFacts
from q2o_infra.release_rules import ReleaseFacts, RunFacts

EDGE_HEADROOM = 2
"""Connections of one proxy over the phase's users: a page opens several, and a reconnect overlaps its predecessor."""


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

"""Phase 1: network, cluster, controllers, a place for backups, Redis, the edge, the workloads, the recorder."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import ResourceOptions

from components.budget.contract import Budget
from components.cluster.contract import KubernetesCluster
from components.controllers.contract import Controllers
from components.edge.contract import Edge
from components.network.contract import Network
from components.observability.component import EvidenceRecorder
from components.recovery.contract import Recovery
from components.redis.component import Redis
from components.tiers.component import Tiers
from components.tiers.contract import TiersArgs
from components.workloads.component import Workloads
from q2o_infra.phases.clouds import parts_of
from q2o_infra.phases.data import create_redis
from q2o_infra.phases.evidence import create_recorder
from q2o_infra.phases.service import create_workloads
from q2o_infra.providers import create_kubernetes_provider, create_random_provider
from q2o_infra.region import RegionFacts
from q2o_infra.release_rules import ReleaseFacts


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What later phases build on."""

    network: Network
    cluster: KubernetesCluster
    controllers: Controllers
    recovery: Recovery
    redis: Redis
    edge: Edge
    workloads: Workloads
    recorder: EvidenceRecorder
    budget: Budget


def build(facts: RegionFacts, runs: ReleaseFacts) -> Foundation:
    """Register everything of phase 1."""
    parts = parts_of(facts.settings.cloud)
    cloud = parts.create_home_provider(facts)
    network = parts.create_network(facts, ResourceOptions(provider=cloud))
    cluster = parts.create_cluster(facts, network, ResourceOptions(provider=cloud))
    inside = create_kubernetes_provider(cluster)
    both = ResourceOptions(providers=[cloud, inside])
    controllers = parts.create_controllers(facts, network, cluster, both)
    tiers = Tiers("tiers", TiersArgs(cluster_resource=cluster.resource), ResourceOptions(provider=inside))
    recovery = parts.create_recovery(facts, ResourceOptions(provider=parts.create_recovery_provider(facts)))
    secrets = [inside, create_random_provider()]
    backups = parts.create_redis_backups(facts, cluster, recovery, ResourceOptions(provider=cloud))
    redis = create_redis(facts, cluster, controllers, tiers, ResourceOptions(providers=secrets), backups=backups)
    edge = parts.create_edge(facts, network, cluster, controllers, tiers, both)
    workloads = create_workloads(
        facts, runs, cluster, controllers, tiers, redis, edge, ResourceOptions(providers=secrets)
    )
    recorder = create_recorder(
        facts, cluster, controllers, tiers, redis, edge, workloads, ResourceOptions(provider=inside)
    )
    budget = parts.create_budget(facts, cluster, controllers, both)
    return Foundation(
        network=network,
        cluster=cluster,
        controllers=controllers,
        recovery=recovery,
        redis=redis,
        edge=edge,
        workloads=workloads,
        recorder=recorder,
        budget=budget,
    )

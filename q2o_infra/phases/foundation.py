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
from q2o_infra.capacity.instances import INSTANCE_TYPES
from q2o_infra.phases.data import create_recovery, create_redis, create_redis_backups
from q2o_infra.phases.evidence import create_recorder
from q2o_infra.phases.ground import create_cluster, create_controllers, create_network
from q2o_infra.phases.machines import ELASTIC_MACHINES
from q2o_infra.phases.service import create_edge, create_workloads
from q2o_infra.phases.spending import create_budget
from q2o_infra.providers import (
    create_cloud_provider,
    create_kubernetes_provider,
    create_random_provider,
    create_recovery_provider,
)
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
    cloud = create_cloud_provider(facts)
    network = create_network(facts, ResourceOptions(provider=cloud))
    cluster = create_cluster(facts, network, ResourceOptions(provider=cloud))
    inside = create_kubernetes_provider(cluster)
    controllers = create_controllers(facts, network, cluster, ResourceOptions(providers=[cloud, inside]))
    tiers = Tiers("tiers", TiersArgs(cluster_resource=cluster.resource), ResourceOptions(provider=inside))
    recovery = create_recovery(facts, ResourceOptions(provider=create_recovery_provider(facts)))
    secrets = [inside, create_random_provider()]
    backups = create_redis_backups(facts, cluster, recovery, ResourceOptions(provider=cloud))
    redis = create_redis(facts, cluster, controllers, tiers, ResourceOptions(providers=secrets), backups=backups)
    edge = create_edge(facts, network, cluster, controllers, tiers, ResourceOptions(providers=[cloud, inside]))
    workloads = create_workloads(
        facts, runs, cluster, controllers, tiers, redis, edge, ResourceOptions(providers=secrets)
    )
    recorder = create_recorder(
        facts, cluster, controllers, tiers, redis, edge, workloads, ResourceOptions(provider=inside)
    )
    budget = create_budget(
        facts,
        cluster,
        controllers,
        INSTANCE_TYPES[ELASTIC_MACHINES[0]],
        ResourceOptions(providers=[cloud, inside]),
    )
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

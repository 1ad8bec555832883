"""Phase 1: a network, a Kubernetes cluster, its controllers, the API and the agents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi import ResourceOptions

from components.cluster.aws import EksCluster
from components.cluster.contract import ClusterArgs, KubernetesCluster, SystemPoolArgs
from components.controllers.aws import EksControllers, EksControllersArgs
from components.controllers.contract import ChartSource, Controllers, ElasticPoolArgs
from components.network.aws import AwsNetwork
from components.network.contract import Network, NetworkArgs
from components.tiers.component import Tiers
from components.tiers.contract import TiersArgs
from components.workloads.component import Workloads
from components.workloads.contract import AgentArgs, ApiArgs, CanaryArgs, WorkloadsArgs
from q2o_infra import versions
from q2o_infra.capacity.addresses import SERVICE_ADDRESSES
from q2o_infra.capacity.instances import INSTANCE_TYPES
from q2o_infra.naming import physical_name
from q2o_infra.providers import (
    create_cloud_provider,
    create_kubernetes_provider,
    create_random_provider,
    tags,
)
from q2o_infra.region import RegionFacts
from q2o_infra.release_rules import ReleaseFacts, RunFacts

# 16 GiB for two cores: Redis and, from phase 2, search keep their data in memory.
SYSTEM_MACHINE = "r7g.large"
# The first is what the capacity arithmetic counts with; the others are what the autoscaler may fall back on.
ELASTIC_MACHINES = (
    "m7g.large",
    "m6g.large",
    "m8g.large",
    "c7g.xlarge",
    "c6g.xlarge",
    "c8g.xlarge",
    "m7g.xlarge",
    "m6g.xlarge",
    "m8g.xlarge",
    "r7g.large",
    "r6g.large",
    "r8g.large",
)


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What later phases build on."""

    network: Network
    cluster: KubernetesCluster
    controllers: Controllers
    workloads: Workloads


def build(facts: RegionFacts, runs: ReleaseFacts) -> Foundation:
    """Register everything of phase 1."""
    cloud = create_cloud_provider(facts)
    network = _network(facts, ResourceOptions(provider=cloud))
    cluster = _cluster(facts, network, ResourceOptions(provider=cloud))
    inside = create_kubernetes_provider(cluster)
    controllers = _controllers(facts, network, cluster, ResourceOptions(providers=[cloud, inside]))
    tiers = Tiers("tiers", TiersArgs(cluster_resource=cluster.resource), ResourceOptions(provider=inside))
    workloads = _workloads(
        facts,
        runs,
        cluster,
        controllers,
        tiers,
        ResourceOptions(providers=[inside, create_random_provider()]),
    )
    return Foundation(network=network, cluster=cluster, controllers=controllers, workloads=workloads)


def _cluster_name(facts: RegionFacts) -> str:
    return physical_name("cluster", facts.stack)


def _network(facts: RegionFacts, opts: ResourceOptions) -> AwsNetwork:
    return AwsNetwork(
        "network",
        NetworkArgs(
            addresses=facts.addresses,
            cluster_name=_cluster_name(facts),
            deletion_protection=facts.settings.deletion_protection,
            flow_log_retention_days=facts.settings.network.flow_log_retention_days,
            location=facts.location.name,
            nat=facts.settings.network.nat,
            tags=tags(facts),
        ),
        opts,
    )


def _cluster(facts: RegionFacts, network: Network, opts: ResourceOptions) -> EksCluster:
    return EksCluster(
        "cluster",
        ClusterArgs(
            administrators=facts.settings.cluster.administrators,
            addon_versions=versions.EKS_ADDONS,
            cluster_name=_cluster_name(facts),
            deletion_protection=facts.settings.deletion_protection,
            egress=network.egress,
            kubernetes_minor=versions.KUBERNETES_MINOR,
            location=facts.location.name,
            network_id=network.network_id,
            node_image=versions.EKS_NODE_IMAGE,
            private_subnet_ids=network.private_subnet_ids,
            public_access_ranges=facts.settings.cluster.public_access_ranges,
            service_addresses=SERVICE_ADDRESSES,
            system_pool=SystemPoolArgs(
                instance_type=INSTANCE_TYPES[SYSTEM_MACHINE], nodes=facts.contract.nodes_minimum
            ),
            tags=tags(facts),
        ),
        opts,
    )


def _controllers(facts: RegionFacts, network: Network, cluster: EksCluster, opts: ResourceOptions) -> EksControllers:
    return EksControllers(
        "controllers",
        EksControllersArgs(
            charts={
                name: ChartSource(chart=row.chart, repository=row.repository, version=row.version)
                for name, row in versions.CHARTS.items()
            },
            cluster=cluster,
            cluster_name=_cluster_name(facts),
            elastic_pool=ElasticPoolArgs(
                instance_types=tuple(INSTANCE_TYPES[name] for name in ELASTIC_MACHINES),
                nodes_maximum=facts.contract.nodes_maximum - facts.contract.nodes_minimum,
            ),
            location=facts.location.name,
            network_id=network.network_id,
            node_image=versions.EKS_NODE_IMAGE,
            node_security_group_id=cluster.node_security_group_id,
            tags=tags(facts),
            zones=facts.location.zones,
        ),
        opts,
    )


def _workloads(
    facts: RegionFacts,
    runs: ReleaseFacts,
    cluster: KubernetesCluster,
    controllers: Controllers,
    tiers: Tiers,
    opts: ResourceOptions,
) -> Workloads:
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
            redundancy=facts.contract.pods_per_kind_minimum,
            region=facts.place.region,
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

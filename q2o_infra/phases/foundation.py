"""Phase 1: network, cluster, controllers, a place for backups, Redis, the edge, the workloads, the recorder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi import Output, ResourceOptions

from components.budget.contract import Budget
from components.cluster.aws import EksCluster
from components.cluster.aws_contract import ZONE_ID_LABEL, WorkloadIdentity, WorkloadIdentityArgs
from components.cluster.contract import ClusterArgs, KubernetesCluster, SystemPoolArgs
from components.controllers.aws import EksControllers, EksControllersArgs
from components.controllers.contract import ChartSource, Controllers, ElasticPoolArgs
from components.controllers.values import CHARTS as CONTROLLER_CHARTS
from components.edge.aws import AwsEdge, AwsEdgeArgs
from components.edge.contract import METRICS_PORT, METRICS_PORT_NAME, Edge
from components.edge.proxy import PROXY_SELECTOR
from components.edge.values import CHARTS as EDGE_CHARTS
from components.namespaces.contract import DATA_NAMESPACE
from components.network.aws import AwsNetwork
from components.network.contract import Network, NetworkArgs
from components.observability.component import EvidenceRecorder
from components.observability.contract import CHARTS as RECORDER_CHARTS
from components.observability.contract import EvidenceRecorderArgs, Images, PodMetrics
from components.recovery.aws import AwsRecovery
from components.recovery.contract import Recovery, RecoveryArgs
from components.redis.aws import backup_statements
from components.redis.component import Redis
from components.redis.contract import BACKUP_SERVICE_ACCOUNT, EXPORTER_PORT, BackupArgs, ImageArgs, RedisArgs
from components.redis.labels import NODE_PODS
from components.tiers.component import Tiers
from components.tiers.contract import TiersArgs
from components.workloads.component import Workloads
from components.workloads.contract import PORT, AgentArgs, ApiArgs, CanaryArgs, RedisAccess, RouteArgs, WorkloadsArgs
from components.workloads.health import PORT_NAME, READINESS
from q2o_infra import versions
from q2o_infra.capacity.addresses import SERVICE_ADDRESSES
from q2o_infra.capacity.instances import INSTANCE_TYPES
from q2o_infra.naming import physical_name
from q2o_infra.phases.spending import create_budget, usual_nodes
from q2o_infra.providers import (
    create_cloud_provider,
    create_kubernetes_provider,
    create_random_provider,
    create_recovery_provider,
    tags,
)
from q2o_infra.region import RegionFacts
from q2o_infra.release_rules import ReleaseFacts, RunFacts
from q2o_infra.vocabulary import Tier

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


EDGE_HEADROOM = 2
"""Connections of one proxy over the phase's users: a page opens several, and a reconnect overlaps its predecessor."""


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
    network = _network(facts, ResourceOptions(provider=cloud))
    cluster = _cluster(facts, network, ResourceOptions(provider=cloud))
    inside = create_kubernetes_provider(cluster)
    controllers = _controllers(facts, network, cluster, ResourceOptions(providers=[cloud, inside]))
    tiers = Tiers("tiers", TiersArgs(cluster_resource=cluster.resource), ResourceOptions(provider=inside))
    recovery = _recovery(facts, ResourceOptions(provider=create_recovery_provider(facts)))
    secrets = [inside, create_random_provider()]
    backups = _redis_backups(facts, cluster, recovery, ResourceOptions(provider=cloud))
    redis = _redis(facts, cluster, controllers, tiers, ResourceOptions(providers=secrets), backups=backups)
    edge = _edge(facts, network, cluster, controllers, tiers, ResourceOptions(providers=[cloud, inside]))
    workloads = _workloads(facts, runs, cluster, controllers, tiers, redis, edge, ResourceOptions(providers=secrets))
    recorder = _recorder(facts, cluster, controllers, tiers, redis, edge, workloads, ResourceOptions(provider=inside))
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
            charts=_charts(*CONTROLLER_CHARTS),
            cluster=cluster,
            cluster_name=_cluster_name(facts),
            elastic_pool=ElasticPoolArgs(
                instance_types=tuple(INSTANCE_TYPES[name] for name in ELASTIC_MACHINES),
                nodes_maximum=usual_nodes(facts),
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


def _edge(
    facts: RegionFacts,
    network: Network,
    cluster: EksCluster,
    controllers: Controllers,
    tiers: Tiers,
    opts: ResourceOptions,
) -> AwsEdge:
    settings = facts.settings
    return AwsEdge(
        "edge",
        AwsEdgeArgs(
            access_log_retention_days=settings.edge.access_log_retention_days,
            account_id=settings.account_id,
            balancer_addresses=tuple(subnets.public for subnets in facts.addresses.zones),
            charts=_charts(*EDGE_CHARTS),
            cluster=cluster,
            cluster_name=_cluster_name(facts),
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


def _redis_backups(
    facts: RegionFacts, cluster: KubernetesCluster, recovery: Recovery, opts: ResourceOptions
) -> BackupArgs:
    identity = WorkloadIdentity(
        "redis-backup",
        WorkloadIdentityArgs(
            cluster_name=cluster.cluster_name,
            namespace=DATA_NAMESPACE,
            physical_cluster_name=_cluster_name(facts),
            role=BACKUP_SERVICE_ACCOUNT,
            service_account=BACKUP_SERVICE_ACCOUNT,
            statements=backup_statements(bucket_arn=recovery.bucket_arn, key_arn=recovery.key_arn, stack=facts.stack),
        ),
        opts,
    )
    return BackupArgs(
        bucket_name=recovery.bucket_name,
        identity=identity.association,
        interval_minutes=facts.settings.redis.backup_interval_minutes,
        location=facts.recovery.name,
        stack=facts.stack,
    )


def _redis(
    facts: RegionFacts,
    cluster: KubernetesCluster,
    controllers: Controllers,
    tiers: Tiers,
    opts: ResourceOptions,
    *,
    backups: BackupArgs | None,
) -> Redis:
    given = facts.settings.redis
    return Redis(
        "redis",
        RedisArgs(
            backups=backups,
            certificates=controllers.certificates,
            cluster_resource=cluster.resource,
            cpu_millicores=given.cpu_millicores,
            deletion_protection=facts.settings.deletion_protection,
            images=ImageArgs(
                backup=versions.RCLONE_IMAGE, exporter=versions.REDIS_EXPORTER_IMAGE, server=versions.VALKEY_IMAGE
            ),
            kubernetes_minor=versions.KUBERNETES_MINOR,
            memory_mib=given.memory_mib,
            node_timeout_milliseconds=given.node_timeout_milliseconds,
            priority_class=tiers.priority_classes[Tier.DATA.value],
            recovery_seconds=facts.contract.recovery_seconds,
            storage=controllers.storage,
            storage_class=controllers.storage_class,
            storage_gib=given.storage_gib,
            zone_label=ZONE_ID_LABEL,
            zones=facts.location.zones,
        ),
        opts,
    )


def _recovery(facts: RegionFacts, opts: ResourceOptions) -> AwsRecovery:
    settings, location = facts.settings, facts.recovery.name
    return AwsRecovery(
        "recovery",
        RecoveryArgs(
            account_id=settings.account_id,
            adopt_key_id=settings.recovery.adopt,
            # The location is part of it: another recovery location is another bucket, beside the one that is kept.
            bucket_name=physical_name("bucket", facts.stack, "recovery", location, settings.account_id),
            deletion_protection=settings.deletion_protection,
            home=facts.location.name,
            key_name=physical_name("key-alias", facts.stack, "recovery"),
            location=location,
            retention_days=settings.recovery.retention_days,
        ),
        opts,
    )


def _workloads(
    facts: RegionFacts,
    runs: ReleaseFacts,
    cluster: KubernetesCluster,
    controllers: Controllers,
    tiers: Tiers,
    redis: Redis,
    edge: Edge,
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


def _recorder(
    facts: RegionFacts,
    cluster: KubernetesCluster,
    controllers: Controllers,
    tiers: Tiers,
    redis: Redis,
    edge: Edge,
    workloads: Workloads,
    opts: ResourceOptions,
) -> EvidenceRecorder:
    api_namespace = workloads.namespaces.apply(lambda names: str(names[0]))
    return EvidenceRecorder(
        "recorder",
        EvidenceRecorderArgs(
            api=PodMetrics(
                # Of the tier, not of one Deployment: a canary's pods count as well.
                labels={"app.kubernetes.io/component": Tier.API.value},
                namespace=api_namespace,
                port=PORT,
                port_name=PORT_NAME,
            ),
            api_url=Output.concat(
                "http://", workloads.api_service, ".", api_namespace, f".svc.cluster.local:{PORT}{READINESS.path}"
            ),
            charts=_charts(*RECORDER_CHARTS),
            cluster_addresses=(facts.addresses.network, SERVICE_ADDRESSES),
            cluster_resource=cluster.resource,
            deletion_protection=facts.settings.deletion_protection,
            gateway=PodMetrics(
                labels=PROXY_SELECTOR,
                namespace=edge.gateway_namespace,
                port=METRICS_PORT,
                port_name=METRICS_PORT_NAME,
            ),
            images=Images(**versions.EVIDENCE_IMAGES),
            kubernetes_minor=versions.KUBERNETES_MINOR,
            labels={
                "environment": facts.settings.environment.value,
                "region": facts.place.region.value,
                "stack": facts.stack,
            },
            priority_class_name=tiers.priority_classes.apply(lambda names: names[Tier.API.value]),
            prometheus_version=versions.PROMETHEUS,
            public_url=Output.concat(edge.url, READINESS.path),
            redis=PodMetrics(labels=NODE_PODS, namespace=redis.namespace, port=EXPORTER_PORT, port_name="metrics"),
            storage_class=controllers.storage_class,
            storage_resource=controllers.storage,
            system_pods=cluster.system_pods,
            workers=(controllers.metrics,),
        ),
        opts,
    )


def _charts(*names: str) -> dict[str, ChartSource]:
    rows = {name: versions.CHARTS[name] for name in names}
    return {
        name: ChartSource(chart=row.chart, repository=row.repository, version=row.version) for name, row in rows.items()
    }


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

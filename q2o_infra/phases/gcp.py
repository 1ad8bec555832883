"""How Google Cloud does what differs between the clouds: providers, ground, backups, way in, budget."""

from __future__ import annotations

import pulumi_gcp as gcp
from pulumi import ProviderResource, ResourceOptions

from clouds.gcp.reservations import PODS_PER_NODE
from components.base.names import physical_name
from components.base.vocabulary import Cloud
from components.budget.gcp import GcpBudget, GcpBudgetArgs
from components.budget.gcp_guard import PoolBound
from components.cluster.contract import SystemPoolArgs
from components.cluster.gcp import GkeCluster, GkeClusterArgs
from components.cluster.gcp_contract import WorkloadIdentity, WorkloadIdentityArgs
from components.controllers.contract import ElasticPoolArgs
from components.controllers.gcp import CHARTS as CONTROLLER_CHARTS
from components.controllers.gcp import GkeControllers, GkeControllersArgs
from components.controllers.gcp_elastic_pool import shares
from components.edge.gcp import GcpEdge, GcpEdgeArgs
from components.edge.gcp_balancer import BALANCER_RANGES
from components.edge.values import CHARTS as EDGE_CHARTS
from components.namespaces.contract import DATA_NAMESPACE
from components.network.addresses import SERVICE_ADDRESSES
from components.network.gcp import PODS_RANGE, SERVICES_RANGE, GcpNetwork, GcpNetworkArgs
from components.recovery.gcp import GcpRecovery, GcpRecoveryArgs
from components.redis.contract import BACKUP_SERVICE_ACCOUNT, BackupArgs
from components.redis.gcp import backup_remote, backup_role
from components.tiers.component import Tiers
from q2o_infra import versions
from q2o_infra.phases.api_server import api_server_addresses
from q2o_infra.phases.contract import region_usd_per_month
from q2o_infra.phases.machines import elastic_machines, system_machine
from q2o_infra.phases.names import charts, tags
from q2o_infra.phases.service import EDGE_HEADROOM
from q2o_infra.phases.spending import reduced_nodes, usual_nodes
from q2o_infra.region import RegionFacts

CLOUD = Cloud.GCP


def create_home_provider(facts: RegionFacts) -> ProviderResource:
    """Return the provider of the region's home location, pinned to its project."""
    return _provider("home", facts, facts.location.name)


def create_recovery_provider(facts: RegionFacts) -> ProviderResource:
    """Return the provider of the region's recovery location, pinned to the same project."""
    return _provider("recovery", facts, facts.recovery.name)


def create_network(facts: RegionFacts, opts: ResourceOptions) -> GcpNetwork:
    """Register the network."""
    return GcpNetwork(
        "network",
        GcpNetworkArgs(
            addresses=facts.addresses,
            cluster_name=cluster_name(facts),
            deletion_protection=facts.settings.deletion_protection,
            flow_log_retention_days=facts.settings.network.flow_log_retention_days,
            generation=facts.gcp.generation,
            location=facts.location.name,
            nat=facts.settings.network.nat,
            project_id=facts.gcp.project_id,
            service_addresses=SERVICE_ADDRESSES,
            tags=tags(facts),
        ),
        opts,
    )


def create_cluster(facts: RegionFacts, network: GcpNetwork, opts: ResourceOptions) -> GkeCluster:
    """Register the cluster."""
    return GkeCluster(
        "cluster",
        GkeClusterArgs(
            addon_versions={},
            administrators=facts.gcp.administrators,
            cluster_name=cluster_name(facts),
            deletion_protection=facts.settings.deletion_protection,
            egress=network.egress,
            generation=facts.gcp.generation,
            kubernetes_minor=versions.KUBERNETES_MINOR,
            location=facts.location.name,
            network_id=network.network_id,
            node_image=versions.GKE_VERSION,
            pods_per_node=PODS_PER_NODE,
            pods_range=PODS_RANGE,
            private_subnet_ids=network.private_subnet_ids,
            project_id=facts.gcp.project_id,
            public_access_ranges=facts.settings.cluster.public_access_ranges,
            service_addresses=SERVICE_ADDRESSES,
            services_range=SERVICES_RANGE,
            system_pool=SystemPoolArgs(
                instance_type=system_machine(CLOUD, facts.location.name), nodes=facts.contract.nodes_minimum
            ),
            tags=tags(facts),
            zones=facts.location.zones,
        ),
        opts,
    )


def create_controllers(
    facts: RegionFacts, network: GcpNetwork, cluster: GkeCluster, opts: ResourceOptions
) -> GkeControllers:
    """Register the controllers of the cluster."""
    return GkeControllers(
        "controllers",
        GkeControllersArgs(
            charts=charts(*CONTROLLER_CHARTS),
            cluster=cluster,
            cluster_name=cluster_name(facts),
            elastic_pool=ElasticPoolArgs(
                instance_types=elastic_machines(CLOUD, facts.location.name), nodes_maximum=usual_nodes(facts)
            ),
            location=facts.location.name,
            network_id=network.network_id,
            node_image=versions.GKE_VERSION,
            pods_per_node=PODS_PER_NODE,
            project_id=facts.gcp.project_id,
            tags=tags(facts),
            zones=facts.location.zones,
        ),
        opts,
    )


def create_recovery(facts: RegionFacts, opts: ResourceOptions) -> GcpRecovery:
    """Register the place for backups."""
    settings, location, project_id = facts.settings, facts.recovery.name, facts.gcp.project_id
    return GcpRecovery(
        "recovery",
        GcpRecoveryArgs(
            account_id=project_id,
            adopt_key_id=settings.recovery.adopt,
            # The location is part of it: another recovery location is another bucket, beside the one that is kept.
            bucket_name=physical_name("bucket", facts.stack, "recovery", location, project_id),
            deletion_protection=settings.deletion_protection,
            generation=facts.gcp.generation,
            home=facts.location.name,
            key_name=physical_name("gcp-key-ring", facts.stack, "recovery"),
            location=location,
            retention_days=settings.recovery.retention_days,
            tags=tags(facts),
        ),
        opts,
    )


def create_redis_backups(
    facts: RegionFacts, cluster: GkeCluster, recovery: GcpRecovery, opts: ResourceOptions
) -> BackupArgs:
    """Register who may back Redis up, and return where to and how often."""
    identity = WorkloadIdentity(
        "redis-backup",
        WorkloadIdentityArgs(
            cluster_identifier=cluster.cluster_identifier,
            namespace=DATA_NAMESPACE,
            project_id=facts.gcp.project_id,
            project_number=cluster.project_number,
            roles=(backup_role(bucket_name=recovery.bucket_name, stack=facts.stack),),
            service_account=BACKUP_SERVICE_ACCOUNT,
        ),
        opts,
    )
    return BackupArgs(
        bucket_name=recovery.bucket_name,
        credential_source=cluster.credential_source,
        identity=identity.rights[0],
        interval_minutes=facts.settings.redis.backup_interval_minutes,
        remote=backup_remote(),
        stack=facts.stack,
    )


def create_edge(
    facts: RegionFacts,
    network: GcpNetwork,
    cluster: GkeCluster,
    controllers: GkeControllers,
    tiers: Tiers,
    opts: ResourceOptions,
) -> GcpEdge:
    """Register the way in."""
    settings = facts.settings
    return GcpEdge(
        "edge",
        GcpEdgeArgs(
            access_log_retention_days=settings.edge.access_log_retention_days,
            balancer_addresses=BALANCER_RANGES,
            charts=charts(*EDGE_CHARTS),
            cluster=cluster,
            cluster_name=cluster_name(facts),
            # One proxy can carry everybody, while the others are being replaced.
            connections_maximum=EDGE_HEADROOM * facts.contract.concurrent_users,
            deletion_protection=settings.deletion_protection,
            generation=facts.gcp.generation,
            host=facts.host,
            kubernetes_addresses=api_server_addresses(facts),
            kubernetes_minor=versions.KUBERNETES_MINOR,
            load_balancing=controllers.load_balancing,
            location=facts.location.name,
            network_id=network.network_id,
            priority_classes=tiers.priority_classes,
            project_id=facts.gcp.project_id,
            proxy_image=versions.ENVOY_IMAGE,
            public_subnet_ids=network.public_subnet_ids,
            tags=tags(facts),
            waf_enabled=settings.edge.waf,
            zone_id=facts.gcp.zone_id,
            zone_name=settings.edge.zone_name,
            zone_names=facts.location.zones,
            zones=facts.contract.zones,
        ),
        opts,
    )


def create_budget(
    facts: RegionFacts, cluster: GkeCluster, controllers: GkeControllers, opts: ResourceOptions
) -> GcpBudget:
    """Register the budget, and the guard of the elastic pools' limits."""
    settings, name = facts.settings, cluster_name(facts)
    usual = usual_nodes(facts)
    reduced = min(usual, reduced_nodes(facts))
    pools = controllers.elastic_pools
    return GcpBudget(
        "budget",
        GcpBudgetArgs(
            amount_usd_per_month=region_usd_per_month(facts.contract, facts.place.region),
            billing_account=facts.gcp.billing_account,
            budget_name=physical_name("gcp-budget", facts.stack),
            cluster_identifier=cluster.cluster_identifier,
            cluster_path=f"projects/{facts.gcp.project_id}/locations/{facts.location.name}/clusters/{name}",
            cluster_resource=cluster.resource,
            credential_source=cluster.credential_source,
            deletion_protection=settings.deletion_protection,
            elastic_pool=controllers.elastic_pool,
            generation=facts.gcp.generation,
            image=versions.CURL_IMAGE,
            kubernetes_addresses=api_server_addresses(facts),
            kubernetes_minor=versions.KUBERNETES_MINOR,
            location=facts.location.name,
            nodes_reduced=reduced,
            nodes_usual=usual,
            physical_cluster_name=name,
            pools=tuple(
                PoolBound(name=pool, reduced=least, usual=most)
                for (pool, most), least in zip(pools.items(), shares(reduced, len(pools)), strict=True)
            ),
            project_id=facts.gcp.project_id,
            project_number=cluster.project_number,
            recipients=settings.budget.recipients,
            stack=facts.stack,
            tags=tags(facts),
        ),
        opts,
    )


def cluster_name(facts: RegionFacts) -> str:
    """Return the physical name of the region's cluster, within what GKE takes."""
    return physical_name("gcp-cluster", facts.stack)


def _provider(name: str, facts: RegionFacts, location: str) -> ProviderResource:
    return gcp.Provider(
        name,
        # Its own label would be a difference to everything that was made without.
        add_pulumi_attribution_label=False,
        # Billing Budgets wants a project that the question counts for, and a person's login names none.
        billing_project=facts.gcp.project_id,
        default_labels=tags(facts),
        project=facts.gcp.project_id,
        region=location,
        user_project_override=True,
    )

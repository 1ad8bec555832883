"""How Azure does what differs between the clouds: providers, ground, backups, way in, budget."""

from __future__ import annotations

from pulumi import ProviderResource, ResourceOptions
from pulumi_azure_native.provider import Provider

from components.base.names import physical_name
from components.base.vocabulary import Cloud
from components.budget.azure import AzureBudget, AzureBudgetArgs
from components.cluster.azure import AksCluster, AksClusterArgs
from components.cluster.azure_contract import (
    IDENTITY_ANNOTATION,
    IDENTITY_LABEL,
    WorkloadIdentity,
    WorkloadIdentityArgs,
)
from components.cluster.contract import SystemPoolArgs
from components.controllers.azure import CHARTS as CONTROLLER_CHARTS
from components.controllers.azure import AksControllers, AksControllersArgs
from components.controllers.contract import ElasticPoolArgs
from components.edge.azure import AzureEdge, AzureEdgeArgs
from components.edge.values import CHARTS as EDGE_CHARTS
from components.keys.azure_contract import vault_name
from components.namespaces.contract import DATA_NAMESPACE
from components.network.addresses import SERVICE_ADDRESSES
from components.network.azure import AzureNetwork
from components.network.azure_contract import AzureNetworkArgs
from components.recovery.azure import AzureRecovery, AzureRecoveryArgs
from components.redis.azure import backup_remote, backup_rights
from components.redis.contract import BACKUP_SERVICE_ACCOUNT, BackupArgs
from components.tiers.component import Tiers
from q2o_infra import versions
from q2o_infra.phases.api_server import EVERYWHERE, api_server_addresses
from q2o_infra.phases.contract import region_usd_per_month
from q2o_infra.phases.machines import elastic_machines, system_machine
from q2o_infra.phases.names import charts, cluster_name, tags
from q2o_infra.phases.service import EDGE_HEADROOM
from q2o_infra.phases.spending import reduced_nodes, usual_nodes
from q2o_infra.region import RegionFacts


def create_home_provider(facts: RegionFacts) -> ProviderResource:
    """Return the provider of the region's home location, pinned to its subscription."""
    return _provider("home", facts, facts.location.name)


def create_recovery_provider(facts: RegionFacts) -> ProviderResource:
    """Return the provider of the region's recovery location, pinned to the same subscription."""
    return _provider("recovery", facts, facts.recovery.name)


def create_network(facts: RegionFacts, opts: ResourceOptions) -> AzureNetwork:
    """Register the network."""
    return AzureNetwork(
        "network",
        AzureNetworkArgs(
            addresses=facts.addresses,
            cluster_name=cluster_name(facts),
            deletion_protection=facts.settings.deletion_protection,
            flow_log_retention_days=facts.settings.network.flow_log_retention_days,
            location=facts.location.name,
            nat=facts.settings.network.nat,
            subscription_id=facts.azure.subscription_id,
            tags=tags(facts),
        ),
        opts,
    )


def create_cluster(facts: RegionFacts, network: AzureNetwork, opts: ResourceOptions) -> AksCluster:
    """Register the cluster."""
    return AksCluster(
        "cluster",
        AksClusterArgs(
            administrators=facts.azure.administrators,
            balancer_address_id=network.balancer_address.id,
            cluster_name=cluster_name(facts),
            deletion_protection=facts.settings.deletion_protection,
            egress=network.egress,
            egress_addresses=network.egress_addresses,
            kubernetes_minor=versions.KUBERNETES_MINOR,
            location=facts.location.name,
            network_id=network.network_id,
            private_subnet_ids=network.private_subnet_ids,
            public_access_ranges=facts.settings.cluster.public_access_ranges,
            resource_group_name=network.resource_group_name,
            service_addresses=SERVICE_ADDRESSES,
            subscription_id=facts.azure.subscription_id,
            system_pool=SystemPoolArgs(
                instance_type=system_machine(Cloud.AZURE, facts.location.name), nodes=facts.contract.nodes_minimum
            ),
            tags=tags(facts),
            tenant_id=facts.azure.tenant_id,
            vault_generation=facts.azure.vault_generation,
            zones=facts.location.zones,
        ),
        opts,
    )


def create_controllers(
    facts: RegionFacts, network: AzureNetwork, cluster: AksCluster, opts: ResourceOptions
) -> AksControllers:
    """Register the controllers of the cluster."""
    return AksControllers(
        "controllers",
        AksControllersArgs(
            charts=charts(*CONTROLLER_CHARTS),
            cluster=cluster,
            cluster_name=cluster_name(facts),
            elastic_pool=ElasticPoolArgs(
                instance_types=elastic_machines(Cloud.AZURE, facts.location.name), nodes_maximum=usual_nodes(facts)
            ),
            location=facts.location.name,
            network_id=network.network_id,
            private_subnet_ids=network.private_subnet_ids,
            tags=tags(facts),
            zones=facts.location.zones,
        ),
        opts,
    )


def create_recovery(facts: RegionFacts, opts: ResourceOptions) -> AzureRecovery:
    """Register the place for backups."""
    settings = facts.settings
    return AzureRecovery(
        "recovery",
        AzureRecoveryArgs(
            account_id=facts.azure.subscription_id,
            account_name=_recovery_account(facts),
            adopt_key_id=settings.recovery.adopt,
            bucket_name=physical_name("storage-container", facts.stack, "recovery"),
            cluster_name=cluster_name(facts),
            deletion_protection=settings.deletion_protection,
            home=facts.location.name,
            key_name="recovery",
            location=facts.recovery.name,
            retention_days=settings.recovery.retention_days,
            tags=tags(facts),
            tenant_id=facts.azure.tenant_id,
            vault_name=vault_name(
                facts.stack,
                facts.recovery.name,
                generation=facts.azure.vault_generation,
                subscription_id=facts.azure.subscription_id,
            ),
        ),
        opts,
    )


def create_redis_backups(
    facts: RegionFacts, cluster: AksCluster, recovery: AzureRecovery, opts: ResourceOptions
) -> BackupArgs:
    """Register who may back Redis up, and return where to and how often."""
    identity = WorkloadIdentity(
        "redis-backup",
        WorkloadIdentityArgs(
            issuer=cluster.oidc_issuer,
            location=facts.location.name,
            namespace=DATA_NAMESPACE,
            physical_cluster_name=cluster_name(facts),
            resource_group_name=cluster.resource_group_name,
            rights=backup_rights(
                account_id=recovery.account_id, container_name=recovery.bucket_name, stack=facts.stack
            ),
            role=BACKUP_SERVICE_ACCOUNT,
            service_account=BACKUP_SERVICE_ACCOUNT,
            subscription_id=facts.azure.subscription_id,
            tags=tags(facts),
        ),
        opts,
    )
    return BackupArgs(
        account_annotations={IDENTITY_ANNOTATION: identity.client_id},
        bucket_name=recovery.bucket_name,
        credential_source=cluster.credential_source,
        identity=identity.credential,
        interval_minutes=facts.settings.redis.backup_interval_minutes,
        pod_labels=IDENTITY_LABEL,
        remote=backup_remote(_recovery_account(facts)),
        stack=facts.stack,
    )


def create_edge(
    facts: RegionFacts,
    network: AzureNetwork,
    cluster: AksCluster,
    controllers: AksControllers,
    tiers: Tiers,
    opts: ResourceOptions,
) -> AzureEdge:
    """Register the way in."""
    settings = facts.settings
    return AzureEdge(
        "edge",
        AzureEdgeArgs(
            access_log_retention_days=settings.edge.access_log_retention_days,
            address=network.balancer_address.ip_address.apply(str),
            address_id=network.balancer_address.id,
            address_name=network.balancer_address.name,
            balancer_addresses=(EVERYWHERE,),
            certificates=controllers.certificates,
            charts=charts(*EDGE_CHARTS),
            cluster=cluster,
            cluster_name=cluster_name(facts),
            # One proxy can carry everybody, while the others are being replaced.
            connections_maximum=EDGE_HEADROOM * facts.contract.concurrent_users,
            deletion_protection=settings.deletion_protection,
            host=facts.host,
            issuer=cluster.oidc_issuer,
            kubernetes_addresses=api_server_addresses(facts),
            kubernetes_minor=versions.KUBERNETES_MINOR,
            location=facts.location.name,
            network_id=network.network_id,
            priority_classes=tiers.priority_classes,
            proxy_image=versions.ENVOY_IMAGE,
            public_subnet_ids=network.public_subnet_ids,
            resource_group_name=network.resource_group_name,
            security_group_name=network.security_group_name,
            subscription_id=facts.azure.subscription_id,
            tags=tags(facts),
            tenant_id=facts.azure.tenant_id,
            waf_enabled=settings.edge.waf,
            zone_id=facts.azure.zone_id,
            zone_name=settings.edge.zone_name,
            zones=facts.contract.zones,
        ),
        opts,
    )


def create_budget(
    facts: RegionFacts, cluster: AksCluster, controllers: AksControllers, opts: ResourceOptions
) -> AzureBudget:
    """Register the budget, and the guard of the elastic pool's limit."""
    settings = facts.settings
    usual = usual_nodes(facts)
    return AzureBudget(
        "budget",
        AzureBudgetArgs(
            amount_usd_per_month=region_usd_per_month(facts.contract, facts.place.region),
            budget_name=physical_name("consumption-budget", facts.stack),
            cluster_resource=cluster.resource,
            credential_source=cluster.credential_source,
            deletion_protection=settings.deletion_protection,
            elastic_pool=controllers.elastic_pool,
            group_name=physical_name("action-group", facts.stack, "budget"),
            image=versions.CURL_IMAGE,
            issuer=cluster.oidc_issuer,
            kubernetes_addresses=api_server_addresses(facts),
            kubernetes_minor=versions.KUBERNETES_MINOR,
            location=facts.location.name,
            nodes_reduced=min(usual, reduced_nodes(facts)),
            nodes_usual=usual,
            physical_cluster_name=cluster_name(facts),
            recipients=settings.budget.recipients,
            resource_group_name=cluster.resource_group_name,
            stack=facts.stack,
            subscription_id=facts.azure.subscription_id,
            tags=tags(facts),
        ),
        opts,
    )


def _recovery_account(facts: RegionFacts) -> str:
    """Return the name of the backups' account; another recovery location is another, beside the one that is kept."""
    return physical_name(
        "storage-account", facts.stack, facts.azure.subscription_id, "recovery", facts.recovery.name.replace("-", "")
    )


def _provider(name: str, facts: RegionFacts, location: str) -> ProviderResource:
    return Provider(
        name,
        location=location,
        subscription_id=facts.azure.subscription_id,
        tenant_id=facts.azure.tenant_id,
    )

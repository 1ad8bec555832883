"""How AWS does what differs between the clouds: providers, ground, backups, way in, budget."""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import ProviderResource, ResourceOptions

from components.base.names import physical_name
from components.base.vocabulary import Cloud
from components.budget.aws import AwsBudget, AwsBudgetArgs
from components.cluster.aws import EksCluster
from components.cluster.aws_contract import WorkloadIdentity, WorkloadIdentityArgs
from components.cluster.contract import ClusterArgs, SystemPoolArgs
from components.controllers.aws import EksControllers, EksControllersArgs
from components.controllers.contract import ElasticPoolArgs
from components.controllers.values import CHARTS as CONTROLLER_CHARTS
from components.edge.aws import AwsEdge, AwsEdgeArgs
from components.edge.values import CHARTS as EDGE_CHARTS
from components.namespaces.contract import DATA_NAMESPACE
from components.network.addresses import SERVICE_ADDRESSES
from components.network.aws import AwsNetwork
from components.network.contract import NetworkArgs
from components.recovery.aws import AwsRecovery
from components.recovery.contract import RecoveryArgs
from components.redis.aws import backup_remote, backup_statements
from components.redis.contract import BACKUP_SERVICE_ACCOUNT, BackupArgs
from components.tiers.component import Tiers
from q2o_infra import versions
from q2o_infra.phases.api_server import api_server_addresses
from q2o_infra.phases.contract import region_usd_per_month
from q2o_infra.phases.machines import elastic_machines, system_machine
from q2o_infra.phases.names import charts, cluster_name, tags
from q2o_infra.phases.service import EDGE_HEADROOM
from q2o_infra.phases.spending import reduced_nodes, usual_nodes
from q2o_infra.region import RegionFacts

CLOUD = Cloud.AWS


def create_home_provider(facts: RegionFacts) -> ProviderResource:
    """Return the provider of the region's home location, pinned to its account."""
    return _provider("home", facts, facts.location.name)


def create_recovery_provider(facts: RegionFacts) -> ProviderResource:
    """Return the provider of the region's recovery location, pinned to the same account."""
    return _provider("recovery", facts, facts.recovery.name)


def create_network(facts: RegionFacts, opts: ResourceOptions) -> AwsNetwork:
    """Register the network."""
    return AwsNetwork(
        "network",
        NetworkArgs(
            addresses=facts.addresses,
            cluster_name=cluster_name(facts),
            deletion_protection=facts.settings.deletion_protection,
            flow_log_retention_days=facts.settings.network.flow_log_retention_days,
            location=facts.location.name,
            nat=facts.settings.network.nat,
            tags=tags(facts),
        ),
        opts,
    )


def create_cluster(facts: RegionFacts, network: AwsNetwork, opts: ResourceOptions) -> EksCluster:
    """Register the cluster."""
    return EksCluster(
        "cluster",
        ClusterArgs(
            administrators=facts.aws.administrators,
            addon_versions=versions.EKS_ADDONS,
            cluster_name=cluster_name(facts),
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
                instance_type=system_machine(CLOUD, facts.location.name), nodes=facts.contract.nodes_minimum
            ),
            tags=tags(facts),
        ),
        opts,
    )


def create_controllers(
    facts: RegionFacts, network: AwsNetwork, cluster: EksCluster, opts: ResourceOptions
) -> EksControllers:
    """Register the controllers of the cluster."""
    return EksControllers(
        "controllers",
        EksControllersArgs(
            charts=charts(*CONTROLLER_CHARTS),
            cluster=cluster,
            cluster_name=cluster_name(facts),
            elastic_pool=ElasticPoolArgs(
                instance_types=elastic_machines(CLOUD, facts.location.name),
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


def create_recovery(facts: RegionFacts, opts: ResourceOptions) -> AwsRecovery:
    """Register the place for backups."""
    settings, location = facts.settings, facts.recovery.name
    return AwsRecovery(
        "recovery",
        RecoveryArgs(
            account_id=facts.aws.account_id,
            adopt_key_id=settings.recovery.adopt,
            # The location is part of it: another recovery location is another bucket, beside the one that is kept.
            bucket_name=physical_name("bucket", facts.stack, "recovery", location, facts.aws.account_id),
            deletion_protection=settings.deletion_protection,
            home=facts.location.name,
            key_name=physical_name("key-alias", facts.stack, "recovery"),
            location=location,
            retention_days=settings.recovery.retention_days,
        ),
        opts,
    )


def create_redis_backups(
    facts: RegionFacts, cluster: EksCluster, recovery: AwsRecovery, opts: ResourceOptions
) -> BackupArgs:
    """Register who may back Redis up, and return where to and how often."""
    identity = WorkloadIdentity(
        "redis-backup",
        WorkloadIdentityArgs(
            cluster_name=cluster.cluster_name,
            namespace=DATA_NAMESPACE,
            physical_cluster_name=cluster_name(facts),
            role=BACKUP_SERVICE_ACCOUNT,
            service_account=BACKUP_SERVICE_ACCOUNT,
            statements=backup_statements(bucket_arn=recovery.bucket_arn, key_arn=recovery.key_arn, stack=facts.stack),
        ),
        opts,
    )
    return BackupArgs(
        bucket_name=recovery.bucket_name,
        credential_source=cluster.credential_source,
        identity=identity.association,
        interval_minutes=facts.settings.redis.backup_interval_minutes,
        remote=backup_remote(facts.recovery.name),
        stack=facts.stack,
    )


def create_edge(
    facts: RegionFacts,
    network: AwsNetwork,
    cluster: EksCluster,
    controllers: EksControllers,
    tiers: Tiers,
    opts: ResourceOptions,
) -> AwsEdge:
    """Register the way in."""
    settings = facts.settings
    return AwsEdge(
        "edge",
        AwsEdgeArgs(
            access_log_retention_days=settings.edge.access_log_retention_days,
            account_id=facts.aws.account_id,
            balancer_addresses=tuple(subnets.public for subnets in facts.addresses.zones),
            charts=charts(*EDGE_CHARTS),
            cluster=cluster,
            cluster_name=cluster_name(facts),
            # One proxy can carry everybody, while the others are being replaced.
            connections_maximum=EDGE_HEADROOM * facts.contract.concurrent_users,
            deletion_protection=settings.deletion_protection,
            host=facts.host,
            kubernetes_addresses=api_server_addresses(facts),
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
            zone_id=facts.aws.zone_id,
            zone_name=settings.edge.zone_name,
            zones=facts.contract.zones,
        ),
        opts,
    )


def create_budget(
    facts: RegionFacts, cluster: EksCluster, controllers: EksControllers, opts: ResourceOptions
) -> AwsBudget:
    """Register the budget, and the guard of the elastic pool's limit."""
    settings = facts.settings
    usual = usual_nodes(facts)
    return AwsBudget(
        "budget",
        AwsBudgetArgs(
            account_id=facts.aws.account_id,
            amount_usd_per_month=region_usd_per_month(facts.contract, facts.place.region),
            budget_name=physical_name("budget", facts.stack),
            cluster_name=cluster.cluster_name,
            cluster_resource=cluster.resource,
            credential_source=cluster.credential_source,
            deletion_protection=settings.deletion_protection,
            elastic_pool=controllers.elastic_pool,
            image=versions.AWS_CLI_IMAGE,
            kubernetes_addresses=api_server_addresses(facts),
            kubernetes_minor=versions.KUBERNETES_MINOR,
            nodes_reduced=min(usual, reduced_nodes(facts)),
            nodes_usual=usual,
            physical_cluster_name=cluster_name(facts),
            recipients=settings.budget.recipients,
            stack=facts.stack,
            topic_name=physical_name("topic", facts.stack, "budget"),
        ),
        opts,
    )


def _provider(name: str, facts: RegionFacts, location: str) -> ProviderResource:
    return aws.Provider(
        name,
        allowed_account_ids=[facts.aws.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=tags(facts)),
        region=location,
    )

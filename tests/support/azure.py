"""Components on Azure with everything that they are given, for tests of their parts."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

from pulumi import Resource, ResourceOptions
from pulumi_azure_native.provider import Provider

from clouds.locations import LOCATIONS
from clouds.machines import INSTANCE_TYPES
from components.base.vocabulary import Cloud, NatMode, Tier
from components.budget.azure import AzureBudgetArgs
from components.charts.contract import ChartSource
from components.cluster.azure import AksCluster, AksClusterArgs
from components.cluster.contract import SystemPoolArgs
from components.edge.azure import AzureEdgeArgs
from components.edge.values import CHARTS
from components.network.addresses import SERVICE_ADDRESSES, plan_addresses
from components.network.azure import AzureNetwork
from components.network.azure_contract import AzureNetworkArgs
from components.recovery.azure import AzureRecoveryArgs
from components.tiers.contract import priority_class_name

SUBSCRIPTION = "10000000-0000-4000-8000-000000000001"
TENANT = "10000000-0000-4000-8000-000000000002"
GROUP = "10000000-0000-4000-8000-000000000003"
TAGS = {"q2o-stack": "us-east"}
HERE = LOCATIONS[Cloud.AZURE, "eastus2"]
NETWORK = IPv4Network("10.16.0.0/16")


def provider(name: str = "home", location: str = HERE.name) -> Provider:
    """Make a provider; meant for the inside of a program."""
    return Provider(name, location=location, subscription_id=SUBSCRIPTION, tenant_id=TENANT)


def network_args(prefix: str = "us-east", **changes: Any) -> AzureNetworkArgs:
    """Return the arguments of a network."""
    given: dict[str, Any] = {
        "addresses": plan_addresses(where="network.cidr", network=NETWORK, zones=HERE.zones, nodes=100),
        "cluster_name": f"q2o-{prefix}",
        "location": HERE.name,
        "nat": NatMode.SINGLE,
        "subscription_id": SUBSCRIPTION,
        "tags": TAGS,
        **changes,
    }
    return AzureNetworkArgs(**given)


def make_network(name: str = "network", **changes: Any) -> Callable[[], AzureNetwork]:
    """Return a program that makes a network."""
    return lambda: AzureNetwork(name, network_args(**changes), ResourceOptions(provider=provider()))


def cluster_args(network: AzureNetwork, prefix: str = "us-east", **changes: Any) -> AksClusterArgs:
    """Return the arguments of a cluster."""
    given: dict[str, Any] = {
        "administrators": (GROUP,),
        "balancer_address_id": network.balancer_address.id,
        "cluster_name": f"q2o-{prefix}",
        "egress": network.egress,
        "egress_addresses": network.egress_addresses,
        "kubernetes_minor": "1.36",
        "location": HERE.name,
        "network_id": network.network_id,
        "private_subnet_ids": network.private_subnet_ids,
        "resource_group_name": network.resource_group_name,
        "service_addresses": SERVICE_ADDRESSES,
        "subscription_id": SUBSCRIPTION,
        "system_pool": SystemPoolArgs(instance_type=INSTANCE_TYPES["Standard_E2ps_v6"], nodes=3),
        "tags": TAGS,
        "tenant_id": TENANT,
        "zones": HERE.zones,
        **changes,
    }
    return AksClusterArgs(**given)


def edge_args(
    prefix: str, network: AzureNetwork, cluster: AksCluster, certificates: Resource, image: str
) -> AzureEdgeArgs:
    """Return the arguments of an edge."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/dns"
    return AzureEdgeArgs(
        access_log_retention_days=90,
        address=network.balancer_address.ip_address.apply(str),
        address_id=network.balancer_address.id,
        address_name=network.balancer_address.name,
        balancer_addresses=(IPv4Network("0.0.0.0/0"),),
        certificates=certificates,
        charts={chart: ChartSource(chart=chart, repository="oci://charts.example", version="1") for chart in CHARTS},
        cluster=cluster,
        cluster_name=f"q2o-{prefix}",
        connections_maximum=10_000,
        host="api.example.com",
        issuer=cluster.oidc_issuer,
        kubernetes_addresses=(SERVICE_ADDRESSES, NETWORK),
        kubernetes_minor="1.36",
        location=HERE.name,
        network_id=network.network_id,
        priority_classes={tier.value: priority_class_name(tier) for tier in Tier},
        proxy_image=image,
        public_subnet_ids=network.public_subnet_ids,
        resource_group_name=network.resource_group_name,
        security_group_name=network.security_group_name,
        subscription_id=SUBSCRIPTION,
        tags=TAGS,
        tenant_id=TENANT,
        zone_id=f"{group}/providers/Microsoft.Network/dnsZones/example.com",
        zone_name="example.com",
        zones=3,
    )


def budget_args(
    prefix: str, network: AzureNetwork, cluster: AksCluster, elastic_pool: Resource, image: str
) -> AzureBudgetArgs:
    """Return the arguments of a budget."""
    return AzureBudgetArgs(
        amount_usd_per_month=800,
        budget_name=f"q2o-{prefix}",
        cluster_resource=cluster.resource,
        credential_source=None,
        elastic_pool=elastic_pool,
        group_name=f"q2o-{prefix}-budget",
        image=image,
        issuer=cluster.oidc_issuer,
        kubernetes_addresses=(SERVICE_ADDRESSES, NETWORK),
        kubernetes_minor="1.36",
        location=HERE.name,
        nodes_reduced=4,
        nodes_usual=97,
        physical_cluster_name=f"q2o-{prefix}",
        recipients=("platform@example.com",),
        resource_group_name=network.resource_group_name,
        stack=prefix,
        subscription_id=SUBSCRIPTION,
        tags=TAGS,
    )


def recovery_args(prefix: str = "us-east", **changes: Any) -> AzureRecoveryArgs:
    """Return the arguments of a place for backups."""
    given: dict[str, Any] = {
        "account_id": SUBSCRIPTION,
        "account_name": f"q2o{prefix.replace('-', '')}recovery",
        "bucket_name": f"q2o-{prefix}-recovery",
        "cluster_name": f"q2o-{prefix}",
        "home": HERE.name,
        "key_name": "recovery",
        "location": "centralus",
        "tags": TAGS,
        "tenant_id": TENANT,
        "vault_name": f"q2o-{prefix}-1",
        **changes,
    }
    return AzureRecoveryArgs(**given)

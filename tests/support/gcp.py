"""Components on Google Cloud with everything that they are given, for tests of their parts."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, ProviderResource, Resource, ResourceOptions

from clouds.locations import LOCATIONS
from clouds.machines import INSTANCE_TYPES
from components.base.vocabulary import Cloud, NatMode, Tier
from components.budget.gcp import GcpBudget, GcpBudgetArgs
from components.budget.gcp_guard import PoolBound
from components.charts.contract import ChartSource
from components.cluster.contract import SystemPoolArgs
from components.cluster.gcp import GkeCluster, GkeClusterArgs
from components.cluster.gcp_contract import METADATA_SERVER, WorkloadIdentity, WorkloadIdentityArgs
from components.controllers.contract import ElasticPoolArgs
from components.controllers.gcp import CHARTS as CONTROLLER_CHARTS
from components.controllers.gcp import GkeControllers, GkeControllersArgs
from components.edge.gcp import GcpEdge, GcpEdgeArgs
from components.edge.gcp_balancer import BALANCER_RANGES
from components.edge.values import CHARTS as EDGE_CHARTS
from components.network.addresses import SERVICE_ADDRESSES, plan_addresses
from components.network.gcp import PODS_RANGE, SERVICES_RANGE, GcpNetwork, GcpNetworkArgs
from components.recovery.gcp import GcpRecovery, GcpRecoveryArgs
from components.redis.gcp import backup_role
from components.tiers.contract import priority_class_name
from q2o_infra import versions
from q2o_infra.phases.machines import elastic_machines
from q2o_infra.plan.recorder import Recording, record

PROJECT = "q2o-test"
TAGS = {"q2o-stack": "us-east"}
HERE = LOCATIONS[Cloud.GCP, "us-east4"]
ELSEWHERE = "us-central1"
NETWORK = IPv4Network("10.16.0.0/16")
IMAGE = "registry.example/q2o/app@sha256:" + "0123456789abcdef" * 4


def provider(name: str = "home", location: str = HERE.name) -> gcp.Provider:
    """Make a provider; meant for the inside of a program."""
    return gcp.Provider(name, project=PROJECT, region=location)


def recorded(make: Callable[[ResourceOptions], Any]) -> Recording:
    """Return the plan of a program that makes one thing with the home provider."""
    return record(lambda: make(ResourceOptions(provider=provider())))


def network_args(prefix: str = "us-east", **changed: Any) -> GcpNetworkArgs:
    """Return arguments of a network; `changed` are those that a test is about."""
    given = {
        "addresses": plan_addresses(where="network.cidr", network=NETWORK, zones=HERE.zones, nodes=100),
        "cluster_name": f"q2o-{prefix}",
        "location": HERE.name,
        "nat": NatMode.SINGLE,
        "project_id": PROJECT,
        "service_addresses": SERVICE_ADDRESSES,
        "tags": TAGS,
    }
    return GcpNetworkArgs(**{**given, **changed})


def cluster_args(prefix: str = "us-east", **changed: Any) -> GkeClusterArgs:
    """Return arguments of a cluster."""
    given = {
        "addon_versions": {},
        "administrators": ("group:platform@example.com",),
        "cluster_name": f"q2o-{prefix}",
        "egress": (),
        "kubernetes_minor": versions.KUBERNETES_MINOR,
        "location": HERE.name,
        "network_id": "network",
        "node_image": versions.GKE_VERSION,
        "pods_per_node": 64,
        "pods_range": PODS_RANGE,
        "private_subnet_ids": ["subnet"],
        "project_id": PROJECT,
        "service_addresses": SERVICE_ADDRESSES,
        "services_range": SERVICES_RANGE,
        "system_pool": SystemPoolArgs(instance_type=INSTANCE_TYPES["c4a-highmem-2"], nodes=3),
        "tags": TAGS,
        "zones": HERE.zones,
    }
    return GkeClusterArgs(**{**given, **changed})


def controllers_args(prefix: str, cluster: GkeCluster, **changed: Any) -> GkeControllersArgs:
    """Return arguments of a cluster's controllers."""
    given = {
        "charts": charts(*CONTROLLER_CHARTS),
        "cluster": cluster,
        "cluster_name": f"q2o-{prefix}",
        "elastic_pool": ElasticPoolArgs(instance_types=elastic_machines(Cloud.GCP, HERE.name), nodes_maximum=97),
        "location": HERE.name,
        "network_id": "network",
        "node_image": versions.GKE_VERSION,
        "pods_per_node": 64,
        "project_id": PROJECT,
        "tags": TAGS,
        "zones": HERE.zones,
    }
    return GkeControllersArgs(**{**given, **changed})


def edge_args(prefix: str, cluster: GkeCluster, load_balancing: Resource, **changed: Any) -> GcpEdgeArgs:
    """Return arguments of an edge."""
    given = {
        "access_log_retention_days": 90,
        "balancer_addresses": BALANCER_RANGES,
        "charts": charts(*EDGE_CHARTS),
        "cluster": cluster,
        "cluster_name": f"q2o-{prefix}",
        "connections_maximum": 10_000,
        "host": "api.example.com",
        "kubernetes_addresses": (SERVICE_ADDRESSES, NETWORK),
        "kubernetes_minor": versions.KUBERNETES_MINOR,
        "load_balancing": load_balancing,
        "location": HERE.name,
        "network_id": "network",
        "priority_classes": {tier.value: priority_class_name(tier) for tier in Tier},
        "project_id": PROJECT,
        "proxy_image": IMAGE,
        "public_subnet_ids": [],
        "tags": TAGS,
        "waf_enabled": True,
        "zone_id": "example",
        "zone_name": "example.com",
        "zone_names": HERE.zones,
        "zones": 3,
    }
    return GcpEdgeArgs(**{**given, **changed})


def budget_args(prefix: str, **changed: Any) -> GcpBudgetArgs:
    """Return arguments of a budget."""
    given = {
        "amount_usd_per_month": 800,
        "billing_account": "012345-6789AB-CDEF01",
        "budget_name": f"q2o-{prefix}",
        "cluster_identifier": "cluster",
        "cluster_path": f"projects/{PROJECT}/locations/{HERE.name}/clusters/q2o-{prefix}",
        "cluster_resource": None,
        "credential_source": METADATA_SERVER,
        "elastic_pool": None,
        "image": IMAGE,
        "kubernetes_addresses": (SERVICE_ADDRESSES, NETWORK),
        "kubernetes_minor": versions.KUBERNETES_MINOR,
        "location": HERE.name,
        "nodes_reduced": 4,
        "nodes_usual": 97,
        "physical_cluster_name": f"q2o-{prefix}",
        "pools": (PoolBound(name="a", reduced=1, usual=8), PoolBound(name="b", reduced=1, usual=7)),
        "project_id": PROJECT,
        "project_number": "123456789012",
        "recipients": ("platform@example.com",),
        "stack": prefix,
        "tags": TAGS,
    }
    return GcpBudgetArgs(**{**given, **changed})


def recovery_args(prefix: str = "us-east", **changed: Any) -> GcpRecoveryArgs:
    """Return arguments of a place for backups."""
    given = {
        "account_id": PROJECT,
        "bucket_name": f"q2o-{prefix}-recovery-{PROJECT}",
        "home": HERE.name,
        "key_name": f"q2o-{prefix}-recovery",
        "location": ELSEWHERE,
        "tags": TAGS,
    }
    return GcpRecoveryArgs(**{**given, **changed})


def build_one_of_each(prefix: str) -> list[ComponentResource]:
    """Make each component once, named after `prefix`, in a region of its own; meant for the inside of a program."""
    home = provider(f"{prefix}-home")
    cloud = ResourceOptions(provider=home)
    network = GcpNetwork(f"{prefix}-network", network_args(prefix), cloud)
    given = {"egress": network.egress, "network_id": network.network_id}
    cluster = GkeCluster(
        f"{prefix}-cluster", cluster_args(prefix, private_subnet_ids=network.private_subnet_ids, **given), cloud
    )
    inside: ProviderResource = kubernetes.Provider(
        f"{prefix}-inside", cluster_identifier=cluster.cluster_identifier, kubeconfig=cluster.kubeconfig
    )
    both = ResourceOptions(providers=[home, inside])
    controllers = GkeControllers(f"{prefix}-controllers", controllers_args(prefix, cluster), both)
    edge = GcpEdge(
        f"{prefix}-edge", edge_args(prefix, cluster, controllers.load_balancing, network_id=network.network_id), both
    )
    recovery = GcpRecovery(
        f"{prefix}-recovery",
        recovery_args(prefix),
        ResourceOptions(provider=provider(f"{prefix}-elsewhere", ELSEWHERE)),
    )
    identity = WorkloadIdentity(
        f"{prefix}-identity",
        WorkloadIdentityArgs(
            cluster_identifier=cluster.cluster_identifier,
            namespace="q2o-data",
            project_id=PROJECT,
            project_number=cluster.project_number,
            roles=(backup_role(bucket_name=recovery.bucket_name, stack=prefix),),
            service_account="redis-backup",
        ),
        cloud,
    )
    budget = GcpBudget(
        f"{prefix}-budget",
        budget_args(
            prefix,
            cluster_identifier=cluster.cluster_identifier,
            cluster_resource=cluster.resource,
            elastic_pool=controllers.elastic_pool,
            project_number=cluster.project_number,
        ),
        both,
    )
    return [network, cluster, controllers, edge, recovery, identity, budget]


def charts(*names: str) -> dict[str, ChartSource]:
    """Return where charts come from."""
    rows = {name: versions.CHARTS[name] for name in names}
    return {
        name: ChartSource(chart=row.chart, repository=row.repository, version=row.version) for name, row in rows.items()
    }

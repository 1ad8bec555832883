"""What everything else stands on: network, cluster, controllers."""

from __future__ import annotations

from pulumi import ResourceOptions

from components.cluster.aws import EksCluster
from components.cluster.contract import ClusterArgs, SystemPoolArgs
from components.controllers.aws import EksControllers, EksControllersArgs
from components.controllers.contract import ChartSource, ElasticPoolArgs
from components.controllers.values import CHARTS as CONTROLLER_CHARTS
from components.network.aws import AwsNetwork
from components.network.contract import Network, NetworkArgs
from q2o_infra import versions
from q2o_infra.capacity.addresses import SERVICE_ADDRESSES
from q2o_infra.capacity.instances import INSTANCE_TYPES
from q2o_infra.naming import physical_name
from q2o_infra.phases.machines import ELASTIC_MACHINES, SYSTEM_MACHINE
from q2o_infra.phases.spending import usual_nodes
from q2o_infra.providers import (
    tags,
)
from q2o_infra.region import RegionFacts


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


def create_cluster(facts: RegionFacts, network: Network, opts: ResourceOptions) -> EksCluster:
    """Register the cluster."""
    return EksCluster(
        "cluster",
        ClusterArgs(
            administrators=facts.settings.cluster.administrators,
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
                instance_type=INSTANCE_TYPES[SYSTEM_MACHINE], nodes=facts.contract.nodes_minimum
            ),
            tags=tags(facts),
        ),
        opts,
    )


def create_controllers(
    facts: RegionFacts, network: Network, cluster: EksCluster, opts: ResourceOptions
) -> EksControllers:
    """Register the controllers of the cluster."""
    return EksControllers(
        "controllers",
        EksControllersArgs(
            charts=charts(*CONTROLLER_CHARTS),
            cluster=cluster,
            cluster_name=cluster_name(facts),
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


def cluster_name(facts: RegionFacts) -> str:
    """Return the physical name of the region's cluster."""
    return physical_name("cluster", facts.stack)


def charts(*names: str) -> dict[str, ChartSource]:
    """Return where charts come from, by name."""
    rows = {name: versions.CHARTS[name] for name in names}
    return {
        name: ChartSource(chart=row.chart, repository=row.repository, version=row.version) for name, row in rows.items()
    }

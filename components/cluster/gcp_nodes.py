"""The system pool of a GKE cluster: a node pool of a fixed size over all zones.

Its version is nobody's here: in a release channel GKE upgrades nodes after the control plane, one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi_gcp as gcp
from pulumi import Resource, ResourceOptions

from components.base.errors import ComponentError, refused
from components.base.pods import GKE_MANAGED, POOL_LABEL, SYSTEM_POOL
from components.cluster.gcp_contract import named, node_config

if TYPE_CHECKING:
    from components.cluster.gcp import GkeClusterArgs


def create_system_pool(
    name: str,
    args: GkeClusterArgs,
    *,
    parent: Resource,
    cluster: gcp.container.Cluster,
    account: gcp.serviceaccount.Account,
    rights: Sequence[Resource],
) -> gcp.container.NodePool:
    """Make the nodes that never leave. Raises `ComponentError` unless each zone gets as many as the others."""
    pool = args.system_pool
    if pool.nodes % len(args.zones):
        raise ComponentError(
            refused(
                "cluster.system_pool.nodes",
                pool.nodes,
                f"a multiple of {len(args.zones)}: GKE counts the nodes of a pool in each zone",
                "give each zone the same number",
            )
        )
    return gcp.container.NodePool(
        f"{name}-system",
        cluster=cluster.id,
        location=args.location,
        management={"auto_repair": True, "auto_upgrade": True},
        max_pods_per_node=args.pods_per_node,
        name=named("gcp-node-pool", args.cluster_name, "system"),
        network_config={"enable_private_nodes": True},
        node_config=node_config(
            account=account,
            disk_gib=pool.disk_gib,
            labels={POOL_LABEL: SYSTEM_POOL},
            machine=pool.instance_type.name,
            network_tag=args.cluster_name,
            tags=args.tags,
            # Not the platform's own key: what GKE runs by itself tolerates this one and would else have no home.
            taint=(GKE_MANAGED, "true"),
        ),
        node_count=pool.nodes // len(args.zones),
        node_locations=list(args.zones),
        project=args.project_id,
        # A node more, then one less: what runs on them, Redis above all, never lacks its place.
        upgrade_settings={"max_surge": 1, "max_unavailable": 0, "strategy": "SURGE"},
        opts=ResourceOptions(
            parent=parent,
            depends_on=[*rights, *args.egress],
            protect=args.deletion_protection,
        ),
    )

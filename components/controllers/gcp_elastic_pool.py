"""The elastic pool on GKE: a node pool of spot machines for each type, and one on demand for when none is left.

A node pool of GKE has one type of machine, and its autoscaler bounds each pool by itself. The most nodes are therefore
shared out among the pools, so that their sum never exceeds the maximum; when machines of one type run out, its share
lies idle (docs/adr/0028-gke-pools-share-the-maximum.md). The autoscaler opens the cheapest pool that helps, so spot
comes before on-demand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_gcp as gcp
from pulumi import CustomTimeouts, Resource, ResourceOptions

from clouds.machine import InstanceType
from components.base.errors import ComponentError, refused
from components.base.pods import ELASTIC_POOL, POOL_LABEL
from components.cluster.gcp_contract import create_node_account, named, node_config
from components.controllers.contract import ElasticPoolArgs

if TYPE_CHECKING:
    from components.controllers.gcp import GkeControllersArgs

ON_DEMAND = "on-demand"
# GKE drains each node for an hour at most, and deletes the pool once all are gone.
DELETE_SECONDS = 5400


def shares(total: int, pools: int) -> list[int]:
    """Return how many nodes each pool may have: `total` in all, the first ones one more, and none less than one.

    A pool cannot be forbidden to have any, so with fewer nodes than pools the sum is the number of pools.
    """
    each, more = divmod(total, pools)
    return [max(1, each + (index < more)) for index in range(pools)]


def create_elastic_pool(name: str, args: GkeControllersArgs, *, parent: Resource) -> tuple[Resource, dict[str, int]]:
    """Make the pools. Return the one that stands once all do, and each one's most nodes by its physical name."""
    account, rights = create_node_account(
        f"{name}-node",
        named("gcp-service-account", args.cluster_name, "elastic-node"),
        project_id=args.project_id,
        parent=parent,
    )
    machines = args.elastic_pool.instance_types
    most = shares(args.elastic_pool.nodes_maximum, len(machines) + 1)
    physical = {machine.name: pool_name(args.cluster_name, f"spot-{machine.name}") for machine in machines}
    # The system pool: what GKE runs by itself has its home there, and it stands with the way out.
    before = [*rights, args.cluster.system_pool]
    spot: list[Resource] = [
        _create_pool(
            f"{name}-spot-{machine.name}",
            args,
            account=account,
            after=before,
            machine=machine,
            most=share,
            parent=parent,
            physical=physical[machine.name],
            spot=True,
        )
        for machine, share in zip(machines, most, strict=False)
    ]
    # Whoever waits for the elastic pool waits for the last one of it.
    on_demand = _create_pool(
        f"{name}-{ON_DEMAND}",
        args,
        account=account,
        after=[*before, *spot],
        machine=machines[0],
        most=most[-1],
        parent=parent,
        physical=pool_name(args.cluster_name, ON_DEMAND),
        spot=False,
    )
    names = [*physical.values(), pool_name(args.cluster_name, ON_DEMAND)]
    return on_demand, dict(zip(names, most, strict=True))


def pool_name(cluster_name: str, role: str) -> str:
    """Return the physical name of one of the pools."""
    return named("gcp-node-pool", cluster_name, role)


def _create_pool(
    name: str,
    args: GkeControllersArgs,
    *,
    account: gcp.serviceaccount.Account,
    after: list[Resource],
    machine: InstanceType,
    most: int,
    parent: Resource,
    physical: str,
    spot: bool,
) -> gcp.container.NodePool:
    return gcp.container.NodePool(
        name,
        autoscaling={
            # Wherever there is a machine, rather than as many in each zone: spot runs out zone by zone.
            "location_policy": "ANY",
            "total_max_node_count": most,
            "total_min_node_count": 0,
        },
        cluster=args.cluster.cluster_identifier,
        initial_node_count=0,
        location=args.location,
        management={"auto_repair": True, "auto_upgrade": True},
        max_pods_per_node=args.pods_per_node,
        name=physical,
        network_config={"enable_private_nodes": True},
        node_config=node_config(
            account=account,
            disk_gib=args.elastic_pool.disk_gib,
            labels={POOL_LABEL: ELASTIC_POOL},
            machine=machine.name,
            network_tag=args.cluster_name,
            spot=spot,
            tags=dict(args.tags),
        ),
        node_locations=list(args.zones),
        project=args.project_id,
        upgrade_settings={"max_surge": 1, "max_unavailable": 0, "strategy": "SURGE"},
        opts=ResourceOptions(
            parent=parent,
            custom_timeouts=CustomTimeouts(delete=f"{DELETE_SECONDS}s"),
            depends_on=after,
            # Only the first value is ours; then the budget's guard owns it (docs/adr/0019-the-guard-owns-the-limit.md).
            ignore_changes=["autoscaling.totalMaxNodeCount"],
        ),
    )


def refuse_what_gke_decides(pool: ElasticPoolArgs) -> None:
    """Raise `ComponentError` for a wish that no node pool of GKE fulfils."""
    if pool.drain_seconds != ElasticPoolArgs.drain_seconds:
        raise ComponentError(
            refused(
                "controllers.elastic_pool.drain_seconds",
                pool.drain_seconds,
                "GKE decides it: a node is drained for an hour at most",
                "leave it out",
            )
        )

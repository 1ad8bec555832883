"""Which module builds what differs between the clouds, and what every such module offers.

Only the chosen one is imported: the other clouds' libraries would cost a plan seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol, cast

from pulumi import ProviderResource, ResourceOptions

from components.base.vocabulary import Cloud
from components.budget.contract import Budget
from components.cluster.contract import KubernetesCluster
from components.controllers.contract import Controllers
from components.edge.contract import Edge
from components.network.contract import Network
from components.recovery.contract import Recovery
from components.redis.contract import BackupArgs
from q2o_infra.region import RegionFacts

# A module takes its own cloud's cluster and network, which offer more than the contracts: hence `Any` for those.
Mine = Any


class CloudParts(Protocol):
    """What `q2o_infra.phases.<cloud>` offers, whatever the cloud."""

    create_home_provider: Callable[[RegionFacts], ProviderResource]
    create_recovery_provider: Callable[[RegionFacts], ProviderResource]
    create_network: Callable[[RegionFacts, ResourceOptions], Network]
    create_cluster: Callable[[RegionFacts, Mine, ResourceOptions], KubernetesCluster]
    create_controllers: Callable[[RegionFacts, Mine, Mine, ResourceOptions], Controllers]
    create_recovery: Callable[[RegionFacts, ResourceOptions], Recovery]
    create_redis_backups: Callable[[RegionFacts, Mine, Mine, ResourceOptions], BackupArgs]
    create_edge: Callable[[RegionFacts, Mine, Mine, Mine, Mine, ResourceOptions], Edge]
    create_budget: Callable[[RegionFacts, Mine, Mine, ResourceOptions], Budget]


def parts_of(cloud: Cloud) -> CloudParts:
    """Return the module of `cloud`."""
    return cast("CloudParts", import_module(f"q2o_infra.phases.{cloud.value}"))

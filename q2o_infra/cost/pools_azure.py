"""Which machines a plan on Azure has: the cluster's own pool and that of node auto-provisioning."""

from __future__ import annotations

from components.base.errors import CostError
from q2o_infra.cost.nodes import DeclaredPools
from q2o_infra.cost.pools_karpenter import karpenter_pool, the_one
from q2o_infra.plan.recorder import Recording

CLUSTER = "azure-native:containerservice:ManagedCluster"
NODE_CLASS = "kubernetes:karpenter.azure.com/v1beta1:AKSNodeClass"


def read_pools(recording: Recording) -> DeclaredPools:
    """Return the pools of a plan on Azure. Raises `CostError` when it has not one of each."""
    profiles = the_one(recording, CLUSTER).inputs["agentPoolProfiles"]
    if len(profiles) != 1:
        raise CostError(f"plan: the cluster has {len(profiles)} pools of its own; price them in q2o_infra/cost.")
    (system,), elastic = profiles, karpenter_pool(recording)
    node_class = the_one(recording, NODE_CLASS)
    return DeclaredPools(
        system_machine=str(system["vmSize"]),
        system_nodes=int(system["count"]),
        system_disk_gib=int(system["osDiskSizeGB"]) if system.get("osDiskType") == "Managed" else 0,
        elastic_machines=elastic.machines,
        elastic_disk_gib=int(node_class.inputs["spec"]["osDiskSizeGB"]),
        elastic_limit=elastic.limit,
        spot=elastic.spot,
    )

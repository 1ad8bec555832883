"""What a region may cost in its phase, and how small its elastic pool may become: the budget of phase 1 and later."""

from __future__ import annotations

from pulumi import ResourceOptions

from components.budget.aws import AwsBudget, AwsBudgetArgs
from components.cluster.addons import ADDONS, addon_workloads
from components.cluster.aws import EksCluster
from components.cluster.contract import WorkloadKind
from components.controllers.contract import Controllers
from q2o_infra import versions
from q2o_infra.capacity.addresses import SERVICE_ADDRESSES
from q2o_infra.capacity.elastic import PodGroup, nodes_for
from q2o_infra.capacity.instances import InstanceType
from q2o_infra.naming import physical_name
from q2o_infra.phases.contract import region_usd_per_month
from q2o_infra.region import RegionFacts


def create_budget(
    facts: RegionFacts,
    cluster: EksCluster,
    controllers: Controllers,
    machine: InstanceType,
    opts: ResourceOptions,
) -> AwsBudget:
    """Register the budget; `machine` is what the elastic pool is counted in."""
    settings = facts.settings
    usual = usual_nodes(facts)
    return AwsBudget(
        "budget",
        AwsBudgetArgs(
            account_id=settings.account_id,
            amount_usd_per_month=region_usd_per_month(facts.contract, facts.place.region),
            budget_name=physical_name("budget", facts.stack),
            cluster_name=cluster.cluster_name,
            cluster_resource=cluster.resource,
            deletion_protection=settings.deletion_protection,
            elastic_pool=controllers.elastic_pool,
            image=versions.AWS_CLI_IMAGE,
            kubernetes_addresses=(SERVICE_ADDRESSES, facts.addresses.network),
            kubernetes_minor=versions.KUBERNETES_MINOR,
            nodes_reduced=min(usual, reduced_nodes(facts, machine)),
            nodes_usual=usual,
            physical_cluster_name=physical_name("cluster", facts.stack),
            recipients=settings.budget.recipients,
            stack=facts.stack,
            topic_name=physical_name("topic", facts.stack, "budget"),
        ),
        opts,
    )


def usual_nodes(facts: RegionFacts) -> int:
    """Return the most elastic nodes: what the phase allows, without the system pool."""
    return facts.contract.nodes_maximum - facts.contract.nodes_minimum


def reduced_nodes(facts: RegionFacts, machine: InstanceType) -> int:
    """Return the fewest nodes that hold the fewest pods of the API and of all agents, with room for a rollout."""
    return nodes_for(
        [
            PodGroup(cpu_millicores=size.cpu_millicores, memory_mib=size.memory_mib, pods=size.minimum)
            for size in (facts.api, *facts.agents.values())
        ],
        machine=machine,
        on_each=[
            PodGroup(cpu_millicores=row.cpu_millicores, memory_mib=row.memory_mib, pods=1)
            for addon in ADDONS
            for row in addon_workloads(addon)
            if row.kind is WorkloadKind.DAEMON_SET
        ],
        zones=facts.contract.zones,
    )

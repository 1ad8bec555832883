"""How large the elastic pool may be, and how small it may become when the money runs out."""

from __future__ import annotations

from q2o_infra.capacity.elastic import PodGroup, nodes_for
from q2o_infra.phases.every_node import on_every_node
from q2o_infra.phases.machines import elastic_machines
from q2o_infra.region import RegionFacts


def usual_nodes(facts: RegionFacts) -> int:
    """Return the most elastic nodes: what the phase allows, without the system pool."""
    return facts.contract.nodes_maximum - facts.contract.nodes_minimum


def reduced_nodes(facts: RegionFacts) -> int:
    """Return the fewest nodes that hold the fewest pods of the API and of all agents, with room for a rollout."""
    return nodes_for(
        [
            PodGroup(cpu_millicores=size.cpu_millicores, memory_mib=size.memory_mib, pods=size.minimum)
            for size in (facts.api, *facts.agents.values())
        ],
        machine=elastic_machines(facts.settings.cloud, facts.location.name)[0],
        on_each=[
            PodGroup(cpu_millicores=row.cpu_millicores, memory_mib=row.memory_mib, pods=1)
            for row in on_every_node(facts.settings.cloud)
        ],
        zones=facts.contract.zones,
    )

"""Which machines a plan on GCP has: its system pool, and one elastic pool for each machine type."""

from __future__ import annotations

from components.base.errors import CostError
from q2o_infra.cost.nodes import DeclaredPools
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording

NODE_POOL = "gcp:container/nodePool:NodePool"


def read_pools(recording: Recording) -> DeclaredPools:
    """Return the pools of a plan on GCP. Raises `CostError` when one of the kinds is not there."""
    system, elastic = system_pools(recording), elastic_pools(recording)
    counted = [row for row in elastic if not row.inputs["nodeConfig"].get("spot")]
    if len(system) != 1 or len(counted) != 1:
        raise CostError(
            f"plan: it has {len(system)} system pools and {len(counted)} elastic ones on demand, and nodes are "
            f"counted for one of each; teach q2o_infra/cost/pools_gcp.py about the others."
        )
    own, first = system[0].inputs, counted[0].inputs
    return DeclaredPools(
        system_machine=str(own["nodeConfig"]["machineType"]),
        system_nodes=int(own["nodeCount"]) * len(own["nodeLocations"]),
        system_disk_gib=int(own["nodeConfig"]["diskSizeGb"]),
        elastic_machines=tuple(sorted({str(row.inputs["nodeConfig"]["machineType"]) for row in elastic})),
        elastic_disk_gib=int(first["nodeConfig"]["diskSizeGb"]),
        elastic_limit=sum(most_nodes(row) for row in elastic),
        spot=len(elastic) > len(counted),
    )


def system_pools(recording: Recording) -> tuple[Registration, ...]:
    """Return the pools of a fixed number of nodes."""
    return tuple(row for row in recording.of_type(NODE_POOL) if not row.inputs.get("autoscaling"))


def elastic_pools(recording: Recording) -> tuple[Registration, ...]:
    """Return the pools that the autoscaler changes."""
    return tuple(row for row in recording.of_type(NODE_POOL) if row.inputs.get("autoscaling"))


def most_nodes(row: Registration) -> int:
    """Return the most nodes of one pool."""
    return int(row.inputs["autoscaling"]["totalMaxNodeCount"])

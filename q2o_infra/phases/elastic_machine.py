"""What one machine of the elastic pool has left for the platform's own pods."""

from __future__ import annotations

from components.cluster.addons import ADDONS, addon_workloads
from components.cluster.contract import WorkloadKind
from q2o_infra.capacity.instances import INSTANCE_TYPES
from q2o_infra.capacity.release_room import Amount
from q2o_infra.phases.machines import ELASTIC_MACHINES


def elastic_machine() -> Amount:
    """Return the room on the machine that the capacity arithmetic counts with, without what runs on every node."""
    machine = INSTANCE_TYPES[ELASTIC_MACHINES[0]]
    everywhere = [row for addon in ADDONS for row in addon_workloads(addon) if row.kind is WorkloadKind.DAEMON_SET]
    return Amount(
        cpu_millicores=machine.allocatable_millicores - sum(row.cpu_millicores for row in everywhere),
        memory_mib=machine.allocatable_memory_mib - sum(row.memory_mib for row in everywhere),
        pods=machine.pods - len(everywhere),
    )

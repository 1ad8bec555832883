"""What one machine of the elastic pool has left for the platform's own pods."""

from __future__ import annotations

from q2o_infra.capacity.release_room import Amount
from q2o_infra.locations import Location
from q2o_infra.phases.every_node import on_every_node
from q2o_infra.phases.machines import elastic_machines


def elastic_machine(location: Location) -> Amount:
    """Return the room on the machine that the capacity arithmetic counts with, without what runs on every node."""
    machine = elastic_machines(location.cloud, location.name)[0]
    everywhere = on_every_node(location.cloud)
    return Amount(
        cpu_millicores=machine.allocatable_millicores - sum(row.cpu_millicores for row in everywhere),
        memory_mib=machine.allocatable_memory_mib - sum(row.memory_mib for row in everywhere),
        pods=machine.pods - len(everywhere),
    )

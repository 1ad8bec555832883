"""What machines of the elastic pool have left for the platform's own pods, and the refusal of a pod that none holds."""

from __future__ import annotations

from q2o_infra.capacity.amount import Amount
from q2o_infra.capacity.machine import InstanceType
from q2o_infra.errors import SettingsError, refused
from q2o_infra.locations import Location
from q2o_infra.phases.every_node import on_every_node
from q2o_infra.phases.machines import elastic_machines
from q2o_infra.region import RegionFacts


def elastic_machine(location: Location) -> Amount:
    """Return the room on the machine that the capacity arithmetic counts with, without what runs on every node."""
    return _room(elastic_machines(location.cloud, location.name)[0], location)


def refuse_giants(facts: RegionFacts) -> None:
    """Raise `SettingsError` for the API or a kind of agents whose pod is larger than any machine of the pool."""
    location = facts.location
    rooms = {machine.name: _room(machine, location) for machine in elastic_machines(location.cloud, location.name)}
    largest = max(rooms, key=lambda name: (rooms[name].memory_mib, rooms[name].cpu_millicores))
    sizes = {"api": facts.api, **{f"agents.{kind.value}": size for kind, size in facts.agents.items()}}
    for where, size in sizes.items():
        pod = Amount(cpu_millicores=size.cpu_millicores, memory_mib=size.memory_mib, pods=1)
        if not any(pod.fits(room) for room in rooms.values()):
            raise SettingsError(
                refused(
                    where,
                    f"{size.cpu_millicores}m and {size.memory_mib} MiB",
                    f"no machine of the elastic pool at {location.name} has as much beside what runs on every node; "
                    f"{largest} has {rooms[largest].cpu_millicores}m and {rooms[largest].memory_mib} MiB",
                    "ask for less, or name a larger machine in q2o_infra/phases/machines.py",
                )
            )


def _room(machine: InstanceType, location: Location) -> Amount:
    everywhere = on_every_node(location.cloud)
    return Amount(
        cpu_millicores=machine.allocatable_millicores - sum(row.cpu_millicores for row in everywhere),
        memory_mib=machine.allocatable_memory_mib - sum(row.memory_mib for row in everywhere),
        pods=machine.pods - len(everywhere),
    )

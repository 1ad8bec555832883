"""What machines of the pools have left for the platform's own pods, and the refusal of a pod that none holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from clouds.location import Location
from clouds.machine import InstanceType
from components.base.errors import refused
from components.redis.statefulset import EXPORTER, KEEPER
from q2o_infra.capacity.amount import Amount
from q2o_infra.phases.every_node import on_every_node
from q2o_infra.phases.machines import elastic_machines, system_machine
from q2o_infra.region import RegionFacts
from q2o_infra.settings_errors import error_for, file_name

_LARGER = "name a larger machine in q2o_infra/phases/machines.py"


def elastic_machine(location: Location) -> Amount:
    """Return the room on the machine that the capacity arithmetic counts with, without what runs on every node."""
    return _room(elastic_machines(location.cloud, location.name)[0], location)


def refuse_giants(facts: RegionFacts, *, overridden: Collection[str] = ()) -> None:
    """Raise `SettingsError`, with a line for each pod that is larger than any machine of its pool.

    The API and the agents run in the elastic pool, Redis in the system pool. `overridden` are the settings that the
    command line gave; messages then name the option, not the file.
    """
    faults = [*_elastic_giants(facts), *_redis_giants(facts)]
    if faults:
        raise error_for(faults, source=file_name(facts.stack), overridden=overridden)


def _elastic_giants(facts: RegionFacts) -> Iterator[str]:
    location = facts.location
    rooms = {machine.name: _room(machine, location) for machine in elastic_machines(location.cloud, location.name)}
    largest = max(rooms, key=lambda name: (rooms[name].memory_mib, rooms[name].cpu_millicores))
    sizes = {"api": facts.api, **{f"agents.{kind.value}": size for kind, size in facts.agents.items()}}
    for where, size in sizes.items():
        pod = Amount(cpu_millicores=size.cpu_millicores, memory_mib=size.memory_mib, pods=1)
        if not any(pod.fits(room) for room in rooms.values()):
            yield refused(
                where,
                f"{size.cpu_millicores}m and {size.memory_mib} MiB",
                f"no machine of the elastic pool at {location.name} has as much beside what runs on every node; "
                f"{largest} has {rooms[largest].cpu_millicores}m and {rooms[largest].memory_mib} MiB",
                f"ask for less, or {_LARGER}",
            )


def _redis_giants(facts: RegionFacts) -> Iterator[str]:
    machine = system_machine(facts.location.cloud, facts.location.name)
    room, given = _room(machine, facts.location), facts.settings.redis
    beside = "beside what runs on every node and Redis' own keeper and exporter"
    for key, unit, asked, most in (
        (
            "cpu_millicores",
            "m",
            given.cpu_millicores,
            room.cpu_millicores - KEEPER.cpu_millicores - EXPORTER.cpu_millicores,
        ),
        ("memory_mib", " MiB", given.memory_mib, room.memory_mib - KEEPER.memory_mib - EXPORTER.memory_mib),
    ):
        if asked > most:
            yield refused(
                f"redis.{key}",
                asked,
                f"{machine.name}, the machine of the system pool at {facts.location.name}, has {most}{unit} {beside}",
                f"set it to {most} or less, or {_LARGER}",
            )


def _room(machine: InstanceType, location: Location) -> Amount:
    everywhere = on_every_node(location.cloud)
    return Amount(
        cpu_millicores=machine.allocatable_millicores - sum(row.cpu_millicores for row in everywhere),
        memory_mib=machine.allocatable_memory_mib - sum(row.memory_mib for row in everywhere),
        pods=machine.pods - len(everywhere),
    )

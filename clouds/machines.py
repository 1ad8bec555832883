"""The machines of every cloud by name, and the refusal of one that does not exist or is not sold where it is wanted."""

from __future__ import annotations

from clouds.aws.machines import AWS_INSTANCE_TYPES
from clouds.azure.machines import AZURE_INSTANCE_TYPES
from clouds.gcp.machines import GCP_INSTANCE_TYPES
from clouds.machine import InstanceType
from components.base.errors import ComponentError, refused
from components.base.vocabulary import Cloud

INSTANCE_TYPES_BY_CLOUD: dict[Cloud, dict[str, InstanceType]] = {
    Cloud.AWS: AWS_INSTANCE_TYPES,
    Cloud.GCP: GCP_INSTANCE_TYPES,
    Cloud.AZURE: AZURE_INSTANCE_TYPES,
}
"""Machines of each cloud."""

INSTANCE_TYPES: dict[str, InstanceType] = {
    name: machine for rows in INSTANCE_TYPES_BY_CLOUD.values() for name, machine in rows.items()
}
"""Machines of all clouds: no two share a name."""


def known_type(name: str, *, where: str, cloud: Cloud) -> InstanceType:
    """Return the machine of that name, wherever it is offered. Raises `ComponentError` when the catalogue lacks it."""
    known = INSTANCE_TYPES_BY_CLOUD[cloud]
    if name not in known:
        raise ComponentError(
            refused(
                where,
                name,
                f"the catalogue of {cloud.value} has {', '.join(known)}",
                f"choose one of these, or add it to clouds/{cloud.value}/machines.py",
            )
        )
    return known[name]


def instance_type(name: str, *, where: str, cloud: Cloud, location: str) -> InstanceType:
    """Return the machine of that name in a location of a cloud.

    `where` is the path that the message names. Raises `ComponentError` for a machine that the catalogue lacks, and for
    one that the location does not offer.
    """
    machine = known_type(name, where=where, cloud=cloud)
    if location not in machine.locations:
        offered = [row.name for row in INSTANCE_TYPES_BY_CLOUD[cloud].values() if location in row.locations]
        raise ComponentError(
            refused(
                where,
                name,
                f"{location} does not offer it; it has {', '.join(offered) or 'none that the program uses'}",
                "choose one of these" if offered else "choose another location",
            )
        )
    return machine

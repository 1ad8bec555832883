"""The machines of the two pools, by cloud."""

from __future__ import annotations

from clouds.machine import InstanceType
from clouds.machines import instance_type, known_type
from components.base.vocabulary import Cloud

# 8 GiB for two cores: what phase 1 asks for leaves room for a rollout, and nothing idles. C4A and not the cheaper N4A,
# on which a machine of two cores holds three volumes only.
SYSTEM_MACHINES: dict[Cloud, str] = {
    Cloud.AWS: "m6g.large",
    Cloud.GCP: "c4a-standard-2",
    Cloud.AZURE: "Standard_D2ps_v6",
}
# In order of preference: the first is what the capacity arithmetic counts with, the others are what the autoscaler may
# fall back on. A location has the first twelve that it offers.
ELASTIC_MACHINES: dict[Cloud, tuple[str, ...]] = {
    Cloud.AWS: (
        "m7g.large",
        "m6g.large",
        "m8g.large",
        "c7g.xlarge",
        "c6g.xlarge",
        "c8g.xlarge",
        "m7g.xlarge",
        "m6g.xlarge",
        "m8g.xlarge",
        "r7g.large",
        "r6g.large",
        "r8g.large",
        "c7g.large",
        "c6g.large",
    ),
    Cloud.GCP: (
        "n4a-standard-2",
        "c4a-standard-2",
        "n4a-standard-4",
        "c4a-standard-4",
        "n4a-highmem-2",
        "c4a-highmem-2",
        "n4a-highcpu-4",
        "c4a-highcpu-4",
        "n4a-highmem-4",
        "c4a-highmem-4",
    ),
    Cloud.AZURE: (
        "Standard_D2ps_v6",
        "Standard_D2ps_v5",
        "Standard_D4ps_v6",
        "Standard_D4ps_v5",
        "Standard_E2ps_v6",
        "Standard_E2ps_v5",
        "Standard_D4pls_v6",
        "Standard_D4pls_v5",
        "Standard_E4ps_v6",
        "Standard_E4ps_v5",
    ),
}
_MOST_TYPES = 12


def system_machine(cloud: Cloud, location: str) -> InstanceType:
    """Return the machine of the system pool. Raises `ComponentError` where the location does not offer it."""
    return instance_type(SYSTEM_MACHINES[cloud], where="system_pool.instance_type", cloud=cloud, location=location)


def elastic_machines(cloud: Cloud, location: str) -> tuple[InstanceType, ...]:
    """Return what the elastic pool may consist of in a location, the preferred one first.

    Raises `ComponentError` for a machine that the catalogue lacks; one that the location does not offer is left out.
    """
    known = [known_type(name, where="elastic_pool.instance_types", cloud=cloud) for name in ELASTIC_MACHINES[cloud]]
    return tuple(machine for machine in known if location in machine.locations)[:_MOST_TYPES]

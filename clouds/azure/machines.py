"""The machines of Azure that node pools may consist of: Cobalt (v6) and Altra (v5).

Sizes, network and volumes: MicrosoftDocs/azure-compute-docs, `articles/virtual-machines/sizes` (dpsv5, dpsv6, dplsv5,
dplsv6, epsv5, epsv6; 2026-03-10). Where offered: Azure/karpenter-provider-azure,
`pkg/providers/pricing/zz_generated.pricing.go` (2026-06-18), which prices all of them in all six locations.
"""

from __future__ import annotations

from clouds.azure import reservations
from clouds.machine import InstanceType
from components.base.vocabulary import Cloud

_GIB_PER_VCPU = {"D{}pls": 2, "D{}ps": 4, "E{}ps": 8}
_VCPUS = (2, 4, 8)
_NETWORK_MBPS = {"v5": {2: 12_500, 4: 12_500, 8: 12_500}, "v6": {2: 12_500, 4: 12_500, 8: 15_000}}
# Megabytes a second to Premium SSD, without bursts.
_VOLUME_MB_PER_SECOND = {"v5": {2: 85, 4: 145, 8: 290}, "v6": {2: 106, 4: 212, 8: 424}}
_VOLUMES = {"v5": {2: 4, 4: 8, 8: 16}, "v6": {2: 8, 4: 12, 8: 24}}

_LOCATIONS = frozenset({"eastus2", "centralus", "westeurope", "germanywestcentral", "southeastasia", "japaneast"})


def _machine(series: str, version: str, vcpus: int) -> InstanceType:
    memory_gib = vcpus * _GIB_PER_VCPU[series]
    return InstanceType(
        name=f"Standard_{series.format(vcpus)}_{version}",
        cloud=Cloud.AZURE,
        vcpus=vcpus,
        memory_gib=memory_gib,
        architecture="arm64",
        pods=reservations.PODS_PER_NODE,
        addresses=1,  # pods have addresses of an overlay
        capacity_memory_mib=reservations.capacity_memory_mib(memory_gib),
        allocatable_millicores=reservations.allocatable_millicores(vcpus),
        allocatable_memory_mib=reservations.allocatable_memory_mib(memory_gib),
        network_bandwidth_mbps=_NETWORK_MBPS[version][vcpus],
        volume_bandwidth_mbps=_VOLUME_MB_PER_SECOND[version][vcpus] * 8,
        volumes=_VOLUMES[version][vcpus],
        locations=_LOCATIONS,
    )


AZURE_INSTANCE_TYPES: dict[str, InstanceType] = {
    row.name: row
    for row in (
        _machine(series, version, vcpus) for vcpus in _VCPUS for series in _GIB_PER_VCPU for version in _VOLUMES
    )
}
"""Machines of Azure by name, small ones first."""

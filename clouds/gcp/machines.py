"""The machines of Google Cloud that node pools may consist of: Axion, as C4A and as N4A.

Sizes, where offered: cloudpilot-ai/karpenter-provider-gcp, `pkg/providers/pricing/initial-prices.json` at 417f047
(2026-08-06): a machine without a price in a location is not offered there. Network: Compute Engine documentation,
"General-purpose machine family". Volumes: kubernetes-sigs/gcp-compute-persistent-disk-csi-driver, `pkg/constants`,
which counts for N4A, as for every series that it does not know, with its lowest limits. Throughput of Hyperdisk is
bought with each volume; what a machine takes at most we did not find.
"""

from __future__ import annotations

from clouds.gcp import reservations
from clouds.machine import InstanceType
from components.base.vocabulary import Cloud

_GIB_PER_VCPU = {"highcpu": 2, "standard": 4, "highmem": 8}
_NETWORK_MBPS = {"c4a": {2: 10_000, 4: 23_000, 8: 23_000}, "n4a": {2: 10_000, 4: 10_000, 8: 16_000}}
_VOLUMES = {"c4a": {2: 7, 4: 15, 8: 15}, "n4a": {2: 3, 4: 7, 8: 15}}

_EVERYWHERE = frozenset(
    {"us-east4", "us-central1", "europe-west1", "europe-west3", "asia-southeast1", "asia-northeast1"}
)
_LOCATIONS = {"c4a": _EVERYWHERE, "n4a": _EVERYWHERE - {"asia-northeast1"}}


def _machine(series: str, kind: str, vcpus: int) -> InstanceType:
    memory_gib = vcpus * _GIB_PER_VCPU[kind]
    return InstanceType(
        name=f"{series}-{kind}-{vcpus}",
        cloud=Cloud.GCP,
        vcpus=vcpus,
        memory_gib=memory_gib,
        architecture="arm64",
        pods=reservations.PODS_PER_NODE,
        addresses=1,  # pods have a range of their own
        capacity_memory_mib=reservations.capacity_memory_mib(memory_gib),
        allocatable_millicores=reservations.allocatable_millicores(vcpus),
        allocatable_memory_mib=reservations.allocatable_memory_mib(memory_gib),
        network_bandwidth_mbps=_NETWORK_MBPS[series][vcpus],
        volume_bandwidth_mbps=None,
        volumes=_VOLUMES[series][vcpus],
        locations=_LOCATIONS[series],
    )


GCP_INSTANCE_TYPES: dict[str, InstanceType] = {
    row.name: row
    for row in (_machine(series, kind, vcpus) for vcpus in (2, 4, 8) for kind in _GIB_PER_VCPU for series in _LOCATIONS)
}
"""Machines of Google Cloud by name, small ones first."""

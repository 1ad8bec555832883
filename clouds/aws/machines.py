"""The machines of AWS that node pools may consist of: Graviton of three generations.

Sizes: AWS EC2 user guide, "Instance type specifications". Interfaces, addresses and bandwidth (the one that lasts):
aws/karpenter-provider-aws, `zz_generated.vpclimits.go` and `zz_generated.bandwidth.go` at 1d92708 (2026-08-21), and
Amazon VPC CNI `misc/eni-max-pods.txt`. Bandwidth to volumes: EC2 user guide, "EBS-optimized instance types". Volumes:
kubernetes-sigs/aws-ebs-csi-driver, `pkg/cloud/limits` at 429e202 (2026-08-19). Where offered: alexei-led/spotinfo,
`spot-advisor-data.json` (2025-06-28), which lists no eighth generation in ap-southeast-1.
"""

from __future__ import annotations

from clouds.aws import reservations
from clouds.machine import InstanceType
from components.base.vocabulary import Cloud

# Interfaces and addresses on each.
_INTERFACES = {"large": (3, 10), "xlarge": (4, 15)}
_VCPUS = {"large": 2, "xlarge": 4}
_GIB_PER_VCPU = {"c": 2, "m": 4, "r": 8}
_NETWORK_MBPS = {
    "6g": {"large": 750, "xlarge": 1250},
    "7g": {"large": 937, "xlarge": 1876},
    "8g": {"large": 937, "xlarge": 1875},
}
_VOLUME_MBPS = {
    "6g": {"large": 630, "xlarge": 1188},
    "7g": {"large": 630, "xlarge": 1250},
    "8g": {"large": 630, "xlarge": 1250},
}
_ROOT_DISK = 1
# Interfaces and volumes share 28 places of a machine; from the eighth generation volumes have 32 of their own.
_SHARED_ATTACHMENTS = 28
_OWN_ATTACHMENTS = {"8g": 32}

_EVERYWHERE = frozenset(
    {"us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1", "ap-northeast-1"}
)
_LOCATIONS = {"6g": _EVERYWHERE, "7g": _EVERYWHERE, "8g": _EVERYWHERE - {"ap-southeast-1"}}


def _machine(kind: str, generation: str, size: str) -> InstanceType:
    vcpus = _VCPUS[size]
    memory_gib = vcpus * _GIB_PER_VCPU[kind]
    interfaces, addresses = _INTERFACES[size]
    pods = reservations.pods(interfaces=interfaces, addresses_per_interface=addresses)
    return InstanceType(
        name=f"{kind}{generation}.{size}",
        cloud=Cloud.AWS,
        vcpus=vcpus,
        memory_gib=memory_gib,
        architecture="arm64",
        pods=pods,
        addresses=interfaces * addresses,
        capacity_memory_mib=reservations.capacity_memory_mib(memory_gib),
        allocatable_millicores=reservations.allocatable_millicores(vcpus),
        allocatable_memory_mib=reservations.allocatable_memory_mib(memory_gib, pods=pods),
        network_bandwidth_mbps=_NETWORK_MBPS[generation][size],
        volume_bandwidth_mbps=_VOLUME_MBPS[generation][size],
        volumes=_OWN_ATTACHMENTS.get(generation, _SHARED_ATTACHMENTS - interfaces) - _ROOT_DISK,
        locations=_LOCATIONS[generation],
    )


AWS_INSTANCE_TYPES: dict[str, InstanceType] = {
    row.name: row
    for row in (
        _machine(kind, generation, size)
        for size, kinds in (("large", "cmr"), ("xlarge", "cm"))
        for kind in kinds
        for generation in _LOCATIONS
    )
}
"""Machines of AWS by name, small ones first."""

"""The machines that node pools may consist of: what they have, and what is left of it for pods.

Sizes: AWS EC2 user guide, "Instance type specifications". Interfaces and addresses per machine: karpenter-provider-aws
`zz_generated.vpclimits.go` and Amazon VPC CNI `misc/eni-max-pods.txt`. Reservations: amazon-eks-ami,
`nodeadm/internal/kubelet/config.go` (Amazon Linux 2023). All read in November 2026.
"""

from __future__ import annotations

from dataclasses import dataclass

_EVICTION_MIB = 100
_MIB_PER_POD = 11
_MIB_BASE = 255
# What the kubelet keeps of each core, in millicores: 6, 1, 0.5 and 0.5 percent of the first four, 0.25 of the others.
_CORE_RESERVATIONS = (60, 10, 5, 5)
_FURTHER_CORE_RESERVATION = 2.5
# What the hypervisor and the kernel take before Kubernetes sees it. Karpenter plans with the same figure
# (`VM_MEMORY_OVERHEAD_PERCENT`, default 0.075), so it never opens a machine that this table finds too small.
_VM_OVERHEAD_PERCENT = 7.5


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """One instance type of one cloud."""

    name: str
    vcpus: int
    memory_gib: int
    architecture: str
    network_interfaces: int
    addresses_per_interface: int

    @property
    def pods(self) -> int:
        """Most pods: one per address but each interface's first, and two (CNI, kube-proxy) on the host's network."""
        return self.network_interfaces * (self.addresses_per_interface - 1) + 2

    @property
    def addresses(self) -> int:
        """Most addresses of its subnet that one machine may take, used by a pod or kept warm."""
        return self.network_interfaces * self.addresses_per_interface

    @property
    def capacity_memory_mib(self) -> int:
        """Memory that the operating system sees."""
        return int(self.memory_gib * 1024 * (100 - _VM_OVERHEAD_PERCENT) / 100)

    @property
    def allocatable_millicores(self) -> int:
        """CPU left for pods, in thousandths of a core."""
        named = sum(_CORE_RESERVATIONS[: self.vcpus])
        further = max(0, self.vcpus - len(_CORE_RESERVATIONS)) * _FURTHER_CORE_RESERVATION
        return self.vcpus * 1000 - int(named + further)

    @property
    def allocatable_memory_mib(self) -> int:
        """Memory left for pods."""
        return self.capacity_memory_mib - _MIB_BASE - _MIB_PER_POD * self.pods - _EVICTION_MIB


def _arm(name: str, vcpus: int, memory_gib: int, interfaces: int, addresses: int) -> InstanceType:
    return InstanceType(
        name=name,
        vcpus=vcpus,
        memory_gib=memory_gib,
        architecture="arm64",
        network_interfaces=interfaces,
        addresses_per_interface=addresses,
    )


INSTANCE_TYPES: dict[str, InstanceType] = {
    row.name: row
    for row in (
        *(_arm(f"{family}.large", 2, 4, 3, 10) for family in ("c6g", "c7g", "c8g")),
        *(_arm(f"{family}.large", 2, 8, 3, 10) for family in ("m6g", "m7g", "m8g")),
        *(_arm(f"{family}.large", 2, 16, 3, 10) for family in ("r6g", "r7g", "r8g")),
        *(_arm(f"{family}.xlarge", 4, 8, 4, 15) for family in ("c6g", "c7g", "c8g")),
        *(_arm(f"{family}.xlarge", 4, 16, 4, 15) for family in ("m6g", "m7g", "m8g")),
    )
}

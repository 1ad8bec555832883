"""What EKS leaves of a machine for pods.

Reservations: awslabs/amazon-eks-ami, `nodeadm/internal/kubelet/config.go` (Amazon Linux 2023), read in November 2026.
"""

from __future__ import annotations

_EVICTION_MIB = 100
_MIB_PER_POD = 11
_MIB_BASE = 255
# What the kubelet keeps of each core, in millicores: 6, 1, 0.5 and 0.5 percent of the first four, 0.25 of the others.
_CORE_RESERVATIONS = (60, 10, 5, 5)
_FURTHER_CORE_RESERVATION = 2.5
# What the hypervisor and the kernel take before Kubernetes sees it. Karpenter plans with the same figure
# (`VM_MEMORY_OVERHEAD_PERCENT`, default 0.075), so it never opens a machine that this table finds too small.
_VM_OVERHEAD_PERCENT = 7.5


def pods(*, interfaces: int, addresses_per_interface: int) -> int:
    """Return most pods: one per address but each interface's first, and two (CNI, kube-proxy) on the host's network."""
    return interfaces * (addresses_per_interface - 1) + 2


def capacity_memory_mib(memory_gib: int) -> int:
    """Return the memory that the operating system sees."""
    return int(memory_gib * 1024 * (100 - _VM_OVERHEAD_PERCENT) / 100)


def allocatable_millicores(vcpus: int) -> int:
    """Return CPU left for pods, in thousandths of a core."""
    named = sum(_CORE_RESERVATIONS[:vcpus])
    further = max(0, vcpus - len(_CORE_RESERVATIONS)) * _FURTHER_CORE_RESERVATION
    return vcpus * 1000 - int(named + further)


def allocatable_memory_mib(memory_gib: int, *, pods: int) -> int:
    """Return memory left on a machine that takes up to `pods` pods."""
    return capacity_memory_mib(memory_gib) - _MIB_BASE - _MIB_PER_POD * pods - _EVICTION_MIB

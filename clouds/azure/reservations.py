"""What AKS leaves of a machine for pods.

Reservations: AKS documentation, "Node resource reservations", for 1.29 and later (read in November 2026).
"""

from __future__ import annotations

from components.base.errors import ComponentError, refused

PODS_PER_NODE = 50
"""AKS reserves 20 MiB for each pod that a node may have, whether it has it or not: 110 would take 1.2 GiB more of every
machine. A node of ours has 30 at most; with overlay addresses 250 are possible ("Configure maximum pods per node")."""

_EVICTION_MIB = 100
_MIB_BASE = 50
_MIB_PER_POD = 20
_MEMORY_SHARE_AT_MOST = 0.25
# What AKS keeps of a machine of so many cores, in millicores.
_CORE_RESERVATIONS = {1: 60, 2: 100, 4: 140, 8: 180, 16: 260, 32: 420, 64: 740}
# What the hypervisor and the kernel take first: Azure/karpenter-provider-azure, `pkg/operator/options`, default 0.075.
_VM_OVERHEAD_PERCENT = 7.5


def capacity_memory_mib(memory_gib: int) -> int:
    """Return the memory that the operating system sees."""
    return int(memory_gib * 1024 * (100 - _VM_OVERHEAD_PERCENT) / 100)


def allocatable_millicores(vcpus: int) -> int:
    """Return CPU left for pods, in thousandths of a core. Raises `ComponentError` for a size that AKS does not list."""
    if vcpus not in _CORE_RESERVATIONS:
        raise ComponentError(
            refused(
                "capacity.vcpus",
                vcpus,
                f"AKS publishes what it reserves of {', '.join(map(str, _CORE_RESERVATIONS))} cores",
                "take a machine of one of these sizes",
            )
        )
    return vcpus * 1000 - _CORE_RESERVATIONS[vcpus]


def allocatable_memory_mib(memory_gib: int) -> int:
    """Return memory left for pods."""
    by_pods = _MIB_PER_POD * PODS_PER_NODE + _MIB_BASE
    reserved = min(by_pods, int(memory_gib * 1024 * _MEMORY_SHARE_AT_MOST))
    return capacity_memory_mib(memory_gib) - reserved - _EVICTION_MIB

"""What GKE leaves of a machine for pods.

Reservations: GKE documentation, "Plan node sizes", as cloudpilot-ai/karpenter-provider-gcp counts them in
`pkg/utils/utils.go` (read in November 2026). With Dataplane V2 there is no kube-proxy; its successor is a DaemonSet.
"""

from __future__ import annotations

PODS_PER_NODE = 64
"""GKE gives each node twice as many addresses as this, rounded up to a power of two: a /25 of the pods' range. Half
the default of 110, and no node of ours has as many ("Configure maximum Pods per node")."""

_EVICTION_MIB = 100
# What GKE keeps of the machine's memory, in MiB of each GiB, by slice in GiB: 25, 20, 10, 6 and 2 percent.
_MEMORY_TIERS = ((4, 256.0), (4, 204.8), (8, 102.4), (112, 61.44))
_FURTHER_MEMORY = 20.48
# The same for CPU, in millicores of each core: 6, 1, 0.5 and 0.25 percent.
_CORE_TIERS = ((1, 60.0), (1, 10.0), (2, 5.0))
_FURTHER_CORES = 2.5
# What the hypervisor and the kernel take first: karpenter-provider-gcp, `pkg/operator/options`, default 0.07.
_VM_OVERHEAD_PERCENT = 7


def capacity_memory_mib(memory_gib: int) -> int:
    """Return the memory that the operating system sees."""
    return memory_gib * 1024 * (100 - _VM_OVERHEAD_PERCENT) // 100


def allocatable_millicores(vcpus: int) -> int:
    """Return CPU left for pods, in thousandths of a core."""
    return vcpus * 1000 - _kept(vcpus, _CORE_TIERS, _FURTHER_CORES)


def allocatable_memory_mib(memory_gib: int) -> int:
    """Return memory left for pods."""
    reserved = _kept(memory_gib, _MEMORY_TIERS, _FURTHER_MEMORY)
    return capacity_memory_mib(memory_gib) - reserved - _EVICTION_MIB


def _kept(amount: int, tiers: tuple[tuple[int, float], ...], further: float) -> int:
    """Round each slice down, as GKE's autoscaler and Karpenter do."""
    kept, left = 0, amount
    for width, share in tiers:
        taken = min(left, width)
        kept += int(taken * share)
        left -= taken
    return kept + int(left * further)

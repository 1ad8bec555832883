"""What one instance type is to the arithmetic, whatever the cloud; which types exist is in `clouds/machines.py`."""

from __future__ import annotations

from dataclasses import dataclass

from components.base.vocabulary import Cloud


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """One instance type of one cloud, and what is left of it for pods."""

    name: str
    cloud: Cloud
    vcpus: int
    memory_gib: int
    architecture: str
    pods: int
    """Most pods that the kubelet takes, those on the host's network included."""
    addresses: int
    """Most addresses of its subnet that one machine may take, used by a pod or kept warm."""
    capacity_memory_mib: int
    """Memory that the operating system sees."""
    allocatable_millicores: int
    """CPU left for pods, in thousandths of a core."""
    allocatable_memory_mib: int
    """Memory left for pods."""
    network_bandwidth_mbps: int | None
    """Megabits a second to other machines: what AWS guarantees, what GCP and Azure give at most; `None` where we found
    no published figure."""
    volume_bandwidth_mbps: int | None
    """Megabits a second to its volumes together, without bursts; `None` where we found no published figure."""
    volumes: int
    """Most volumes that pods on it may mount, beside the root disk."""
    locations: frozenset[str]
    """Locations, of those that the program knows, where it can be bought."""

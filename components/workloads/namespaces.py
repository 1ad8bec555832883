"""What a namespace allows: which pods may start in it, and how much they may take together."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_kubernetes.core.v1 import LimitRangeItemArgs, LimitRangeSpecArgs, ResourceQuotaSpecArgs

from components.workloads.contract import ServiceArgs

# For a pod that says nothing, such as one started by hand while looking for a fault.
_DEFAULT_CPU_MILLICORES = 50
_DEFAULT_MEMORY_MIB = 128
# In a rollout at the maximum each old pod counts until it is gone, beside its successor: never more than twice the
# maximum, because the surge is part of the successors.
_PODS_PER_MAXIMUM = 2


def quota_spec(services: Sequence[ServiceArgs]) -> ResourceQuotaSpecArgs:
    """Return a quota that the workloads never meet and a runaway does.

    Load balancers and node ports are forbidden: the program owns the way in.
    """
    pods = sum(_PODS_PER_MAXIMUM * service.maximum for service in services)
    millicores = sum(_PODS_PER_MAXIMUM * service.maximum * service.cpu_millicores for service in services)
    memory = f"{sum(_PODS_PER_MAXIMUM * service.maximum * service.memory_mib for service in services)}Mi"
    return ResourceQuotaSpecArgs(
        hard={
            "limits.memory": memory,
            "pods": str(pods),
            "requests.cpu": f"{millicores}m",
            "requests.memory": memory,
            "services.loadbalancers": "0",
            "services.nodeports": "0",
        }
    )


def limit_range_spec() -> LimitRangeSpecArgs:
    """Return requests for containers that name none; without them the quota would refuse the pod."""
    memory = f"{_DEFAULT_MEMORY_MIB}Mi"
    return LimitRangeSpecArgs(
        limits=[
            LimitRangeItemArgs(
                type="Container",
                default={"memory": memory},
                default_request={"cpu": f"{_DEFAULT_CPU_MILLICORES}m", "memory": memory},
            )
        ]
    )

"""What runs on every node of a cloud beside the platform's own pods."""

from __future__ import annotations

from components.cluster.addons import ADDONS, addon_workloads
from components.cluster.azure_addons import aks_workloads
from components.cluster.contract import PodWorkload, WorkloadKind
from q2o_infra.vocabulary import Cloud


def on_every_node(cloud: Cloud) -> tuple[PodWorkload, ...]:
    """Return the DaemonSets of `cloud`'s managed cluster. Raises `KeyError` for a cloud without a table."""
    everything = {
        Cloud.AWS: tuple(row for addon in ADDONS for row in addon_workloads(addon)),
        Cloud.AZURE: aks_workloads(),
    }[cloud]
    return tuple(row for row in everything if row.kind is WorkloadKind.DAEMON_SET)

"""What a cloud itself runs in a cluster, and which of it on every node, beside the platform's own pods."""

from __future__ import annotations

from components.base.pods import PodWorkload, WorkloadKind
from components.base.vocabulary import Cloud
from components.cluster.addons import ADDONS, addon_workloads
from components.cluster.azure_addons import aks_workloads
from components.cluster.gcp_pods import GKE_WORKLOADS


def managed_pods(cloud: Cloud) -> tuple[PodWorkload, ...]:
    """Return every set of pods of `cloud`'s managed cluster. Raises `KeyError` for a cloud without a table."""
    return {
        Cloud.AWS: tuple(row for addon in ADDONS for row in addon_workloads(addon)),
        Cloud.AZURE: aks_workloads(),
        Cloud.GCP: GKE_WORKLOADS,
    }[cloud]


def on_every_node(cloud: Cloud) -> tuple[PodWorkload, ...]:
    """Return the DaemonSets of `cloud`'s managed cluster. Raises `KeyError` for a cloud without a table."""
    return tuple(row for row in managed_pods(cloud) if row.kind is WorkloadKind.DAEMON_SET)

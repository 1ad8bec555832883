"""The providers that every region has, whatever its cloud.

Every resource gets an explicit one; default providers are disabled. A cloud's own are built in
`q2o_infra.phases.<cloud>`, and nowhere else.
"""

from __future__ import annotations

import pulumi_kubernetes as kubernetes
import pulumi_random as random
from pulumi import ProviderResource

from components.cluster.contract import KubernetesCluster


def create_kubernetes_provider(cluster: KubernetesCluster) -> ProviderResource:
    """Return the provider of everything inside `cluster`.

    It knows the cluster by its identifier: a kubeconfig that is written anew replaces nothing.
    """
    return kubernetes.Provider(
        "cluster",
        cluster_identifier=cluster.cluster_identifier,
        # Without these a changed Secret or ConfigMap is deleted and created again under its name, and pods that start
        # in between fail.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        enable_server_side_apply=True,
        kubeconfig=cluster.kubeconfig,
    )


def create_random_provider() -> ProviderResource:
    """Return the provider of generated secrets."""
    return random.Provider("secrets")

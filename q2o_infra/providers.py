"""The only place that builds provider objects. Every resource gets one of them; default providers are disabled."""

from __future__ import annotations

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pulumi_random as random
from pulumi import ProviderResource

from components.cluster.contract import KubernetesCluster
from q2o_infra.labels import cloud_tags
from q2o_infra.region import RegionFacts


def create_cloud_provider(facts: RegionFacts) -> ProviderResource:
    """Return the provider of the region's home location, pinned to its account."""
    return aws.Provider(
        "home",
        allowed_account_ids=[facts.settings.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=tags(facts)),
        region=facts.location.name,
    )


def create_recovery_provider(facts: RegionFacts) -> ProviderResource:
    """Return the provider of the region's recovery location, pinned to the same account."""
    return aws.Provider(
        "recovery",
        allowed_account_ids=[facts.settings.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=tags(facts)),
        region=facts.recovery.name,
    )


def create_kubernetes_provider(cluster: KubernetesCluster) -> ProviderResource:
    """Return the provider of everything inside `cluster`.

    It knows the cluster by its identifier: a kubeconfig that is written anew replaces nothing.
    """
    return kubernetes.Provider(
        "cluster",
        cluster_identifier=cluster.cluster_identifier,
        # Without this a changed Secret is deleted and made anew under the same name, and pods that start between fail.
        enable_secret_mutable=True,
        enable_server_side_apply=True,
        kubeconfig=cluster.kubeconfig,
    )


def create_random_provider() -> ProviderResource:
    """Return the provider of generated secrets."""
    return random.Provider("secrets")


def tags(facts: RegionFacts) -> dict[str, str]:
    """Return the cost-allocation tags of the stack."""
    return cloud_tags(stack=facts.stack, region=facts.place.region, environment=facts.settings.environment)

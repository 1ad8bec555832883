"""A program of any size out of the real components: so many networks, each with workloads beside it.

One slice is about half AWS, half Kubernetes, like a region; clusters and controllers are left out, because a region
has one of each however large it grows.
"""

from __future__ import annotations

from typing import Any

import pulumi_kubernetes
from pulumi import ProviderResource, Resource, ResourceOptions
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base.vocabulary import Tier
from components.network.aws import AwsNetwork
from components.network.contract import NetworkArgs
from components.tiers.contract import priority_class_name
from components.workloads.component import Workloads
from components.workloads.contract import AgentArgs, ApiArgs, WorkloadsArgs
from q2o_infra import versions
from q2o_infra.agents import PodSize
from q2o_infra.phases.aws import create_home_provider
from q2o_infra.phases.names import tags
from q2o_infra.providers import create_random_provider
from q2o_infra.region import RegionFacts

_AGENT_KINDS = 6
"""With six kinds of agents one slice is about a hundred resources."""
_IMAGE = "registry.example.com/q2o/app@sha256:" + "0" * 64


def build(facts: RegionFacts, *, slices: int) -> None:
    """Register `slices` networks and as many times the workloads."""
    cloud = create_home_provider(facts)
    inside = pulumi_kubernetes.Provider("cluster", kubeconfig="{}")
    secrets = create_random_provider()
    anchor = Namespace("anchor", metadata=ObjectMetaArgs(name="anchor"), opts=ResourceOptions(provider=inside))
    for number in range(slices):
        _network(facts, f"network-{number}", cloud)
        _workloads(facts, f"workloads-{number}", [inside, secrets], anchor)


def _network(facts: RegionFacts, name: str, cloud: ProviderResource) -> None:
    AwsNetwork(
        name,
        NetworkArgs(
            addresses=facts.addresses,
            cluster_name=name,
            location=facts.location.name,
            nat=facts.settings.network.nat,
            tags=tags(facts),
        ),
        ResourceOptions(provider=cloud),
    )


def _workloads(facts: RegionFacts, name: str, providers: list[ProviderResource], anchor: Resource) -> None:
    Workloads(
        name,
        WorkloadsArgs(
            agents=tuple(
                AgentArgs(kind=kind, image=_IMAGE, **_size(size))
                for kind, size in list(facts.agents.items())[:_AGENT_KINDS]
            ),
            api=ApiArgs(image=_IMAGE, **_size(facts.api)),
            cluster_resource=anchor,
            elastic_pool=anchor,
            kubernetes_minor=versions.KUBERNETES_MINOR,
            llm_api_key="none",
            priority_classes={tier.value: priority_class_name(tier) for tier in Tier},
            redundancy=facts.contract.pods_per_kind_minimum,
            region=facts.place.region,
            zones=facts.contract.zones,
        ),
        ResourceOptions(providers=providers),
    )


def _size(size: PodSize) -> dict[str, Any]:
    return {
        "cpu_millicores": size.cpu_millicores,
        "maximum": size.maximum,
        "memory_mib": size.memory_mib,
        "minimum": size.minimum,
    }

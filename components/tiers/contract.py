"""Who stays when nodes run short: one rank for each tier, higher pushes out lower."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import Resource

from components.base.vocabulary import Tier

# User classes end at 1,000,000,000 (Kubernetes documentation, "Pod Priority and Preemption"). A value cannot be changed
# on a living class, so the gaps leave room for tiers to come.
RANKS: dict[Tier, int] = {
    Tier.DATA: 400_000,
    Tier.GATEWAY: 300_000,
    Tier.API: 200_000,
    Tier.CANARY: 200_000,
    Tier.AGENT: 100_000,
}
PATIENT = frozenset({Tier.CANARY})
"""Tiers that push nobody out: a canary may come to carry all traffic, so it is kept as the API is, but what runs has to
stay as it was while somebody tries a release; its pods wait for a node of their own."""


def priority_class_name(tier: Tier) -> str:
    """Return the name by which pods ask for the rank of `tier`."""
    return f"q2o-{tier.value}"


@dataclass(frozen=True, kw_only=True)
class TiersArgs:
    """Arguments of the tiers."""

    cluster_resource: Resource
    """The cluster itself: the classes are gone with it."""

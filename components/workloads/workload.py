"""One workload as the other files see it: the API and a kind of agent differ only in what stands here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi import Input

from components.base.labels import object_labels, selector_labels
from components.base.vocabulary import Tier
from components.namespaces.contract import AGENTS_NAMESPACE, API_NAMESPACE
from components.workloads.canary import PodRange, consuming_canary, routed_canary
from components.workloads.contract import (
    PORT,
    AgentArgs,
    ApiArgs,
    ServiceArgs,
)

# An API request lasts seconds. An agent may be inside a call to an LLM, and providers answer within a minute or so;
# what is cut off is retried by its caller. Both fit in the notice before a spot machine goes.
_API_DRAIN_SECONDS = 30
_AGENT_DRAIN_SECONDS = 85

API_SERVICE = "api"
SERVES_LABEL = "q2o.dev/serves"
"""On pods alone: the workload that they work for, the same for stable and canary."""
CREDENTIAL_KEY = "value"
"""The one key in each Secret; the Secret's name says what it is."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """One Deployment with its autoscaler, budget, Service and account, all of one name."""

    name: str
    """Inside its namespace; never changes, because everything else finds it by this name."""
    serves: str
    """Name of the workload that its pods work for: its own, or stable's for a canary."""
    rank: Tier
    """The tier by whose rank its pods stay or go."""
    tier: Tier
    service: ServiceArgs
    drain_seconds: int
    headless: bool
    """Whether its Service hands out the pods' addresses instead of one of its own."""
    environment: dict[str, str]
    secrets: dict[str, Input[str]]
    """Environment variables that come from a Secret, by the Secret's name."""

    @property
    def labels(self) -> dict[str, str]:
        """Labels of everything that belongs to the workload."""
        return object_labels(component=self.tier.value, instance=self.name)

    @property
    def pod_labels(self) -> dict[str, str]:
        """Labels of its pods."""
        return {**self.labels, SERVES_LABEL: self.serves}

    @property
    def selector(self) -> dict[str, str]:
        """Labels by which its pods are found, and no others: a canary's pods carry another name than stable's."""
        return selector_labels(component=self.tier.value, instance=self.name)

    @property
    def selector_with_canary(self) -> dict[str, str]:
        """Labels by which its pods and those of its canary are found."""
        return {"app.kubernetes.io/component": self.tier.value, SERVES_LABEL: self.serves}


def api_workload(args: ApiArgs, *, token_secret: Input[str]) -> Workload:
    """Return the API: it hands work to agents, whom it finds by name in their namespace."""
    return Workload(
        name=API_SERVICE,
        serves=API_SERVICE,
        rank=Tier.API,
        tier=Tier.API,
        service=args,
        drain_seconds=_API_DRAIN_SECONDS,
        headless=False,
        environment={"Q2O_AGENTS_DOMAIN": f"{AGENTS_NAMESPACE}.svc.cluster.local", "Q2O_AGENTS_PORT": str(PORT)},
        secrets={"Q2O_INTERNAL_TOKEN": token_secret},
    )


def agent_workload(args: AgentArgs, *, llm_secret: Input[str], token_secret: Input[str]) -> Workload:
    """Return one kind of agent: it calls LLM providers and reports to the API.

    Its Service is headless from the start: behind one address a gRPC connection sticks to one pod for its life, and
    a Service cannot give up its address later without being replaced.
    """
    return Workload(
        name=f"agent-{args.kind.value}",
        serves=f"agent-{args.kind.value}",
        rank=Tier.AGENT,
        tier=Tier.AGENT,
        service=args,
        drain_seconds=_AGENT_DRAIN_SECONDS,
        headless=True,
        environment={
            "Q2O_AGENT_KIND": args.kind.value,
            "Q2O_API_URL": f"http://{API_SERVICE}.{API_NAMESPACE}.svc.cluster.local:{PORT}",
        },
        secrets={"LLM_API_KEY": llm_secret, "Q2O_INTERNAL_TOKEN": token_secret},
    )


def canary_of(workload: Workload) -> Workload | None:
    """Return the canary that runs beside `workload`: the same pods of another image under another name."""
    service = workload.service
    if service.canary is None:
        return None
    stable = PodRange(minimum=service.minimum, maximum=service.maximum)
    pods = (
        consuming_canary(stable, weight_percent=service.canary.weight_percent)
        if workload.headless
        else routed_canary(stable)
    )
    return replace(
        workload,
        name=f"{workload.name}-canary",
        rank=Tier.CANARY,
        service=replace(service, canary=None, image=service.canary.image, maximum=pods.maximum, minimum=pods.minimum),
    )


def with_canary(workload: Workload) -> list[Workload]:
    """Return `workload` and, where it has one, its canary."""
    canary = canary_of(workload)
    return [workload, canary] if canary else [workload]

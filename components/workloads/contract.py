"""What the workloads are given: the API, the kinds of agents, and what their pods must know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import Input, Resource

from components.base.errors import ComponentError, refused
from components.base.images import check_image
from components.base.vocabulary import AgentKind, Region
from components.workloads.canary import ALL_PERCENT
from components.workloads.rules import LEAST_REDUNDANCY, check_kinds, check_range, check_requests

PORT = 8080
"""Port of every workload's container and Service.

The two are the same on purpose: the VPC CNI enforces network policies only for Services whose port is the port of
the container (EKS user guide, "Limit Pod traffic with Kubernetes network policies", considerations).
"""

_LEAST_ZONES = 2


@dataclass(frozen=True, kw_only=True)
class CanaryArgs:
    """A new image that runs beside the one that is known to work."""

    image: str
    """Container image, pinned by digest."""
    weight_percent: int
    """Share of the work that it does, 0 to 100; at 0 and at 100 both stand at full size."""


@dataclass(frozen=True, kw_only=True)
class RouteArgs:
    """The way from the gateway to the API."""

    gateway: Resource
    """The gateway itself: a route that is there before it is answered by nobody."""
    gateway_name: Input[str]
    gateway_namespace: Input[str]
    host: Input[str]
    """The API's public host name."""


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    """One Deployment and how far its autoscaler may go."""

    canary: CanaryArgs | None = None
    """A new image beside `image`; it changes nothing of what runs `image`."""
    cpu_millicores: int
    """CPU that one pod asks for, in thousandths of a core; also the base of the autoscaler's percentage."""
    image: str
    """Container image, pinned by digest; built for arm64, the architecture of the nodes."""
    maximum: int
    """Most pods; each costs its requests."""
    memory_mib: int
    """Memory that one pod asks for and may use, in MiB."""
    minimum: int
    """Fewest pods; what is paid for when nobody is there."""


@dataclass(frozen=True, kw_only=True)
class ApiArgs(ServiceArgs):
    """The API, which the gateway speaks to."""


@dataclass(frozen=True, kw_only=True)
class AgentArgs(ServiceArgs):
    """One kind of agent."""

    kind: AgentKind
    """Names the Deployment and tells the container what to be; the image may be the same for all kinds."""


@dataclass(frozen=True, kw_only=True)
class RedisAccess:
    """How the workloads reach Redis (`components/redis/README.md`, "What a client needs")."""

    certificates: Resource
    """What issues certificates; it stands before the first one is asked for."""
    host: Input[str]
    issuer: Input[str]
    """ClusterIssuer of the authority that vouches for the nodes."""
    password: Input[str]
    """A secret."""
    port: Input[int]
    user: str = "application"


@dataclass(frozen=True, kw_only=True)
class WorkloadsArgs:
    """Arguments of the workloads."""

    agents: tuple[AgentArgs, ...]
    """The kinds of agents, each once."""
    api: ApiArgs
    cluster_resource: Resource
    """The cluster itself: what needs no orderly end is gone with it."""
    credentials_revision: int = 1
    """Raise it together with `llm_api_key`: pods read credentials at their start, and this is what restarts them."""
    deletion_protection: bool = True
    """Guards the namespaces, whose deletion stops everything in them."""
    elastic_pool: Resource
    """What gives pods their nodes: it stands before the first pod, and falls after the last has left its node."""
    kubernetes_minor: str
    """The cluster's minor version, for example `1.36`; pins what Pod Security `restricted` means."""
    llm_api_key: Input[str]
    """Key for the LLM provider; becomes a secret here whatever it was before."""
    priority_classes: Input[Mapping[str, str]]
    """Each tier's priority class, by the tier's name."""
    redis: RedisAccess | None = None
    """`None`: pods know of no Redis."""
    redundancy: int
    """Fewest pods that any workload may have (the phase's promise)."""
    region: Region
    """Told to the pods."""
    route: RouteArgs | None = None
    """How the gateway finds the API; `None`: nothing leads in from outside."""
    zones: int
    """Zones that the nodes stand in; the unit of loss that scaling and disruption budgets are computed from."""

    def __post_init__(self) -> None:
        if self.redundancy < LEAST_REDUNDANCY:
            raise ComponentError(
                refused(
                    "workloads.redundancy",
                    self.redundancy,
                    f"{LEAST_REDUNDANCY} or more",
                    "promise at least two pods of everything",
                )
            )
        if self.zones < _LEAST_ZONES:
            raise ComponentError(
                refused(
                    "workloads.zones",
                    self.zones,
                    f"{_LEAST_ZONES} or more",
                    "spread the nodes over at least two zones",
                )
            )
        if self.credentials_revision < 1:
            raise ComponentError(
                refused("workloads.credentials_revision", self.credentials_revision, "1 or more", "count up from 1")
            )
        check_kinds("workloads.agents", (agent.kind for agent in self.agents), error=ComponentError)
        self._check("workloads.api", self.api)
        for agent in self.agents:
            self._check(f"workloads.agents.{agent.kind}", agent)

    def _check(self, where: str, service: ServiceArgs) -> None:
        check_image(f"{where}.image", service.image, error=ComponentError)
        if service.canary:
            _check_canary(f"{where}.canary", service.canary)
        check_range(
            where,
            minimum=service.minimum,
            maximum=service.maximum,
            redundancy=self.redundancy,
            error=ComponentError,
        )
        check_requests(
            where, cpu_millicores=service.cpu_millicores, memory_mib=service.memory_mib, error=ComponentError
        )


def _check_canary(where: str, canary: CanaryArgs) -> None:
    check_image(f"{where}.image", canary.image, error=ComponentError)
    if not 0 <= canary.weight_percent <= ALL_PERCENT:
        raise ComponentError(
            refused(
                f"{where}.weight_percent",
                canary.weight_percent,
                f"0 to {ALL_PERCENT}",
                "give the share of the work that the canary does",
            )
        )

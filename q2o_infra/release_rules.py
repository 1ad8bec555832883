"""From a release file to what shall run: how many pods each canary has, and whether all of it fits.

What a single value may be is decided in `q2o_infra.releases`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from components.base.errors import refused
from components.base.vocabulary import AgentKind
from components.workloads.canary import PodRange, consuming_canary, routed_canary
from q2o_infra.agents import DEFAULT_AGENTS, PodSize
from q2o_infra.capacity.amount import Amount
from q2o_infra.capacity.release_room import Machines, Rolled, added, standing
from q2o_infra.phases.contract import PhaseContract
from q2o_infra.region import RegionFacts
from q2o_infra.release_files import release_name
from q2o_infra.releases import Canary, Release, WorkloadRelease
from q2o_infra.settings import ApiSettings
from q2o_infra.settings_errors import error_for

API = "api"


@dataclass(frozen=True, kw_only=True)
class CanaryFacts:
    """A canary as it shall stand."""

    image: str
    weight_percent: int
    pods: PodRange


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """One workload as it shall run."""

    workload: str
    """Name of its Deployment."""
    path: str
    """Where its images stand in the release file."""
    image: str
    """Of stable: the canary's once that is confirmed."""
    size: PodSize
    canary: CanaryFacts | None

    @property
    def rolled(self) -> Rolled:
        """What it takes while it is rolled."""
        pod = Amount(cpu_millicores=self.size.cpu_millicores, memory_mib=self.size.memory_mib, pods=1)
        return Rolled(pod=pod, stable=self.size.minimum, canary=self.canary.pods.minimum if self.canary else 0)


@dataclass(frozen=True, kw_only=True)
class ReleaseFacts:
    """What shall run in a region, and what room there is for it."""

    api: RunFacts
    agents: dict[AgentKind, RunFacts]
    machines: Machines
    """Machines of the elastic pool that the budget counts."""

    @property
    def runs(self) -> tuple[RunFacts, ...]:
        """Every workload."""
        return (self.api, *self.agents.values())


def decide_release(region: RegionFacts, release: Release, *, machine: Amount) -> ReleaseFacts:
    """Fill in what the file leaves open and check what its values alone cannot say.

    `machine` is what one machine of the elastic pool has for pods. Raises `SettingsError`, with a line for each fault.
    """
    facts = ReleaseFacts(
        api=_run(API, API, release.api, region.api, routed=True),
        agents={
            kind: _run(f"agent-{kind.value}", release.path_of_kind(kind), release.of_kind(kind), size, routed=False)
            for kind, size in region.agents.items()
        },
        machines=Machines(count=region.contract.elastic_nodes_budgeted, each=machine),
    )
    given = {API: release.api, **{release.path_of_kind(kind): release.of_kind(kind) for kind in region.agents}}
    faults = [
        *_canaries_differ(given),
        *_nobody_goes_back_to_a_confirmed_canary(given),
        *_it_fits(facts, region.contract),
    ]
    if faults:
        raise error_for(faults, source=release_name(region.stack))
    return facts


def _run(workload: str, path: str, given: WorkloadRelease, size: PodSize, *, routed: bool) -> RunFacts:
    canary = given.canary
    return RunFacts(
        workload=workload,
        path=path,
        image=canary.image if canary and canary.confirmed else given.stable,
        size=size,
        canary=_canary(canary, size, routed=routed) if canary else None,
    )


def _canary(given: Canary, size: PodSize, *, routed: bool) -> CanaryFacts:
    stable = PodRange(minimum=size.minimum, maximum=size.maximum)
    pods = routed_canary(stable) if routed else consuming_canary(stable, weight_percent=given.weight_percent)
    return CanaryFacts(image=given.image, weight_percent=given.weight_percent, pods=pods)


def _canaries_differ(given: dict[str, WorkloadRelease]) -> Iterator[str]:
    for path, row in given.items():
        if row.canary and row.canary.image == row.stable:
            yield refused(
                f"{path}.canary.image",
                row.canary.image,
                "stable runs this image, so there is nothing to compare",
                "remove the canary, or give it the new image",
            )


def _nobody_goes_back_to_a_confirmed_canary(given: dict[str, WorkloadRelease]) -> Iterator[str]:
    for path, row in given.items():
        if row.canary and row.canary.confirmed and row.canary.weight_percent == 0:
            yield refused(
                f"{path}.canary.weight_percent",
                0,
                "the canary is confirmed, so stable runs its image and everybody would get it",
                "set confirmed: false to go back",
            )


def _it_fits(facts: ReleaseFacts, contract: PhaseContract) -> Iterator[str]:
    """Refuse canaries for which the machines of the budget have no room beside stable.

    A minimum that a stack raised above the default buys machines of its own, and takes no room from a release.
    """
    rolled = [row.rolled for row in facts.runs]
    usual, stable = standing(_usual(contract)), standing(rolled)
    beside = Amount(
        cpu_millicores=min(usual.cpu_millicores, stable.cpu_millicores),
        memory_mib=min(usual.memory_mib, stable.memory_mib),
        pods=min(usual.pods, stable.pods),
    )
    more = added(rolled)
    lacking = (beside + more).beyond(facts.machines.whole)
    if lacking != Amount():
        canaries = [row for row in facts.runs if row.canary]
        largest = max(canaries, key=lambda row: row.rolled.pod.cpu_millicores * row.rolled.canary)
        one = len(canaries) == 1
        whose = f"the canary of {largest.workload}" if one else f"the canaries of {len(canaries)} workloads"
        yield (
            f"{largest.path}.canary: {whose} and the surge of rolling them need {more}: "
            f"the {facts.machines.count} machines that the budget counts lack {lacking} for it beside stable; "
            f"release fewer workloads at once, or lower a weight that is neither 0 nor 100."
        )


def _usual(contract: PhaseContract) -> Iterator[Rolled]:
    api = ApiSettings()
    yield Rolled(
        pod=Amount(cpu_millicores=api.cpu_millicores, memory_mib=api.memory_mib, pods=1), stable=contract.api_pods
    )
    for size in DEFAULT_AGENTS.values():
        pod = Amount(cpu_millicores=size.cpu_millicores, memory_mib=size.memory_mib, pods=1)
        yield Rolled(pod=pod, stable=size.minimum)

"""Whether the default sizes fit the machines that the budget pays for."""

from __future__ import annotations

import math

import pytest

from components.base.pods import PodWorkload, WorkloadKind
from components.base.quantities import mebibytes, millicores
from components.base.vocabulary import Cloud
from components.cluster.addons import ADDONS, addon_workloads
from q2o_infra.agents import DEFAULT_AGENTS, PodSize
from q2o_infra.phases.contract import PHASES, Phase
from q2o_infra.phases.machines import elastic_machines
from q2o_infra.region import decide_region
from q2o_infra.stack_files import read_settings

FOUNDATION = PHASES[Phase.FOUNDATION]
BUDGETED_ELASTIC_NODES = FOUNDATION.elastic_nodes_budgeted


@pytest.fixture(scope="module")
def sizes() -> list[PodSize]:
    facts = decide_region("us-east", read_settings("us-east"))
    return [facts.api, *facts.agents.values()]


def daemon_sets() -> list[PodWorkload]:
    found = [workload for addon in ADDONS for workload in addon_workloads(addon)]
    return [workload for workload in found if workload.kind is WorkloadKind.DAEMON_SET]


def test_the_minima_are_what_the_phase_promises(sizes: list[PodSize]) -> None:
    assert sizes[0].minimum == FOUNDATION.api_pods
    assert sum(size.minimum for size in DEFAULT_AGENTS.values()) == FOUNDATION.agent_pods


def test_the_minima_fit_on_the_machines_that_the_budget_counts(sizes: list[PodSize]) -> None:
    machine = elastic_machines(Cloud.AWS, "us-east-1")[0]
    cpu = machine.allocatable_millicores - sum(row.cpu_millicores for row in daemon_sets())
    memory = machine.allocatable_memory_mib - sum(row.memory_mib for row in daemon_sets())
    pods = machine.pods - len(daemon_sets())

    assert sum(size.minimum * size.cpu_millicores for size in sizes) <= BUDGETED_ELASTIC_NODES * cpu
    assert sum(size.minimum * size.memory_mib for size in sizes) <= BUDGETED_ELASTIC_NODES * memory
    assert sum(size.minimum for size in sizes) <= BUDGETED_ELASTIC_NODES * pods


def test_one_machine_holds_the_share_of_a_zone(sizes: list[PodSize]) -> None:
    """Pods are spread strictly, so a zone gets its share even where it has one machine only."""
    machine = elastic_machines(Cloud.AWS, "us-east-1")[0]
    share = [(math.ceil(size.minimum / FOUNDATION.zones), size) for size in sizes]

    assert sum(count * size.cpu_millicores for count, size in share) <= machine.allocatable_millicores - sum(
        row.cpu_millicores for row in daemon_sets()
    )
    assert sum(count * size.memory_mib for count, size in share) <= machine.allocatable_memory_mib - sum(
        row.memory_mib for row in daemon_sets()
    )


@pytest.mark.parametrize(("quantity", "expected"), [("250m", 250), ("2", 2000), ("1.5", 1500), ("0", 0)], ids=str)
def test_cpu_is_read_in_thousandths_of_a_core(quantity: str, expected: int) -> None:
    assert millicores(quantity) == expected


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [("512Mi", 512), ("2Gi", 2048), ("1G", 953), ("1048576", 1)],
    ids=str,
)
def test_memory_is_read_in_mebibytes_rounded_down(quantity: str, expected: int) -> None:
    assert mebibytes(quantity) == expected


@pytest.mark.parametrize("nonsense", ["", "five", "5 Gi", "-1", "1Zi"])
def test_what_is_no_quantity_is_refused(nonsense: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity"):
        mebibytes(nonsense)

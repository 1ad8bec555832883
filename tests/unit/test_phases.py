"""The phase table: complete, growing, and with the figures of the project's brief."""

from __future__ import annotations

from itertools import pairwise

import pytest

from components.base.vocabulary import AgentKind
from q2o_infra.agents import DEFAULT_AGENTS
from q2o_infra.phases.contract import BUILT, PHASES, Phase, missing

# The brief's own figures, typed once more on purpose: a slip in the table moves sizes, alerts, budgets and gates.
USERS = {1: 5_000, 2: 50_000, 3: 50_000, 4: 100_000}
INFRASTRUCTURE_USD_PER_MONTH = {1: 800, 2: 2_000, 3: 2_200, 4: 5_000}
ENGINEERING_USD = {1: 60_000, 2: 50_000, 3: 30_000, 4: 50_000}
AVAILABILITY_PERCENT = {1: 99.9, 2: 99.9, 3: 99.9, 4: 99.99}
API_P95_MILLISECONDS = {1: None, 2: 50, 3: 50, 4: 50}


def test_every_phase_has_exactly_one_row_in_order() -> None:
    """None can be skipped."""
    assert list(PHASES) == list(Phase) == [1, 2, 3, 4]
    assert all(phase is row.phase for phase, row in PHASES.items())


@pytest.mark.parametrize("phase", Phase)
def test_a_phase_promises_what_the_brief_says(phase: Phase) -> None:
    """Everything else derives from these."""
    row = PHASES[phase]

    assert row.concurrent_users == USERS[phase]
    assert row.infrastructure_usd_per_month == INFRASTRUCTURE_USD_PER_MONTH[phase]
    assert row.engineering_usd == ENGINEERING_USD[phase]
    assert row.availability_percent == AVAILABILITY_PERCENT[phase]
    assert row.api_p95_milliseconds == API_P95_MILLISECONDS[phase]


@pytest.mark.parametrize(("earlier", "later"), list(pairwise(Phase)))
def test_no_promise_is_taken_back_by_the_next_phase(earlier: Phase, later: Phase) -> None:
    """Each phase builds on the one before."""
    before, after = PHASES[earlier], PHASES[later]

    for figure in (
        "concurrent_users",
        "infrastructure_usd_per_month",
        "availability_percent",
        "api_pods",
        "agent_pods",
        "nodes_minimum",
        "nodes_maximum",
        "pods_per_kind_minimum",
        "zones",
    ):
        assert getattr(before, figure) <= getattr(after, figure), figure
    assert before.error_rate_percent >= after.error_rate_percent
    for figure in ("api_p95_milliseconds", "search_p95_milliseconds"):
        if getattr(before, figure) is not None:
            assert getattr(after, figure) is not None
            assert getattr(after, figure) <= getattr(before, figure), figure


@pytest.mark.parametrize("phase", Phase)
def test_a_phase_starts_with_five_api_pods_and_fifty_agent_pods_on_three_to_a_hundred_nodes(phase: Phase) -> None:
    """Phase 1's promise, which the later ones keep."""
    row = PHASES[phase]

    assert (row.api_pods, row.agent_pods) == (5, 50)
    assert (row.zones, row.nodes_minimum, row.nodes_maximum) == (3, 3, 100)
    assert row.pods_per_kind_minimum >= 2, "the loss of one node would take a kind of agent away"


def test_the_default_agents_are_twelve_kinds_and_as_many_pods_as_promised() -> None:
    """A stack file that says nothing about agents must keep the promise."""
    assert list(DEFAULT_AGENTS) == list(AgentKind)
    assert len(DEFAULT_AGENTS) == 12
    assert sum(size.minimum for size in DEFAULT_AGENTS.values()) == PHASES[Phase.FOUNDATION].agent_pods
    assert all(
        PHASES[Phase.FOUNDATION].pods_per_kind_minimum <= size.minimum <= size.maximum
        for size in DEFAULT_AGENTS.values()
    )


def test_what_is_built_is_the_first_phases_without_a_gap() -> None:
    """A later phase stands on all before it."""
    assert tuple(Phase)[: len(BUILT)] == BUILT
    assert BUILT


def test_a_later_phase_misses_what_the_earlier_ones_miss_too() -> None:
    assert missing(Phase.FOUNDATION) == ()
    assert missing(Phase.PERFORMANCE) == ("Kafka", "Elasticsearch", "gRPC between agents")
    assert missing(Phase.GLOBAL)[:3] == missing(Phase.PERFORMANCE)

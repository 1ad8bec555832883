"""From a release file to what runs: one setting promotes, one rolls back, one confirms."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from clouds.locations import LOCATIONS
from components.base.errors import SettingsError
from components.base.vocabulary import AgentKind, Cloud
from q2o_infra.capacity.amount import Amount
from q2o_infra.capacity.release_room import Rolled, added, machines_at_worst, standing
from q2o_infra.phases.contract import PHASES, Phase
from q2o_infra.phases.elastic_machine import elastic_machine
from q2o_infra.program import decide
from q2o_infra.release_files import parse_release, read_release
from q2o_infra.release_rules import ReleaseFacts
from q2o_infra.stack_files import ROOT, read_settings, stack_names

STACK = "us-east"
STABLE, NEXT, AGENT, NEXT_AGENT, CODER = (f"registry.example.com/q2o/app@sha256:{digit * 64}" for digit in "12345")
BUDGETED = PHASES[Phase.FOUNDATION].elastic_nodes_budgeted


def decided(document: dict[str, Any], **settings: Any) -> ReleaseFacts:
    release = parse_release(document, source="releases/us-east.yaml")
    return decide(STACK, read_settings(STACK, overrides=settings), release=release)[1]


def released(
    *, api: dict[str, Any] | None = None, agents: dict[str, Any] | None = None, **settings: Any
) -> ReleaseFacts:
    document = {"api": {"stable": STABLE, **(api or {})}, "agents": {"default": {"stable": AGENT}, **(agents or {})}}
    return decided(document, **settings)


def canary(weight: int, image: str = NEXT, **more: Any) -> dict[str, Any]:
    return {"canary": {"image": image, "weight_percent": weight, **more}}


@pytest.mark.parametrize("stack", stack_names())
def test_each_stack_has_a_release_file_that_fits(stack: str) -> None:
    decide(stack, read_settings(stack, overrides={"phase": 1}), release=read_release(stack))


def test_every_release_file_belongs_to_a_stack() -> None:
    assert sorted(path.stem for path in (ROOT / "releases").glob("*.yaml")) == stack_names()


def test_every_kind_of_agent_runs_the_image_of_all_but_for_an_entry_of_its_own() -> None:
    facts = released(agents={"coder": {"stable": CODER}})

    assert set(facts.agents) == set(AgentKind)
    assert {kind for kind, run in facts.agents.items() if run.image != AGENT} == {AgentKind.CODER}
    assert facts.agents[AgentKind.CODER].image == CODER


def test_a_kind_with_an_entry_takes_no_part_in_the_canary_of_all() -> None:
    facts = released(agents={"default": {"stable": AGENT, **canary(10, NEXT_AGENT)}, "coder": {"stable": CODER}})

    assert {kind for kind, run in facts.agents.items() if run.canary is None} == {AgentKind.CODER}


def test_a_kind_may_have_a_canary_beside_the_stable_image_of_all() -> None:
    run = released(agents={"coder": canary(25, NEXT_AGENT)}).agents[AgentKind.CODER]

    assert run.image == AGENT
    assert run.canary is not None
    assert (run.canary.image, run.canary.weight_percent, run.canary.pods.minimum) == (NEXT_AGENT, 25, 3)


@pytest.mark.parametrize("weight", range(101))
def test_stable_keeps_its_pods_and_its_image_until_the_canary_is_confirmed(weight: int) -> None:
    before = released()
    api = released(api=canary(weight)).api
    assert replace(api, canary=None) == before.api

    small = released(agents={"deployer": canary(weight, NEXT_AGENT)}) if weight <= 90 or weight == 100 else None
    if small:
        run, old = small.agents[AgentKind.DEPLOYER], before.agents[AgentKind.DEPLOYER]
        assert (run.image, run.size) == (old.image, old.size)


def test_confirming_gives_stable_the_new_image_and_takes_away_no_pod() -> None:
    before, after = released(api=canary(100)), released(api=canary(100, confirmed=True))

    assert after.api == replace(before.api, image=NEXT)


def test_afterwards_only_the_canary_goes() -> None:
    confirmed = released(api=canary(100, confirmed=True))
    over = released(api={"stable": NEXT})

    assert over.api == replace(confirmed.api, canary=None)


# What fits


def test_a_rolling_update_of_everything_fits_the_machines_of_the_budget() -> None:
    """Without a canary too: this is what a new image of all agents and of the API comes to."""
    everything = [replace(run.rolled, canary=run.size.minimum) for run in released().runs]
    surge = sum((row.pod * row.surge for row in everything), Amount())

    assert (standing(everything) + surge).beyond(
        elastic_machine(LOCATIONS[Cloud.AWS, "us-east-1"]) * BUDGETED
    ) == Amount()


def test_a_canary_of_the_api_or_of_any_kind_fits_at_every_weight_up_to_half_and_at_all() -> None:
    for weight in (*range(51), 100):
        released(api=canary(weight))
    for kind, weight in product(AgentKind, (1, 10, 25, 50, 100)):
        released(agents={kind.value: canary(weight, NEXT_AGENT)})


def test_a_tenth_of_every_agent_fits_and_a_half_does_not() -> None:
    released(agents={"default": {"stable": AGENT, **canary(10, NEXT_AGENT)}})

    with pytest.raises(SettingsError, match=r"the 4 machines that the budget counts lack 2615 thousandths of a core"):
        released(agents={"default": {"stable": AGENT, **canary(50, NEXT_AGENT)}})


def test_a_raised_minimum_takes_no_room_from_a_release() -> None:
    """It buys machines of its own, which the settings decide on."""
    facts = decided(
        {"api": {"stable": STABLE}, "agents": {"default": {"stable": AGENT}, "deployer": canary(50, NEXT_AGENT)}},
        agents=[{"kind": "coder", "minimum": 60}],
    )
    assert facts.agents[AgentKind.CODER].size.minimum == 60


def test_what_a_release_adds_is_the_canary_and_the_larger_surge_of_the_two() -> None:
    pod = Amount(cpu_millicores=100, memory_mib=200, pods=1)
    assert added([Rolled(pod=pod, stable=9, canary=3), Rolled(pod=pod, stable=50)]) == pod * (3 + 3)
    assert added([Rolled(pod=pod, stable=2, canary=9)]) == pod * (9 + 3)


def test_the_even_spread_may_take_a_machine_more_in_each_zone() -> None:
    pod = Amount(cpu_millicores=100, memory_mib=1, pods=1)
    machine = Amount(cpu_millicores=400, memory_mib=100, pods=10)
    assert machines_at_worst([Rolled(pod=pod, stable=12)], machine=machine, zones=3) == 3
    assert machines_at_worst([Rolled(pod=pod, stable=12, canary=1)], machine=machine, zones=3) == 6


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (Amount(), "nothing"),
        (Amount(pods=2), "2 pods"),
        (Amount(cpu_millicores=5, memory_mib=6, pods=7), "5 thousandths of a core, 6 MiB and 7 pods"),
    ],
)
def test_an_amount_reads_as_a_person_would_say_it(amount: Amount, words: str) -> None:
    assert str(amount) == words

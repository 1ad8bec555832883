"""From settings to a region: defaults that follow the phase, given values that are used."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from components.base.vocabulary import AgentKind
from q2o_infra.agents import DEFAULT_AGENTS
from q2o_infra.phases.contract import PHASES, Phase
from q2o_infra.region import RegionFacts, decide_region
from q2o_infra.stack_files import read_settings, stack_names


def _region(**changes: object) -> RegionFacts:
    return decide_region("us-east", read_settings("us-east", overrides={"phase": 1, **changes}))


@pytest.mark.parametrize("stack", stack_names())
def test_each_stack_file_makes_a_region(stack: str) -> None:
    """Every region can be looked at in phase 1 from the day it has a file."""
    facts = decide_region(stack, read_settings(stack, overrides={"phase": 1}))

    assert facts.location != facts.recovery
    assert facts.location.jurisdiction == facts.recovery.jurisdiction == facts.place.jurisdiction


@pytest.mark.parametrize("stack", ["us-east", "us-east-staging"])
def test_a_stack_is_named_after_its_region_with_or_without_a_suffix(stack: str) -> None:
    """A staging stack has a file, an account and a state of its own."""
    assert decide_region(stack, read_settings("us-east")).stack == stack


def test_the_api_starts_with_what_the_phase_promises_and_grows_as_the_users_do() -> None:
    """No stack file has to repeat a figure of the phase."""
    facts = _region(api={})

    growth = PHASES[Phase.PERFORMANCE].concurrent_users // PHASES[Phase.FOUNDATION].concurrent_users
    assert facts.api.minimum == PHASES[Phase.FOUNDATION].api_pods
    assert facts.api.maximum == facts.api.minimum * growth


def test_a_raised_minimum_leaves_the_maximum_alone() -> None:
    """A change of one figure in a stack file changes one thing in the region."""
    assert _region(api={"minimum": 7}).api.maximum == 50


def test_the_maximum_follows_a_minimum_above_it() -> None:
    """The default never refuses what was asked for."""
    assert _region(api={"minimum": 60}).api.maximum == 60


def test_the_default_agents_grow_as_much_as_the_api() -> None:
    """Both serve the same users."""
    growth = {size.maximum // size.minimum for size in DEFAULT_AGENTS.values()}

    assert growth == {_region(api={"minimum": 5}).api.maximum // 5}


def test_the_api_is_sized_as_given() -> None:
    """A setting that changed nothing would be a dead knob."""
    api = _region(api={"cpu_millicores": 300, "maximum": 20, "memory_mib": 768, "minimum": 6}).api

    assert (api.cpu_millicores, api.maximum, api.memory_mib, api.minimum) == (300, 20, 768, 6)


def test_an_entry_changes_only_what_it_names_of_one_kind_of_agent() -> None:
    """What is left out keeps the kind's default, and so do all other kinds."""
    agents = _region(agents=[{"kind": "coder", "maximum": 40, "minimum": 12}]).agents

    assert (agents[AgentKind.CODER].minimum, agents[AgentKind.CODER].maximum) == (12, 40)
    assert agents[AgentKind.CODER].memory_mib == DEFAULT_AGENTS[AgentKind.CODER].memory_mib
    others = {kind: size for kind, size in DEFAULT_AGENTS.items() if kind is not AgentKind.CODER}
    assert others == {kind: size for kind, size in agents.items() if kind is not AgentKind.CODER}


def test_a_region_takes_the_first_network_of_its_block() -> None:
    """Regions never overlap because their blocks do not."""
    assert _region(network={}).addresses.network == IPv4Network("10.16.0.0/16")


def test_given_locations_and_network_are_used() -> None:
    """A setting that changed nothing would be a dead knob."""
    facts = _region(location="us-east-2", network={"cidr": "10.20.0.0/16"}, recovery_location="us-east-1")

    assert (facts.location.name, facts.recovery.name) == ("us-east-2", "us-east-1")
    assert facts.addresses.network == IPv4Network("10.20.0.0/16")
    assert facts.location.zones == tuple(subnets.zone for subnets in facts.addresses.zones)

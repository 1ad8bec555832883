"""A pod that is larger than any machine of the elastic pool, refused before anything is planned."""

from __future__ import annotations

import pytest

from q2o_infra.errors import SettingsError
from q2o_infra.phases.elastic_machine import elastic_machine, refuse_giants
from q2o_infra.region import RegionFacts, decide_region
from tests.support.stacks import built_settings


def facts(**overrides: object) -> RegionFacts:
    return decide_region("us-east", built_settings("us-east", **overrides))


def test_the_sizes_of_a_stack_file_fit() -> None:
    refuse_giants(facts())


def test_a_pod_may_be_larger_than_the_preferred_machine_while_another_holds_it() -> None:
    room = elastic_machine(facts().location)
    refuse_giants(facts(api={"minimum": 5, "memory_mib": room.memory_mib + 1}))


def test_an_api_that_no_machine_holds_beside_what_runs_everywhere_is_refused() -> None:
    with pytest.raises(SettingsError) as refusal:
        refuse_giants(facts(api={"minimum": 5, "memory_mib": 14_400}))
    assert str(refusal.value) == (
        "api: '200m and 14400 MiB' is not allowed: no machine of the elastic pool at us-east-1 has as much beside what "
        "runs on every node; r7g.large has 1790m and 14137 MiB; ask for less, or name a larger machine in "
        "q2o_infra/phases/machines.py."
    )


def test_a_machine_must_hold_cpu_and_memory_at_once() -> None:
    with pytest.raises(SettingsError, match="'3700m and 14000 MiB'"):
        refuse_giants(facts(api={"minimum": 5, "cpu_millicores": 3700, "memory_mib": 14_000}))


def test_a_kind_of_agents_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^agents\.coder: '75m and 14300 MiB'"):
        refuse_giants(facts(agents=[{"kind": "coder", "memory_mib": 14_300}]))

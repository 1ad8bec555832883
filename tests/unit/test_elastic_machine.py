"""A pod that is larger than any machine of its pool, refused before anything is planned."""

from __future__ import annotations

import re

import pytest

from components.base.errors import SettingsError
from components.base.vocabulary import Cloud
from q2o_infra.phases.elastic_machine import elastic_machine, refuse_giants
from q2o_infra.plan.region_plan import plan_region
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
        "Pulumi.us-east.yaml: api: '200m and 14400 MiB' is not allowed: no machine of the elastic pool at us-east-1 "
        "has as much beside what runs on every node; r7g.large has 1790m and 14137 MiB; ask for less, or name a larger "
        "machine in q2o_infra/phases/machines.py."
    )


def test_a_machine_must_hold_cpu_and_memory_at_once() -> None:
    with pytest.raises(SettingsError, match="'3700m and 14000 MiB'"):
        refuse_giants(facts(api={"minimum": 5, "cpu_millicores": 3700, "memory_mib": 14_000}))


def test_a_kind_of_agents_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^Pulumi\.us-east\.yaml: agents\.coder: '75m and 14300 MiB'"):
        refuse_giants(facts(agents=[{"kind": "coder", "memory_mib": 14_300}]))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"cpu_millicores": 3000},
            "redis.cpu_millicores: 3000 is not allowed: m6g.large, the machine of the system pool at us-east-1, has "
            "1760m beside what runs on every node and Redis' own keeper and exporter; set it to 1760 or less, or name "
            "a larger machine in q2o_infra/phases/machines.py.",
        ),
        (
            {"memory_mib": 14_000, "storage_gib": 42},
            "redis.memory_mib: 14000 is not allowed: m6g.large, the machine of the system pool at us-east-1, has "
            "6479 MiB beside what runs on every node and Redis' own keeper and exporter; set it to 6479 or less, or "
            "name a larger machine in q2o_infra/phases/machines.py.",
        ),
    ],
)
def test_redis_is_held_against_the_system_machine_before_anything_is_registered(
    given: dict[str, int], sentence: str
) -> None:
    settings = built_settings("us-east", redis=given)
    with pytest.raises(SettingsError) as refusal:
        plan_region("us-east", settings)
    assert str(refusal.value) == f"Pulumi.us-east.yaml: {sentence}"


@pytest.mark.parametrize("cloud", Cloud)
def test_redis_may_ask_for_all_that_is_said_to_be_left_and_no_more(cloud: Cloud) -> None:
    with pytest.raises(SettingsError) as refusal:
        refuse_giants(facts(cloud=cloud.value, redis={"cpu_millicores": 3900, "memory_mib": 14_000, "storage_gib": 42}))
    cpu, memory = (int(found) for found in re.findall(r"set it to (\d+) or less", str(refusal.value)))
    refuse_giants(facts(cloud=cloud.value, redis={"cpu_millicores": cpu, "memory_mib": memory, "storage_gib": 42}))
    with pytest.raises(SettingsError, match=r"redis\.memory_mib"):
        refuse_giants(facts(cloud=cloud.value, redis={"memory_mib": memory + 1, "storage_gib": 42}))

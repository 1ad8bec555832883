"""What a person may change for a look, and the sentence for what nobody may."""

from __future__ import annotations

from decimal import Decimal

import pytest

from components.base.errors import CostError
from q2o_infra.cost.what_if import OWN_KEYS, WhatIf, parse_what_if
from tests.cost.estimates import us_east


def test_keys_are_read() -> None:
    assert parse_what_if(["nodes=100", "hours=40", "response_kb=14"]) == WhatIf(
        nodes=100, hours=Decimal(40), assumptions={"response_kb": Decimal(14)}
    )


FAULTS = {
    "nodes": "what-if: 'nodes' is not allowed: an entry is KEY=NUMBER; write it as nodes=100.",
    "nodes=-1": "what-if.nodes: '-1' is not allowed: a quantity is a number, 0 or more; give one.",
    "nodes=many": "what-if.nodes: 'many' is not allowed: a quantity is a number, 0 or more; give one.",
    "nodes=3.5": "what-if.nodes: '3.5' is not allowed: it counts whole things; give a whole number.",
    "hours=731": "what-if.hours: '731' is not allowed: a month has 730 hours; give no more than those.",
    "hours=nan": "what-if.hours: 'nan' is not allowed: a quantity is a number, 0 or more; give one.",
    "backup_interval_minutes=0": (
        "what-if.backup_interval_minutes: '0' is not allowed: 1 or more; give the minutes between two backups."
    ),
    "spot_fallback_percent=101": (
        "what-if.spot_fallback_percent: '101' is not allowed: input should be less than or equal to 100; "
        "give a number in that range."
    ),
}


@pytest.mark.parametrize("entry", FAULTS)
def test_a_fault_gets_one_sentence(entry: str) -> None:
    with pytest.raises(CostError) as refusal:
        parse_what_if([entry])
    assert refusal.value.message == FAULTS[entry]


@pytest.mark.parametrize("nodes", [0, 2, 98, 500])
def test_more_or_fewer_elastic_nodes_than_there_can_be_are_refused(nodes: int) -> None:
    with pytest.raises(CostError) as refusal:
        us_east(what_if=parse_what_if([f"elastic_nodes={nodes}"]))
    assert refusal.value.message == (
        f"what-if.elastic_nodes: {nodes} is not allowed: the fewest pods need 3, and the elastic pool has 97 at most; "
        f"choose a number between them."
    )


@pytest.mark.parametrize("nodes", [3, 97])
def test_as_many_elastic_nodes_as_there_can_be_are_counted(nodes: int) -> None:
    found = us_east(what_if=parse_what_if([f"elastic_nodes={nodes}"]))
    assert found.pools.elastic_nodes.expected == nodes


def test_entries_say_what_was_given() -> None:
    given = ("nodes=100", "hours=40", "users=10", "backup_interval_minutes=30", "elastic_nodes=4", "response_kb=14")
    assert parse_what_if(given).entries == given
    assert WhatIf().entries == ()


def test_an_unknown_key_names_all_that_there_are() -> None:
    with pytest.raises(CostError) as refusal:
        parse_what_if(["node=100"])
    assert refusal.value.message.startswith("what-if: 'node' is not allowed: the keys are nodes, hours, users, ")
    assert all(key in refusal.value.message for key in (*OWN_KEYS, "response_kb", "spot_fallback_percent"))


def test_a_key_twice_is_refused() -> None:
    with pytest.raises(CostError, match=r"^what-if: 'nodes' is not allowed: it is given twice; keep one of the two\.$"):
        parse_what_if(["nodes=4", "nodes=5"])


@pytest.mark.parametrize("nodes", [2, 101])
def test_more_or_fewer_nodes_than_there_can_be_are_refused(nodes: int) -> None:
    with pytest.raises(CostError) as refusal:
        us_east(what_if=parse_what_if([f"nodes={nodes}"]))
    assert refusal.value.message == (
        f"what-if.nodes: {nodes} is not allowed: the system pool alone has 3, and the phase allows 100; "
        f"choose a number between them."
    )

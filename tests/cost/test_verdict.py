"""Over budget: which levers are named, and what each saves; a ceiling over budget names its node-hours."""

from __future__ import annotations

import re
from datetime import date

import pytest

from q2o_infra.cost.estimate import Estimate, Options, estimate
from q2o_infra.cost.levers import levers, node_hours
from q2o_infra.cost.verdict import over_budget, warnings
from q2o_infra.cost.what_if import parse_what_if
from tests.cost.estimates import facts, us_east
from tests.support.stacks import planned

CROWDED = Options(what_if=parse_what_if(["users=12000"]))


def again(options: Options) -> Estimate:
    return estimate(planned("us-east"), facts(), options=options)


def test_within_budget_there_is_nothing_to_say() -> None:
    assert over_budget(us_east(), again) is None


def test_over_budget_names_the_three_biggest_levers_and_their_savings() -> None:
    refusal = over_budget(again(CROWDED), again)
    assert refusal is not None
    assert re.match(
        r"^us-east: \d+ USD a month at expected load is over the budget of 800 USD by \d+; pull a lever: ", refusal
    )
    savings = [int(found) for found in re.findall(r"saves (\d+) USD", refusal)]
    assert len(savings) == 3
    assert savings == sorted(savings, reverse=True)


def test_a_lever_saves_what_it_says() -> None:
    found = again(CROWDED)
    by_action = {row.action: row.saves_usd_per_month for row in levers(found, again)}
    committed = again(Options(what_if=CROWDED.what_if, savings_plan=True))
    assert (
        by_action["commit to the system nodes for a year (--savings-plan)"]
        == found.usd.expected - committed.usd.expected
    )


def test_a_lever_that_is_pulled_is_not_named_again() -> None:
    found = again(Options(savings_plan=True))
    assert not [row for row in levers(found, again) if "--savings-plan" in row.action]


def test_elastic_nodes_are_no_lever_below_what_pods_need() -> None:
    floor = again(Options(what_if=parse_what_if(["elastic_nodes=3"])))
    assert not [row for row in levers(floor, again) if "elastic nodes" in row.action]


def test_a_ceiling_over_budget_names_the_node_hours_that_cause_it() -> None:
    found = us_east()
    (said, *_) = warnings(found, date(2026, 7, 21))
    hours = node_hours(found)
    assert said.startswith(
        "the ceiling of 14,285 USD is over the budget of 800 USD: it counts 70,810 elastic node-hours"
    )
    assert f"the budget pays {hours.affordable_hours:,.0f} more" in said


def test_the_hours_that_the_budget_pays_are_those() -> None:
    found = us_east()
    room = node_hours(found)
    assert room.affordable_hours * room.usd_per_hour == pytest.approx(found.budget_usd - found.usd.expected)


@pytest.mark.parametrize(("day", "old"), [(date(2024, 7, 2), 0), (date(2026, 11, 25), 3), (date(2027, 3, 1), 4)])
def test_old_prices_are_warned_of_by_the_day_that_is_given(day: date, old: int) -> None:
    assert len([said for said in warnings(us_east(), day) if "days old" in said]) == old

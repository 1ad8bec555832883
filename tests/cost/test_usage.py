"""The usage model: bytes follow from users, and the assumptions give the figures they were chosen for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from components.base.vocabulary import Region
from q2o_infra.cost.assumptions import Assumptions
from q2o_infra.cost.quantity import NONE, Quantity, always
from q2o_infra.cost.usage import Usage, backup_volume, region_users, usage_of
from q2o_infra.phases.contract import PHASES, Phase

FOUNDATION = PHASES[Phase.FOUNDATION]


def usage(**assumed: str) -> Usage:
    assumptions = Assumptions.model_validate({key: Decimal(value) for key, value in assumed.items()})
    return usage_of(FOUNDATION, Region.US_EAST, assumptions)


def test_phase_1_sends_what_its_budget_was_made_with() -> None:
    assert usage().answers_gb.expected == 924


def test_nobody_causes_nothing() -> None:
    nobody = usage()
    for amount in (nobody.requests, nobody.answers_gb, nobody.questions_gb, nobody.llm_out_gb, nobody.dns_queries):
        assert amount.floor == 0


def test_the_ceiling_is_every_hour() -> None:
    found = usage().answers_gb
    assert found.ceiling / found.expected == Decimal(730) / 220


def test_twice_the_users_cause_twice_the_traffic() -> None:
    assert usage().with_users(10_000).between_nodes_gb.expected == 2 * usage().between_nodes_gb.expected


def test_a_capacity_unit_is_the_dearest_of_three() -> None:
    assert usage().capacity_unit_hours().expected == 1056  # GB
    few_bytes = usage(response_kb="0", request_kb="0")
    assert few_bytes.capacity_unit_hours().expected == pytest.approx(Decimal(5000 * 220 * 2) / 3000)
    busy = usage(response_kb="0", request_kb="0", requests_per_user_hour="3600")
    assert busy.capacity_unit_hours().expected == Decimal(5000 * 220) / 25


def test_audit_records_grow_with_nodes() -> None:
    few, many = usage().audit_gb(always(3)), usage().audit_gb(always(100))
    assert float(many.expected / few.expected) == pytest.approx((8 + 50) / (8 + 1.5))


def test_backups_hold_no_more_than_the_memory() -> None:
    found = backup_volume(
        usage(state_kb_per_user="10000"), interval_minutes=Decimal(60), kept_days=Decimal(42), memory_gib=Decimal(4)
    )
    assert found.sent_gb == Quantity(Decimal(0), Decimal(4 * 730), Decimal(4 * 730))
    assert found.kept_gb.expected == 4 * 24 * 42


def test_half_the_interval_is_twice_the_copies() -> None:
    hourly, half = (
        backup_volume(usage(), interval_minutes=Decimal(minutes), kept_days=Decimal(42), memory_gib=Decimal(4))
        for minutes in (60, 30)
    )
    assert half.sent_gb.expected == 2 * hourly.sent_gb.expected
    assert half.runs == 2 * hourly.runs


@pytest.mark.parametrize(
    ("phase", "region", "users"),
    [
        (Phase.FOUNDATION, Region.US_EAST, 5_000),
        (Phase.FOUNDATION, Region.APAC, 5_000),
        (Phase.GLOBAL, Region.US_EAST, 40_000),
        (Phase.GLOBAL, Region.APAC, 25_000),
    ],
)
def test_regions_share_users_as_they_share_the_budget(phase: Phase, region: Region, users: int) -> None:
    assert region_users(PHASES[phase], region) == users


def test_every_assumption_has_its_reason() -> None:
    bare = [name for name, row in Assumptions.model_fields.items() if len(row.description or "") < 30]
    assert bare == []


def test_quantities_add_and_multiply_case_by_case() -> None:
    one = Quantity(Decimal(1), Decimal(2), Decimal(3))
    assert one + one == one * 2
    assert one * one == Quantity(Decimal(1), Decimal(4), Decimal(9))
    assert one.at_least(always(2)) == Quantity(Decimal(2), Decimal(2), Decimal(3))
    assert NONE + one == one

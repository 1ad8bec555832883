"""The estimate against bills worked out by hand, from sources that the price book does not use."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from clouds.price_book import UNVERIFIED, price_book
from components.base.errors import CostError
from components.base.vocabulary import Cloud
from q2o_infra.cost.hand_bills import (
    DATA,
    FILE,
    WITHIN_PERCENT,
    HandBill,
    difference_percent,
    read_hand_bills,
    render_hand_bills,
)
from q2o_infra.cost.page import COMMAND
from tests.cost.estimates import CLOUDS, priced
from tests.support.assertions import assert_none

BILLS = read_hand_bills()
BUILT_BILLS = tuple(bill for bill in BILLS if bill.cloud in CLOUDS)


def page_of(source: str) -> str:
    """Where a source leads, without what was done with the figure."""
    return source.partition(": ")[0].partition(" (")[0].removeprefix("https://").strip("/")


@pytest.mark.parametrize("bill", BUILT_BILLS, ids=lambda bill: f"{bill.stack}-{bill.cloud.value}")
def test_the_estimate_is_within_a_tenth_of_the_bill(bill: HandBill) -> None:
    found = priced(bill.stack, bill.cloud).estimate
    assert abs(difference_percent(bill, found)) <= WITHIN_PERCENT


def test_every_cloud_has_its_bill() -> None:
    assert {bill.cloud for bill in BILLS} == set(Cloud)


@pytest.mark.parametrize("bill", BILLS, ids=lambda bill: f"{bill.stack}-{bill.cloud.value}")
def test_its_sources_are_none_of_the_book(bill: HandBill) -> None:
    book = {page_of(row.source) for cloud in Cloud for row in price_book(cloud).prices}
    shared = sorted({line.source for line in bill.lines if page_of(line.source) in book})
    assert_none(shared, "a bill by hand proves nothing with the book's own source")
    assert_none([line for line in bill.lines if line.source.startswith(UNVERIFIED)], "nobody read this price")


def test_a_line_that_does_not_multiply_out_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hand-bills.yaml"
    path.write_text(DATA.read_text(encoding="utf-8").replace("usd: 73.00", "usd: 37.00"))
    with pytest.raises(CostError) as refusal:
        read_hand_bills(path)
    assert refusal.value.message == (
        "hand-bills.yaml: us-east on aws, EKS: 730 x 0.1 is 73.00 and not 37.0; correct one of the three."
    )


def test_a_line_without_a_source_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hand-bills.yaml"
    path.write_text(DATA.read_text(encoding="utf-8").replace("source:", "sauce:", 1))
    with pytest.raises(
        CostError, match=r"^hand-bills\.yaml: bills\.0\.lines\.0\.source: field required; correct it\.$"
    ):
        read_hand_bills(path)


def test_a_difference_is_of_the_bill() -> None:
    (bill, *_) = BUILT_BILLS
    found = priced(bill.stack, bill.cloud).estimate
    doubled = bill.model_copy(update={"lines": (*bill.lines, *bill.lines)})
    assert difference_percent(doubled, found) == pytest.approx((found.usd.expected / bill.usd / 2 - 1) * Decimal(100))


def test_the_page_is_what_the_data_say() -> None:
    estimates = {(bill.stack, bill.cloud): priced(bill.stack, bill.cloud).estimate for bill in BUILT_BILLS}
    written = (DATA.parent / FILE).read_text(encoding="utf-8")
    assert written == render_hand_bills(BILLS, estimates), f"{FILE} is old: run `{COMMAND}`"


def test_a_cloud_that_cannot_be_built_has_its_bill_and_no_comparison() -> None:
    assert "cannot build azure yet" in render_hand_bills(
        tuple(bill for bill in BILLS if bill.cloud is Cloud.AZURE), estimates={}
    )

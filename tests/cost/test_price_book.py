"""The price book: complete, in one currency, dated; and what is not is refused in one sentence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clouds.price_book import COLUMNS, age_warnings, parse_price_book, price_book
from components.base.errors import CostError
from components.base.vocabulary import Cloud, Region
from q2o_infra.locations import HOME, RECOVERY
from q2o_infra.phases.machines import elastic_machines, system_machine
from tests.support.assertions import assert_none

HEADING = ",".join(COLUMNS)
GOOD = "volume,GB-month,us-east-1,USD,0.08,some/repository:prices.json,2026-06-01"


def book(*rows: str) -> str:
    return "\n".join((HEADING, *rows)) + "\n"


def changed(**columns: str) -> str:
    return ",".join({**dict(zip(COLUMNS, GOOD.split(","), strict=True)), **columns}.values())


ALL = "every price says all of what, unit, location, currency, amount, source, date; add it."
NUMBER = "is not allowed: a price is a number, 0 or more; correct it."
FAULTS = {
    "no date": (changed(date=""), f"date is missing: {ALL}"),
    "no source": (changed(source=" "), f"source is missing: {ALL}"),
    "a broken date": (
        changed(date="June 2026"),
        "date: 'June 2026' is not allowed: the day on which the price held, as YYYY-MM-DD; write it so.",
    ),
    "another currency": (
        changed(currency="EUR"),
        "currency: 'EUR' is not allowed: a book adds up in one currency, which is USD; "
        "convert the amount and name the rate in its source.",
    ),
    "a negative amount": (changed(amount="-0.08"), f"amount: '-0.08' {NUMBER}"),
    "no number": (changed(amount="cheap"), f"amount: 'cheap' {NUMBER}"),
    "no finite number": (changed(amount="inf"), f"amount: 'inf' {NUMBER}"),
    "a comma too many": (GOOD + ",x", "there are more than 7 values; put what holds a comma into quotes."),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_row_that_is_wrong_is_refused(fault: str) -> None:
    row, sentence = FAULTS[fault]
    with pytest.raises(CostError) as refusal:
        parse_price_book(book(GOOD.replace("volume", "bucket"), row), name="aws.csv")
    assert refusal.value.message.removeprefix("aws.csv:3").lstrip(".: ") == sentence


def test_two_prices_of_one_thing_are_refused() -> None:
    with pytest.raises(CostError, match=r"^aws\.csv:3: 'volume' is not allowed: us-east-1 has a price of it already"):
        parse_price_book(book(GOOD, GOOD), name="aws.csv")


def test_other_columns_are_refused() -> None:
    with pytest.raises(CostError, match=r"^aws\.csv:1: 'a,b' is not allowed: the columns are what,unit,"):
        parse_price_book("a,b\n1,2\n", name="aws.csv")


def test_a_price_that_is_not_there_is_named() -> None:
    found = parse_price_book(book(GOOD), name="aws.csv")
    with pytest.raises(CostError) as refusal:
        found.price("volume", "eu-west-1")
    assert refusal.value.message == (
        "aws.csv: there is no price of volume at eu-west-1; add a row with its source and date, or choose what has one."
    )


def test_a_price_of_anywhere_holds_where_no_other_does() -> None:
    found = parse_price_book(book(GOOD, changed(location="any", amount="0.10")), name="aws.csv")
    assert found.price("volume", "us-east-1").amount == Decimal("0.08")
    assert found.price("volume", "eu-west-1").amount == Decimal("0.10")


@pytest.mark.parametrize("cloud", Cloud)
def test_every_book_is_whole(cloud: Cloud) -> None:
    assert len(price_book(cloud).prices) > 100


@pytest.mark.parametrize("region", Region)
@pytest.mark.parametrize("cloud", Cloud)
def test_every_machine_of_a_pool_has_its_prices_at_every_home(cloud: Cloud, region: Region) -> None:
    found, home = price_book(cloud), HOME[region, cloud]
    missing = [
        f"{machine.name} {kind} at {home}"
        for machine in (system_machine(cloud, home), *elastic_machines(cloud, home))
        for kind in ("on-demand", "spot-low", "spot-high")
        if not found.has(f"machine/{machine.name}/{kind}", home)
    ]
    assert_none(missing, "a machine without a price")


@pytest.mark.parametrize("cloud", Cloud)
def test_what_lies_in_the_recovery_location_has_its_prices(cloud: Cloud) -> None:
    missing = [
        f"{what} at {RECOVERY[region, cloud]}"
        for region in Region
        for what in ("bucket", "bucket/writes", "key/requests" if cloud is not Cloud.AZURE else "key/requests-large")
        if not price_book(cloud).has(what, RECOVERY[region, cloud])
    ]
    assert_none(missing, "nothing can be kept where nothing is priced")


@pytest.mark.parametrize("cloud", Cloud)
def test_spot_is_below_on_demand_and_low_is_not_above_high(cloud: Cloud) -> None:
    found = price_book(cloud)
    wrong = [
        row
        for row in found.prices
        if row.what.endswith("/spot-low")
        and not (
            row.amount
            <= found.price(row.what.replace("spot-low", "spot-high"), row.location).amount
            < found.price(row.what.replace("spot-low", "on-demand"), row.location).amount
        )
    ]
    assert_none(wrong, "a market price out of order")


def test_a_price_older_than_180_days_is_warned_of() -> None:
    prices = parse_price_book(book(GOOD), name="aws.csv").prices
    assert age_warnings(prices, date(2026, 11, 28)) == ()
    assert age_warnings(prices, date(2026, 11, 29)) == (
        "1 price is of 2026-06-01, 181 days old at 2026-11-29: read some/repository again (volume).",
    )


def test_prices_of_one_source_share_a_warning() -> None:
    rows = [changed(what=what) for what in ("a", "b", "c", "d")]
    (warning,) = age_warnings(parse_price_book(book(*rows), name="aws.csv").prices, date(2027, 6, 1))
    assert (
        warning == "4 prices are of 2026-06-01, 365 days old at 2027-06-01: read some/repository again (a, b, c, ...)."
    )


def test_what_nobody_read_says_so() -> None:
    rows = [changed(source='"general knowledge, unverified: the same everywhere"'), changed(what="bucket")]
    assert [row.is_verified for row in parse_price_book(book(*rows), name="aws.csv").prices] == [False, True]

"""The price book of each cloud: which prices there are, where each was read and when.

Decides what a price must say and which books are refused; what is multiplied by a price is decided in the meters.
The files `prices.csv` of the clouds are the only place where an amount of money per unit exists.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache, cached_property
from pathlib import Path

from components.base.errors import CostError, refused
from components.base.vocabulary import Cloud

FOLDER = Path(__file__).resolve().parent
COLUMNS = ("what", "unit", "location", "currency", "amount", "source", "date")
CURRENCY = "USD"
ANYWHERE = "any"
"""Location of a price that is the same everywhere."""
UNVERIFIED = "general knowledge, unverified"
"""How the source of a price begins that nobody read anywhere."""
FRESH_DAYS = 180
"""A price older than this is warned of."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """One price: a row of a book."""

    what: str
    unit: str
    location: str
    currency: str
    amount: Decimal
    source: str
    date: date

    @property
    def is_verified(self) -> bool:
        """Whether somebody read it somewhere that is named."""
        return not self.source.startswith(UNVERIFIED)


@dataclass(frozen=True, kw_only=True)
class PriceBook:
    """All prices of one cloud."""

    name: str
    """The path of its file, for messages."""
    prices: tuple[Price, ...]

    def price(self, what: str, location: str) -> Price:
        """Return the price of `what` at `location`, or the one that holds anywhere. Raises `CostError` for none."""
        found = self._by_key.get((what, location)) or self._by_key.get((what, ANYWHERE))
        if found is None:
            raise CostError(
                f"{self.name}: there is no price of {what} at {location}; "
                f"add a row with its source and date, or choose what has one."
            )
        return found

    def has(self, what: str, location: str) -> bool:
        """Return whether there is a price of `what` at `location`."""
        return (what, location) in self._by_key or (what, ANYWHERE) in self._by_key

    def locations(self) -> tuple[str, ...]:
        """Return the locations that the book names, sorted."""
        return tuple(sorted({row.location for row in self.prices} - {ANYWHERE}))

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], Price]:
        return {(row.what, row.location): row for row in self.prices}


@cache
def price_book(cloud: Cloud) -> PriceBook:
    """Return the book of `cloud`, read once. Raises `CostError` for the first row that is wrong."""
    path = FOLDER / cloud.value / "prices.csv"
    name = path.relative_to(FOLDER.parent).as_posix()
    if not path.is_file():
        raise CostError(f"{name}: there is no price book of {cloud.value}: nothing on it can be priced; write one.")
    return parse_price_book(path.read_text(encoding="utf-8"), name=name)


def parse_price_book(text: str, *, name: str) -> PriceBook:
    """Return the book in `text`, comma-separated with a heading. Raises `CostError` for the first row that is wrong."""
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise CostError(
            refused(
                f"{name}:1", ",".join(reader.fieldnames or ()), f"the columns are {','.join(COLUMNS)}", "write these"
            )
        )
    prices: dict[tuple[str, str], Price] = {}
    for row in reader:
        where = f"{name}:{reader.line_num}"
        price = _price(row, where)
        if (price.what, price.location) in prices:
            raise CostError(
                refused(where, price.what, f"{price.location} has a price of it already", "keep one of the two rows")
            )
        prices[price.what, price.location] = price
    return PriceBook(name=name, prices=tuple(prices.values()))


def _price(row: dict[str, str], where: str) -> Price:
    for column in COLUMNS:
        if not (row.get(column) or "").strip():
            raise CostError(f"{where}: {column} is missing: every price says all of {', '.join(COLUMNS)}; add it.")
    if None in row:
        raise CostError(f"{where}: there are more than {len(COLUMNS)} values; put what holds a comma into quotes.")
    if row["currency"] != CURRENCY:
        raise CostError(
            refused(
                f"{where}.currency",
                row["currency"],
                f"a book adds up in one currency, which is {CURRENCY}",
                "convert the amount and name the rate in its source",
            )
        )
    return Price(
        what=row["what"],
        unit=row["unit"],
        location=row["location"],
        currency=row["currency"],
        amount=_amount(row["amount"], where),
        source=row["source"],
        date=_date(row["date"], where),
    )


def _amount(given: str, where: str) -> Decimal:
    try:
        amount = Decimal(given)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise CostError(refused(f"{where}.amount", given, "a price is a number, 0 or more", "correct it"))
    return amount


def _date(given: str, where: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise CostError(
            refused(f"{where}.date", given, "the day on which the price held, as YYYY-MM-DD", "write it so")
        ) from None


def age_warnings(prices: Iterator[Price] | tuple[Price, ...], today: date) -> tuple[str, ...]:
    """Return a sentence for each source of `prices` that was read more than `FRESH_DAYS` before `today`."""
    old: dict[tuple[date, str], set[str]] = {}
    for price in prices:
        if today - price.date > timedelta(days=FRESH_DAYS):
            old.setdefault((price.date, _origin(price.source)), set()).add(price.what)
    return tuple(
        f"{len(whats)} {'price is' if len(whats) == 1 else 'prices are'} of {day}, "
        f"{(today - day).days} days old at {today}: read {origin} again ({', '.join(sorted(whats)[:3])}"
        f"{', ...' if len(whats) > 3 else ''})."
        for (day, origin), whats in sorted(old.items())
    )


def _origin(source: str) -> str:
    """Return where a source leads: the repository of a file, or the page."""
    return source.split(":", maxsplit=1)[0]

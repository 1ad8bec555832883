"""Physical names: within each limit, telling, and never the same for two things."""

from __future__ import annotations

import re

import pytest

from components.base.names import HASH_LENGTH, LIMITS, PREFIX, physical_name

LONG = "a-part-that-says-much-more-than-any-cloud-would-take-for-a-name"


@pytest.mark.parametrize("kind", LIMITS)
def test_a_name_is_never_longer_than_its_limit(kind: str) -> None:
    """A cloud refuses a longer one only in the middle of an update."""
    for parts in range(1, 13):
        assert len(physical_name(kind, *[LONG] * parts)) <= LIMITS[kind]


def test_a_short_name_is_the_parts_after_the_prefix() -> None:
    """People look for `q2o-us-east-...` in the console."""
    assert physical_name("role", "us-east", "api") == "q2o-us-east-api"


def test_a_name_of_exactly_the_limit_is_not_cut() -> None:
    """A hash where none is needed would only hide what the thing is."""
    part = "x" * (LIMITS["role"] - len(PREFIX) - 1)

    assert physical_name("role", part) == f"{PREFIX}-{part}"
    assert physical_name("role", f"{part}x") != f"{PREFIX}-{part}x"


def test_a_cut_name_keeps_its_tail() -> None:
    """The tail says what the thing is."""
    assert physical_name("role", LONG, "flow-logs").endswith("-flow-logs")


def test_two_names_that_differ_only_where_they_are_cut_stay_apart() -> None:
    """Otherwise one would overwrite the other."""
    one, other = (physical_name("role", region, LONG) for region in ("us-east", "eu-west"))

    assert one != other
    assert one[len(PREFIX) + HASH_LENGTH + 2 :] == other[len(PREFIX) + HASH_LENGTH + 2 :]


def test_a_cut_name_is_the_same_in_every_run() -> None:
    """A name that changes replaces what it names; this one is written down."""
    assert physical_name("node-group", LONG) == "q2o-92f360-says-much-more-than-any-cloud-would-take-for-a-name"


@pytest.mark.parametrize("kind", LIMITS)
def test_a_cut_name_has_the_characters_that_every_cloud_takes(kind: str) -> None:
    """Cut in the middle of a part it must not start or end with a dash, nor hold two in a row."""
    for length in range(1, 80):
        name = physical_name(kind, LONG, "b" * length, LONG)

        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name), name


@pytest.mark.parametrize("part", ["", "US-east", "us_east", "us east", "-us", "us-", "us--east", "\u00fcs"])
def test_a_part_that_some_cloud_refuses_is_refused_here(part: str) -> None:
    """Silently changed characters would make two names one."""
    with pytest.raises(ValueError, match="cannot be part of a physical name"):
        physical_name("role", "us-east", part)


def test_a_kind_without_a_known_limit_is_refused() -> None:
    """A guessed limit is found wrong by the cloud."""
    with pytest.raises(
        ValueError, match=r"no length limit is known for 'spaceship'; add it to components/base/names\.py"
    ):
        physical_name("spaceship", "us-east")

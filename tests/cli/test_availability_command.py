"""`q2o availability` over the real stack: its terms, its verdict, its exit code."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from components.base.vocabulary import Cloud
from q2o_infra import availability
from q2o_infra.cli.main import q2o

TERMS = {
    "the cloud's own promise",
    "a release is bad",
    "the zone with the only way out is lost",
    "a pod crashes",
    "a zone is lost",
    "a Redis primary dies",
    "a node dies",
    "a zone is lost while it holds two Redis primaries",
}


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(q2o, ["availability", *arguments])


@pytest.mark.parametrize("cloud", Cloud)
def test_us_east_keeps_the_promise_of_phase_1_on_every_cloud(cloud: Cloud) -> None:
    done = asked("us-east", "--cloud", cloud.value, "--json")

    document = json.loads(done.stdout)
    rows = {row["name"]: row for row in document["terms"]}
    assert done.exit_code == 0
    assert document["is_kept"]
    assert document["availability_percent"] >= document["promised_percent"] == 99.9
    assert document["noticing_seconds"] < document["noticing_limit_seconds"]
    assert set(rows) == TERMS - ({"the zone with the only way out is lost"} if cloud is Cloud.GCP else set())
    assert rows["the cloud's own promise"]["lost_minutes"] == pytest.approx(21.6)
    assert sum(row["lost_minutes"] for row in rows.values()) == pytest.approx(
        43200 * (1 - document["availability_percent"] / 100), abs=0.01
    )


def test_people_see_every_term_and_what_the_promise_rests_on() -> None:
    done = asked("us-east")

    assert done.exit_code == 0
    assert all(name in done.stdout for name in TERMS)
    assert "promised 99.9 %: kept" in done.stdout.splitlines()[0]
    assert done.stdout.splitlines()[-1].startswith(
        "nobody is paged in phase 1: this rests on a person who acts within 15 min; 99.9 % holds up to "
    )


def test_a_broken_promise_is_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(availability.FOUNDATIONS, Cloud.AWS, (99.8, "a test"))
    done = asked("us-east")

    assert done.exit_code == 1
    assert "promised 99.9 %: broken" in done.stdout


def test_a_later_phase_is_held_to_its_own_promise() -> None:
    done = asked("us-east", "--phase", "4")
    assert done.exit_code == 1
    assert "promised 99.99 %: broken" in done.stdout

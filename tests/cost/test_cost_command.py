"""`q2o cost` as a person and a pipeline call it: what it prints, with which exit code."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from clouds.price_book import UNVERIFIED, Price
from components.base.vocabulary import Cloud
from q2o_infra.cli.main import q2o
from q2o_infra.cost.managed import Alternative
from q2o_infra.cost.tables import managed_table
from tests.cost.estimates import CLOUDS

DAY = ("--on", "2026-11-25")
TOP = {
    "floor_usd_per_month",
    "expected_usd_per_month",
    "ceiling_usd_per_month",
    "budget_usd_per_month",
    "per_user_usd_per_month",
    "lines",
}


@cache
def cost(*arguments: str) -> Result:
    """Run the command once for each set of arguments: what it prints depends on nothing else."""
    return CliRunner().invoke(q2o, ["cost", *arguments, *(() if "--on" in arguments else DAY)])


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    done = cost("us-east", "--json")
    assert done.exit_code == 0
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_json_is_one_document_with_the_documented_keys(document: dict[str, Any]) -> None:
    assert document.keys() >= TOP
    assert document["budget_usd_per_month"] == 800
    assert document["expected_usd_per_month"] <= 800


def test_every_line_has_quantity_price_source_and_date(document: dict[str, Any]) -> None:
    wanted = {"component", "what", "unit", "quantity_floor", "quantity_expected", "quantity_ceiling", "price_usd"}
    assert all(row.keys() >= {*wanted, "source", "date", "is_verified"} for row in document["lines"])
    assert sum(row["expected_usd"] for row in document["lines"]) == pytest.approx(
        document["expected_usd_per_month"], abs=0.3
    )


def test_warnings_go_to_stderr_and_into_the_document() -> None:
    done = cost("us-east", "--json")
    said = json.loads(done.stdout)["warnings"]
    assert [line.removeprefix("warning: ") for line in done.stderr.splitlines()] == said


def test_the_table_shows_sums_budget_and_what_is_unverified() -> None:
    done = cost("us-east")
    assert done.exit_code == 0
    assert "us-east on aws at us-east-1, phase 1, production: 5,000 concurrent users" in done.stdout
    assert "budget 800.00 USD a month: expected is within it by" in done.stdout
    assert "rest on prices of general knowledge, unverified" in done.stdout


def test_over_budget_is_a_no_with_levers() -> None:
    done = cost("us-east", "users=9000")
    assert done.exit_code == 1
    assert "error: us-east: " in done.stderr
    assert done.stderr.count(" saves ") == 3


def test_what_if_takes_both_spellings() -> None:
    alone = cost("us-east", "--json", "--what-if", "nodes=100", "--what-if", "hours=40")
    after = cost("us-east", "--json", "--what-if", "nodes=100", "hours=40")
    assert json.loads(alone.stdout) == json.loads(after.stdout)


def test_a_what_if_stands_in_the_heading_and_in_the_document(document: dict[str, Any]) -> None:
    given = ("--what-if", "nodes=100", "hours=40")
    heading = "5,000 concurrent users; what if nodes=100, hours=40"
    assert heading in cost("us-east", *given).stdout
    assert heading in cost("us-east", "--markdown", *given).stdout.splitlines()[0]
    assert cost("us-east", "--compare", *given).stdout.startswith("what if nodes=100, hours=40\n")
    assert json.loads(cost("us-east", "--json", *given).stdout)["what_if"] == ["nodes=100", "hours=40"]
    assert document["what_if"] == []
    assert "what if" not in cost("us-east").stdout


def test_bad_input_is_one_sentence_and_exit_code_2() -> None:
    done = cost("us-east", "--what-if", "nodes=-4")
    assert done.exit_code == 2
    assert done.stderr == ("error: what-if.nodes: '-4' is not allowed: a quantity is a number, 0 or more; give one.\n")


def test_a_day_that_is_none_is_refused() -> None:
    done = cost("us-east", "--on", "yesterday")
    assert done.exit_code == 2
    assert "--on: 'yesterday' is no day: write it as YYYY-MM-DD." in done.stderr


def test_the_clock_comes_in_as_an_argument() -> None:
    assert "days old" not in cost("us-east", "--on", "2024-07-02").stderr
    assert "days old at 2026-11-25" in cost("us-east").stderr


def test_a_comparison_shows_every_cloud_and_managed_services() -> None:
    done = cost("us-east", "--compare")
    assert all(cloud.value in done.stdout for cloud in Cloud)
    assert "managed service" in done.stdout
    assert "ElastiCache" in done.stdout
    assert " *" not in done.stdout, "nothing is marked, so no legend is needed"


def test_a_mark_beside_a_managed_service_is_explained() -> None:
    day = date(2026, 11, 25)
    price = Price(
        what="x", unit="hour", location="here", currency="USD", amount=Decimal(1), source=f"{UNVERIFIED}: x", date=day
    )
    row = Alternative(replaces="redis", service="Cache", in_cluster_usd=Decimal(1), managed_usd=Decimal(2), price=price)
    printed = StringIO()
    Console(file=printed, width=160).print(managed_table({"aws": (row,)}))
    assert "Cache *" in printed.getvalue()
    assert "* its price is general knowledge, unverified" in printed.getvalue()


def test_a_comparison_says_which_cloud_is_over_its_budget() -> None:
    asked = ("apac", "--phase", "1", "--cloud", "azure", "--compare")
    (row,) = (line for line in cost(*asked).stdout.splitlines() if line.startswith("against the"))
    whole = json.loads(cost(*asked, "--json").stdout)["compare"]["clouds"]
    over = [whole[cloud]["expected_usd_per_month"] - whole[cloud]["budget_usd_per_month"] for cloud in CLOUDS]
    said = [f"over by {amount:,.2f}" if amount > 0 else "within" for amount in over]
    assert "  ".join(said) in re.sub(r" {2,}", "  ", row)
    assert {"over by" in text for text in said} == {True, False}, "a row that says both is wanted here"
    assert cost(*asked).exit_code == 0, "the answer is that of the stack's own cloud"


def test_a_comparison_in_json_holds_whole_estimates() -> None:
    found = json.loads(cost("us-east", "--compare", "--json").stdout)["compare"]
    assert found["clouds"].keys() == {cloud.value for cloud in Cloud}
    assert found["clouds"]["aws"].keys() >= TOP
    assert {row["cloud"] for row in found["managed"]} == {cloud.value for cloud in CLOUDS}
    unbuilt = {cloud.value for cloud in Cloud} - {cloud.value for cloud in CLOUDS}
    assert all("so far" in found["clouds"][cloud]["why_not"] for cloud in unbuilt)


def test_markdown_shows_the_difference_to_another_plan(tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    before.write_text(cost("us-east", "--json", "--savings-plan").stdout)
    done = cost("us-east", "--markdown", "--against", str(before))
    assert done.exit_code == 0
    rows = {line.split("|")[1].strip(): line for line in done.stdout.splitlines() if line.startswith("|")}
    assert rows["component"] == "| component | floor | expected | ceiling | change |"
    assert rows["cluster"].endswith("| +47.22 |")
    assert rows["redis"].endswith("| +0.00 |")
    assert rows["**sum**"].endswith("| **+47.22** |")


def test_a_component_that_is_gone_is_shown(tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    found = json.loads(cost("us-east", "--json").stdout)
    found["components"]["kafka"] = {"expected_usd": 460.0}
    before.write_text(json.dumps(found))
    done = cost("us-east", "--markdown", "--against", str(before))
    assert "| kafka | 0.00 | 0.00 | 0.00 | -460.00 |" in done.stdout


def test_an_estimate_with_a_what_if_is_nothing_to_compare_with(tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    before.write_text(cost("us-east", "--json", "--what-if", "nodes=100", "hours=40").stdout)
    done = cost("us-east", "--markdown", "--against", str(before))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        "error: against.before.json: 'nodes=100, hours=40' is not allowed: an estimate with a what-if is of no plan; "
        "write it again with `q2o cost us-east --json`, without a what-if.\n"
    )


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"stack": "eu-west", "cloud": "gcp"}, "eu-west on gcp in phase 1"),
        ({"cloud": "gcp"}, "us-east on gcp in phase 1"),
        ({"phase": 2}, "us-east on aws in phase 2"),
    ],
)
def test_another_stack_cloud_or_phase_is_nothing_to_compare_with(
    tmp_path: Path, document: dict[str, Any], changed: dict[str, Any], named: str
) -> None:
    before = tmp_path / "before.json"
    before.write_text(json.dumps({**document, **changed}))
    done = cost("us-east", "--markdown", "--against", str(before))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: against.before.json: '{named}' is not allowed: a difference is of one stack, cloud and phase, here of "
        "us-east on aws in phase 1; write one of that with `q2o cost us-east --json`; "
        "--compare shows clouds side by side.\n"
    )


def test_a_comment_without_another_plan_has_no_change() -> None:
    assert "| component | floor | expected | ceiling |\n" in cost("us-east", "--markdown").stdout


@pytest.mark.parametrize("content", ["{}", "not json", "[1]", '{"expected_usd_per_month": 1, "components": 3}'])
def test_another_file_is_no_estimate(tmp_path: Path, content: str) -> None:
    other = tmp_path / "other.json"
    other.write_text(content)
    done = cost("us-east", "--markdown", "--against", str(other))
    assert done.exit_code == 2
    assert done.stderr == (
        "error: against: 'other.json' is not allowed: it is no estimate; "
        "name a file that `q2o cost STACK --json` wrote.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--json", "--markdown"), "--json and --markdown exclude each other: choose one of them."),
        (("--against", "x.json"), "--against goes with --markdown: add it."),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments: tuple[str, ...], sentence: str) -> None:
    done = cost("us-east", *arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr

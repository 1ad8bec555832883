"""A region comes up as the README shows it and as it was planned, and a second `up` changes nothing."""

from __future__ import annotations

import pytest

from q2o_infra.plan import wire
from q2o_infra.plan.region_plan import plan_region
from sandbox.engine import deployment
from sandbox.engine.engine import Engine
from sandbox.engine.journal import Journal
from tests.docs.pages import matches
from tests.support.readme import SANDBOX
from tests.support.regions import Region, printed, sandbox_settings

pytestmark = pytest.mark.sandbox


def test_make_up_prints_what_the_readme_shows(region: Region, first_up: str) -> None:
    assert matches(SANDBOX["sandbox: up"].output, first_up), f"`make up` prints:\n{first_up}"


def test_again_it_changes_nothing_and_says_so(region: Region) -> None:
    again = printed(region)
    assert matches(SANDBOX["sandbox: again"].output, again), f"`make up` prints:\n{again}"


def test_what_exists_is_what_was_planned_input_by_input(region: Region) -> None:
    resources = [row for row in plan_region("us-east", sandbox_settings()).resources if row.custom]
    planned = {row.urn: row.inputs for row in resources if "pulumi:providers" not in row.type}
    with region.session() as session:
        made = {entry.urn: wire.unwrap(entry.inputs) for entry in session.world.entries()}
        state = Engine(session, Journal()).known()
        inside = {row["urn"]: row["inputs"] for row in deployment.in_clusters(state)}
    assert made.keys() | inside.keys() == planned.keys()
    assert made == {urn: planned[urn] for urn in made}
    assert len(inside) > 50, "the comparison must compare something"


def test_a_preview_of_what_exists_is_empty(region: Region) -> None:
    assert set(region.preview()) == {"same"}

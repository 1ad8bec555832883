"""The reference page says what the estimates say now."""

from __future__ import annotations

from components.base.vocabulary import Region
from q2o_infra.cost.page import COMMAND, FILE, render_cost
from q2o_infra.cost.regions import price_regions
from q2o_infra.stack_files import ROOT
from tests.cost.estimates import CLOUDS, shared_plan


def test_the_page_is_that_of_the_plans() -> None:
    regions = price_regions(shared_plan)
    written = (ROOT / "docs" / "reference" / FILE).read_text(encoding="utf-8")
    assert written == render_cost(regions), f"{FILE} is old: run `{COMMAND}`"


def test_every_region_stands_on_it_with_every_cloud() -> None:
    assert set(price_regions(shared_plan)) >= {(region.value, cloud) for region in Region for cloud in CLOUDS}

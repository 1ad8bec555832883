"""The page says what the plans say, and every difference is an error that somebody meets."""

from __future__ import annotations

import pytest

from components.base.errors import Q2OError
from components.base.vocabulary import Cloud
from q2o_infra.parity.clouds import cases_of
from q2o_infra.parity.differences import DIFFERENCES, Difference
from q2o_infra.parity.page import FILE, render_parity
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.stack_files import ROOT, read_settings
from tests.support.stacks import built_settings


def test_the_page_is_that_of_the_plans() -> None:
    written = (ROOT / "docs" / "reference" / FILE).read_text(encoding="utf-8")

    assert written == render_parity(cases_of("us-east", read_settings("us-east"))), f"{FILE} is old: run `make docs`"


@pytest.mark.parametrize("row", [row for row in DIFFERENCES if row.refusal], ids=lambda row: f"{row.cloud}: {row.wish}")
def test_what_a_cloud_cannot_do_is_refused(row: Difference) -> None:
    with pytest.raises(Q2OError) as caught:
        plan_region("us-east", built_settings("us-east", cloud=row.cloud.value, **(row.setting or {})))

    assert row.refusal in caught.value.message


def test_what_is_taken_otherwise_is_what_its_row_says() -> None:
    """Google Cloud takes `per_zone`, and makes one NAT with an address for each zone."""
    (row,) = (row for row in DIFFERENCES if row.setting and not row.refusal)

    plan = plan_region("us-east", built_settings("us-east", cloud=row.cloud.value, **(row.setting or {})))

    assert (row.cloud, row.setting) == (Cloud.GCP, {"network": {"nat": "per_zone"}})
    assert len(plan.of_type("gcp:compute/routerNat:RouterNat")) == 1
    assert len(plan.of_type("gcp:compute/address:Address")) == 3

"""`q2o docs`: writes the generated part of the documentation."""

from __future__ import annotations

import click

from q2o_infra.cli.options import settings_of
from q2o_infra.stack_files import ROOT

_PICTURED = "us-east"


@click.command()
def docs() -> None:
    """Write docs/reference/ and the README's picture anew from the program."""
    from q2o_infra.cost import hand_bills
    from q2o_infra.cost.page import FILE, render_cost
    from q2o_infra.cost.regions import price_regions
    from q2o_infra.gates.record_schema import write_record_schema
    from q2o_infra.order.page import render_order
    from q2o_infra.parity import page as parity_page
    from q2o_infra.parity.clouds import cases_of
    from q2o_infra.plan.document import plan_document
    from q2o_infra.plan.picture import fenced_picture, put_between_marks
    from q2o_infra.plan.region_plan import plan_region
    from q2o_infra.release_schema import write_release_reference
    from q2o_infra.settings_schema import write_reference

    reference = ROOT / "docs" / "reference"
    written = [*write_reference(reference), *write_release_reference(reference)]
    records = write_record_schema(reference)
    order = reference / "order.md"
    order.write_text(render_order())
    costs = reference / FILE
    regions = price_regions()
    costs.write_text(render_cost(regions))
    bills = reference / hand_bills.FILE
    estimates = {key: row.estimate for key, row in regions.items()}
    bills.write_text(hand_bills.render_hand_bills(hand_bills.read_hand_bills(), estimates))
    readme = ROOT / "README.md"
    settings = settings_of(_PICTURED)
    parity = reference / parity_page.FILE
    parity.write_text(parity_page.render_parity(cases_of(_PICTURED, settings)))
    plan = plan_region(_PICTURED, settings)
    picture = fenced_picture(plan_document(_PICTURED, settings, plan), plan)
    readme.write_text(put_between_marks(readme.read_text(), picture))
    for path in (*written, records, order, costs, bills, parity, readme):
        click.echo(path.relative_to(ROOT))

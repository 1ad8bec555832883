"""The cases of parity: one region on each cloud that the program builds on, with its cloud's dialect."""

from __future__ import annotations

from components.base.vocabulary import Cloud
from q2o_infra.parity import aws, azure, gcp
from q2o_infra.parity.dialect import Dialect
from q2o_infra.parity.promises import Case
from q2o_infra.phases.contract import BUILT_ON
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.region import decide_region
from q2o_infra.settings import Settings

DIALECTS: dict[Cloud, Dialect] = {Cloud.AWS: aws.DIALECT, Cloud.AZURE: azure.DIALECT, Cloud.GCP: gcp.DIALECT}


def cases_of(stack: str, settings: Settings) -> dict[Cloud, Case]:
    """Return the region of `settings` on every cloud. Raises what a plan raises."""
    on_each = {cloud: settings.model_copy(update={"cloud": cloud}) for cloud in BUILT_ON}
    return {cloud: case_of(stack, given) for cloud, given in on_each.items()}


def case_of(stack: str, settings: Settings) -> Case:
    """Return the region of `settings` on its own cloud. Raises what a plan raises."""
    return Case(
        facts=decide_region(stack, settings),
        recording=plan_region(stack, settings),
        dialect=DIALECTS[settings.cloud],
    )

"""The estimates that tests look at, made once from the plans that all tests share."""

from __future__ import annotations

from functools import cache

from components.base.vocabulary import Cloud
from q2o_infra.cost.estimate import Estimate, Options, estimate
from q2o_infra.cost.line import Line
from q2o_infra.cost.regions import Priced, price_region
from q2o_infra.phases.contract import BUILT_ON
from q2o_infra.plan.recorder import Recording
from q2o_infra.region import RegionFacts, decide_region
from q2o_infra.settings import Settings
from q2o_infra.stack_files import stack_names
from tests.support.stacks import built_settings, planned, planned_on

CLOUDS = BUILT_ON
STACKS = tuple(stack_names())
REGIONS = tuple((stack, cloud) for stack in STACKS for cloud in CLOUDS)


def shared_plan(stack: str, settings: Settings) -> Recording:
    """Return the plan that other tests made already, where there is one."""
    return planned_on(settings.cloud, stack)


@cache
def priced(stack: str, cloud: Cloud) -> Priced:
    """Return a region on a cloud with its managed alternatives."""
    return price_region(stack, cloud, shared_plan)


@cache
def facts(stack: str = "us-east") -> RegionFacts:
    """Return what is decided about a stack on its own cloud."""
    return decide_region(stack, built_settings(stack))


def us_east(recording: Recording | None = None, **options: object) -> Estimate:
    """Return the estimate of us-east on AWS, of another plan or with other options where given."""
    return estimate(recording or planned("us-east"), facts(), options=Options(**options))  # type: ignore[arg-type]


def line(found: Estimate, what: str, component: str = "") -> Line:
    """Return the one line that says `what`, of a component where several say it."""
    rows = [row for row in found.lines if row.what == what and component in {"", row.component}]
    assert len(rows) == 1, f"{what}: {[(row.component, row.what) for row in found.lines]}"
    return rows[0]

"""All regions on all clouds that the program can build, each priced: what the reference page shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clouds.price_book import price_book
from components.base.vocabulary import Cloud, Region
from q2o_infra.cost.estimate import Estimate, estimate
from q2o_infra.cost.managed import Alternative, alternatives
from q2o_infra.phases.contract import BUILT, BUILT_ON
from q2o_infra.plan.recorder import Recording
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.region import decide_region
from q2o_infra.settings import Settings
from q2o_infra.stack_files import read_settings, stack_names

Planner = Callable[[str, Settings], Recording]


@dataclass(frozen=True, kw_only=True)
class Priced:
    """One region on one cloud."""

    estimate: Estimate
    managed: tuple[Alternative, ...]


def price_regions(planner: Planner = plan_region) -> dict[tuple[str, Cloud], Priced]:
    """Return every stack on every cloud, in the last phase that the program can build."""
    order = list(Region)
    stacks = sorted(stack_names(), key=lambda stack: (order.index(read_settings(stack).region), stack))
    return {(stack, cloud): price_region(stack, cloud, planner) for stack in stacks for cloud in BUILT_ON}


def price_region(stack: str, cloud: Cloud, planner: Planner = plan_region) -> Priced:
    """Return one stack on one cloud."""
    settings = read_settings(stack, overrides={"cloud": cloud.value, "phase": int(max(BUILT))})
    recording = planner(stack, settings)
    found = estimate(recording, decide_region(stack, settings))
    return Priced(estimate=found, managed=alternatives(found, recording, price_book(cloud)))

"""The plans that tests look at: each stack as its own file says, and one region made awkward on purpose."""

from __future__ import annotations

from functools import cache
from typing import Any

from components.base.vocabulary import Cloud
from q2o_infra.phases.contract import BUILT
from q2o_infra.plan.recorder import Recording
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.release_files import read_release
from q2o_infra.settings import Settings
from q2o_infra.stack_files import read_settings

LLM_API_KEY = "sk-of-the-test-0123456789abcdefghij"
LONG_STACK = "us-east-staging-of-a-team-that-likes-long-names-for-its-stacks"


def built_settings(stack: str, **overrides: Any) -> Settings:
    """Return the settings in a stack's file, in the last phase that the program can build where the file is ahead."""
    phase = min(read_phase(stack), max(BUILT))
    return read_settings(stack, overrides={"phase": int(phase), **overrides})


def read_phase(stack: str) -> int:
    """Return the phase that a stack's file names, built or not."""
    return int(read_settings(stack).phase)


def planned(stack: str) -> Recording:
    """Return the plan of a stack on the cloud of its file, made once however many tests look at it."""
    return planned_on(built_settings(stack).cloud, stack)


@cache
def planned_on(cloud: Cloud, stack: str = "us-east") -> Recording:
    """Return the plan of a stack on a cloud, made once however many tests look at it."""
    return plan_region(stack, built_settings(stack, cloud=cloud.value))


def awkward() -> Recording:
    """Return the plan of a region with a known key, without deletion protection, under a long name."""
    return awkward_on(Cloud.AWS)


@cache
def awkward_on(cloud: Cloud) -> Recording:
    """Return the plan of the awkward region on a cloud."""
    settings = built_settings("us-east", cloud=cloud.value, deletion_protection=False, llm_api_key=LLM_API_KEY)
    return plan_region(LONG_STACK, settings, release=read_release("us-east"))

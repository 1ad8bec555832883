"""A plan needs no cloud, and the same input gives the same bytes, whatever process makes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pulumi_aws as aws
import pytest

from components.base.errors import PlanError
from q2o_infra.plan.document import plan_document
from q2o_infra.plan.recorder import record
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.stack_files import ROOT
from tests.support.stacks import built_settings, planned

COMMAND = "from q2o_infra.cli.main import q2o; q2o()"


def test_a_cloud_look_up_stops_the_plan() -> None:
    def program() -> None:
        aws.get_caller_identity()

    with pytest.raises(PlanError, match="cloud look-ups are not allowed"):
        record(program)


def test_reading_what_the_program_did_not_make_stops_the_plan() -> None:
    def program() -> None:
        aws.ec2.Vpc.get("found", "vpc-1")

    with pytest.raises(PlanError, match="did not make is not allowed"):
        record(program)


def as_printed(stack: str, *, again: bool = False) -> str:
    settings = built_settings(stack)
    recording = plan_region(stack, settings) if again else planned(stack)
    return json.dumps(plan_document(stack, settings, recording), indent=2, sort_keys=True)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert as_printed("us-east") == as_printed("us-east", again=True)


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    # A folder that is not the project's and an environment without home, credentials or search path.
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "plan", "us-east", "--json"],
        capture_output=True,
        check=True,
        cwd="/",
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert done.stdout == as_printed("us-east") + "\n"

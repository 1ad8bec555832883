"""What several tiers share: the plan of each stack, made once."""

from __future__ import annotations

import pytest

from q2o_infra.plan.recorder import Recording
from q2o_infra.stack_files import stack_names
from tests.support.stacks import planned


@pytest.fixture(params=stack_names())
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def recording(stack: str) -> Recording:
    return planned(stack)

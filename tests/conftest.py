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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file on one worker, and all files of a group that shares a world."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))

"""What several tiers share: the plan of each stack, made once."""

from __future__ import annotations

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from q2o_infra.plan.recorder import Recording
from q2o_infra.stack_files import stack_names
from tests.support.stacks import planned


@pytest.fixture(params=stack_names())
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def recording(stack: str) -> Recording:
    return planned(stack)


_LONGEST = ("tests/region/", "tests/drills/", "tests/engine/", "tests/worlds/")
"""Folders whose tests take longest: they begin first, so that no worker is left alone with them at the end."""


class _ByWorld(LoadScopeScheduling):
    """Keeps the tests of a file on one worker, and all tests of the shared region.

    `loadgroup` of pytest-xdist 3.8 does nothing with pytest 9.2, whose node ids cannot be changed.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", maxsplit=1)[0]
        return "tests/region" if file.startswith("tests/region/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _ByWorld:
    return _ByWorld(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders that take longest."""
    items.sort(key=lambda item: next((n for n, folder in enumerate(_LONGEST) if folder in item.nodeid), len(_LONGEST)))

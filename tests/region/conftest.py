"""One region on AWS for every test that needs a whole one; the last test takes it down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.session import PORT_VARIABLE
from tests.support.free_ports import free_base
from tests.support.regions import Region, printed


@pytest.fixture(scope="session")
def _brought_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Region, str]]:
    patch = pytest.MonkeyPatch()
    patch.setenv(PORT_VARIABLE, str(free_base()))
    found = Region(tmp_path_factory.mktemp("region"))
    said = printed(found)
    yield found, said
    found.down()
    patch.undo()


@pytest.fixture
def region(_brought_up: tuple[Region, str]) -> Region:
    """The region, with the stack file's settings."""
    return _brought_up[0]


@pytest.fixture
def first_up(_brought_up: tuple[Region, str]) -> str:
    """The text that the first `make up` printed."""
    return _brought_up[1]

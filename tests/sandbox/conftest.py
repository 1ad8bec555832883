"""One control plane for all tests of a process that need a cluster and no region."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.control_plane import ControlPlane, Settings
from tests.support.free_ports import free_base


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A started control plane that gives a silent node up after 20 seconds. Tests tidy up what they make in it."""
    started = ControlPlane(
        tmp_path_factory.mktemp("plane") / "control-plane", free_base(), Settings(node_grace_seconds=20)
    )
    try:
        started.start(print)
        yield started
    finally:
        started.wipe()

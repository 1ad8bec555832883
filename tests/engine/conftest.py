"""A sandbox of its own for each test. Without the CLI every test is skipped and says what is unproven."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.engines.cli_process import find_cli
from tests.engine.places import Place


@pytest.fixture(autouse=True)
def _cli(request: pytest.FixtureRequest) -> None:
    if find_cli() is None:
        what = request.node.name.removeprefix("test_").replace("_", " ")
        pytest.skip(f"the Pulumi CLI is not on PATH: {what!r} is unproven here")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty sandbox."""
    return Place(root=tmp_path / "sandbox")

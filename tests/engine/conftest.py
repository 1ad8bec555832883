"""A sandbox of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.worlds import CloudOnly


@pytest.fixture
def place(tmp_path: Path) -> CloudOnly:
    """An empty sandbox."""
    return CloudOnly(tmp_path / "sandbox")

"""Runs a drill as a person does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from q2o_infra.stack_files import ROOT
from sandbox.tool_setup import missing_redis, redis_server


def require_redis() -> None:
    """Fail the test where no server is installed, with the sentence that says what brings one."""
    if redis_server() is None:
        pytest.fail(str(missing_redis()), pytrace=False)


def figures_of(name: str, *options: str) -> dict[str, Any]:
    """Return the figures of a drill, whatever its verdict: a busy machine misses a time."""
    done = subprocess.run(
        [sys.executable, "-m", f"drills.{name}", *options, "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        # The first time, Karpenter is built as well.
        timeout=900,
    )
    assert done.returncode in {0, 1}, done.stderr
    assert done.stdout, f"the drill broke off:\n{done.stderr}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found

"""Runs a drill as a person does, and says when it cannot be run here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from q2o_infra.stack_files import ROOT


def require_redis() -> None:
    """Skip the test where no server is installed; in CI that is a failure."""
    if shutil.which("valkey-server") or shutil.which("redis-server"):
        return
    sentence = "redis-server is not on PATH (Debian: apt-get install redis-server)"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(f"unproven: Redis on real processes: {sentence}")


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

"""Ports for control planes of tests, so that two test processes never choose the same ones."""

from __future__ import annotations

import os

from sandbox.control_plane import ports

_FIRST, _BELOW = 20000, 32760
_PROCESSES = 4


def free_base() -> int:
    """Return a base whose ten ports are free, out of the share of this test process."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PROCESSES
    share = (_BELOW - _FIRST) // _PROCESSES
    first = _FIRST + worker * share
    return ports.free_base(first, first + share)

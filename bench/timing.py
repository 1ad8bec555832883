"""CPU time and wall time of an action."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def cpu_seconds(action: Callable[[], object]) -> float:
    """Return the CPU time of `action`. What the runs before left for the garbage collector is cleared away first."""
    gc.collect()
    started = time.process_time()
    action()
    return time.process_time() - started


def wall_seconds(action: Callable[[], object]) -> float:
    """Return the time that `action` takes."""
    gc.collect()
    started = time.perf_counter()
    action()
    return time.perf_counter() - started

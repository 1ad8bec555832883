"""Progress on the screen: what happens, and at least every two seconds what is still under way."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.engine.journal import Journal

_EVERY_SECONDS = 2.0


class Screen:
    """Prints one line at a time to stderr, with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._said = self._started

    def say(self, line: str) -> None:
        """Print `line`."""
        with self._lock:
            self._said = time.monotonic()
            print(f"[{self._said - self._started:5.1f} s] {line}", file=sys.stderr, flush=True)

    @contextmanager
    def watching(self, journal: Journal, *, total: int) -> Iterator[None]:
        """While the block runs, say what takes long, and how far it is."""
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(_EVERY_SECONDS):
                slow = journal.slow(_EVERY_SECONDS)
                done = len(journal.steps())
                if slow:
                    more = f" and {len(slow) - 1} more" if len(slow) > 1 else ""
                    self.say(f"{done} of {total}; under way: {slow[0]}{more}")
                elif time.monotonic() - self._said > _EVERY_SECONDS:
                    self.say(f"{done} of {total}")

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

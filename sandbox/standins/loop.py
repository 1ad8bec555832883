"""A stand-in that works as a controller does: it looks at the cluster a few times a second, until told to stop."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from sandbox.cluster import LocalCluster
from sandbox.control_plane.client import Client
from sandbox.control_plane.errors import ApiError

_PAUSE_SECONDS = 0.4


class Loop(threading.Thread, ABC):
    """One loop over one cluster; it rests while there is no cluster."""

    words: str
    """The software that it stands in for."""

    def __init__(self, cluster: LocalCluster, *, report: Callable[[str], None]) -> None:
        super().__init__(name=self.words, daemon=True)
        self._cluster = cluster
        self._report = report
        self._ended = threading.Event()

    def stop(self) -> None:
        """End the loop and wait for it."""
        self._ended.set()
        self.join()

    def run(self) -> None:
        """Look, act, pause."""
        while not self._ended.wait(_PAUSE_SECONDS):
            if not self._cluster.is_up:
                continue
            try:
                self.look(self._cluster.client())
            except ApiError as error:
                # The cluster may be stopping, or another process may have changed what was read; the next look tells.
                if self._cluster.is_up and error.status not in {0, 404, 409}:
                    self._report(f"{self.words}: {error.message}")

    @abstractmethod
    def look(self, client: Client) -> None:
        """Do what is to be done now."""

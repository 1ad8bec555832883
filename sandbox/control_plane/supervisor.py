"""Processes in stages under one folder: started from whatever state they were left in, looked at, ended."""

from __future__ import annotations

import os
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from sandbox.control_plane import cache, disk, health, ports, processes
from sandbox.control_plane.binaries import Binary
from sandbox.control_plane.cache import Progress, silent
from sandbox.control_plane.components import Component
from sandbox.control_plane.errors import ProcessFailedError
from sandbox.control_plane.layout import Layout

_READY_SECONDS = 90.0
_HANGING_SECONDS = 20.0
# With a watch open, the API server would wait for a minute. It holds no state, so nothing is lost by killing it.
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.05
_QUOTED_LINES = 6


@dataclass(frozen=True, kw_only=True)
class ProcessStatus:
    """One process: `pid` is None when it does not run, `healthy` says whether it answers, `log` is its output."""

    name: str
    pid: int | None
    healthy: bool
    port: int
    log: Path


class Supervisor(ABC):
    """Keeps the processes of `stages` running. They survive the command that starts them.

    Another object on the same folder finds them again.
    """

    def __init__(self, layout: Layout, port_base: int, stages: Sequence[Sequence[Component]]) -> None:
        self.folder = layout.folder
        self._layout = layout
        self._port_base = port_base
        self._stages = stages
        self._components = [component for stage in stages for component in stage]

    @property
    def running(self) -> bool:
        """Whether all processes run (which says nothing about their health)."""
        return all(self._record(component) is not None for component in self._components)

    def status(self) -> list[ProcessStatus]:
        """Return how every process is, in start order."""
        rows = []
        for component in self._components:
            record = self._record(component)
            rows.append(
                ProcessStatus(
                    name=component.name,
                    pid=None if record is None else record.pid,
                    healthy=record is not None and self._is_healthy(component),
                    port=next(iter(component.ports)),
                    log=self._layout.log(component.name),
                )
            )
        return rows

    def prepare(self, progress: Progress = silent) -> None:
        """See to it that `start` can succeed: room on the disk, binaries (built here if need be), free ports.

        Starts nothing. Raises BinaryMissingError, BuildFailedError, ChecksumMismatchError, DiskFullError,
        PortBusyError.
        """
        with disk.explained(self.folder):
            if self.running:
                return
            disk.require_space(self.folder)
            self._locate(progress)
            for component in self._components:
                if self._record(component) is None and not processes.find(component.name, self.folder):
                    self._require_ports(component)

    def start(self, progress: Progress = silent) -> None:
        """Start all processes, whatever state they were left in; return when they take requests.

        Does nothing when all is well, starts only what is missing when some of it is. Raises BinaryMissingError,
        BuildFailedError, ChecksumMismatchError, PortBusyError, DiskFullError, ProcessFailedError.
        """
        with disk.explained(self.folder), self._locked(progress):
            if self._is_current() and all(self._is_healthy(component) for component in self._components):
                return
            disk.require_space(self.folder)
            found = self._locate(progress)
            self._write_files(progress)
            if not self._is_current():
                self._end_all(_STOP_SECONDS)
            started = time.monotonic()
            for stage in self._stages:
                self._start_stage(stage, found, progress)
            self._finish(progress, started)

    def stop(self, progress: Progress = silent) -> None:
        """End every process and wait for it; one that does not end in 10 seconds is killed. Data stay.

        Raises ProcessFailedError when one survives even that.
        """
        if not self.folder.exists():
            return
        with self._locked(progress):
            self._end_all(_STOP_SECONDS)

    def wipe(self, progress: Progress = silent) -> None:
        """Kill every process and delete the folder. Raises ProcessFailedError when a process cannot be killed."""
        if not self.folder.exists():
            return
        with self._locked(progress):
            self._end_all(0.0)
            shutil.rmtree(self.folder)

    @abstractmethod
    def _locate(self, progress: Progress) -> dict[str, Binary]:
        """Return the binary of each process, by name."""

    @abstractmethod
    def _write_files(self, progress: Progress) -> None:
        """Write what the processes read."""

    @abstractmethod
    def _before_start(self, component: Component) -> None:
        """Do what must be done right before `component` starts."""

    @abstractmethod
    def _finish(self, progress: Progress, started: float) -> None:
        """Do what is left once every process answers; the first was begun at `started` (`time.monotonic`)."""

    def _locked(self, progress: Progress) -> AbstractContextManager[None]:
        return cache.locked(self._layout.lock, progress, f"the control plane in {self.folder}")

    def _record(self, component: Component) -> processes.Record | None:
        record = processes.read(self._layout.record(component.name))
        return record if record is not None and record.is_alive() else None

    def _is_healthy(self, component: Component) -> bool:
        return self._record(component) is not None and health.answers(
            component.health, self._layout.certificates.authority
        )

    def _is_current(self) -> bool:
        """Return whether no process runs with other arguments than it would be given now."""
        records = [(component, self._record(component)) for component in self._components]
        return all(record is None or record.arguments == component.arguments for component, record in records)

    def _require_ports(self, component: Component) -> None:
        for port, purpose in component.ports.items():
            ports.require_free(port, purpose, self._port_base)

    def _start_stage(self, stage: Sequence[Component], found: dict[str, Binary], progress: Progress) -> None:
        for component in stage:
            if self._record(component) is not None and not self._becomes_healthy(component, _HANGING_SECONDS):
                progress(f"{component.name} hangs and is started again")
                self._end(component, 0.0)
            if self._record(component) is None:
                self._start(component, found[component.name], progress)
        for component in stage:
            if not self._becomes_healthy(component, _READY_SECONDS):
                raise self._failure(component, f"is not ready after {_READY_SECONDS:.0f} s")

    def _start(self, component: Component, binary: Binary, progress: Progress) -> None:
        self._end(component, 0.0)
        self._require_ports(component)
        self._before_start(component)
        progress(f"starting {component.name}")
        processes.spawn(
            binary.path,
            component.arguments,
            log=self._layout.log(component.name),
            record=self._layout.record(component.name),
            # KWOK would read the user's own configuration from its work folder.
            environment={
                "PATH": os.defpath,
                "HOME": str(self._layout.scratch),
                "KWOK_WORKDIR": str(self._layout.scratch),
            },
        )

    def _becomes_healthy(self, component: Component, within_seconds: float) -> bool:
        """Wait for health. Raises ProcessFailedError when the process dies meanwhile."""
        deadline = time.monotonic() + within_seconds
        while not self._is_healthy(component):
            if self._record(component) is None:
                raise self._failure(component, "died at start")
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def _end_all(self, within_seconds: float) -> None:
        for stage in reversed(self._stages):
            for component in stage:
                self._end(component, within_seconds)

    def _end(self, component: Component, within_seconds: float) -> None:
        record = self._record(component)
        mine = [record] if record is not None else []
        for process in mine + processes.find(component.name, self.folder):
            try:
                processes.stop(process, within_seconds)
            except TimeoutError as error:
                raise ProcessFailedError(f"{component.name}: {error}.") from error
        self._layout.record(component.name).unlink(missing_ok=True)

    def _failure(self, component: Component, what: str) -> ProcessFailedError:
        log = self._layout.log(component.name)
        lines = log.read_text(errors="replace").strip().splitlines()[-_QUOTED_LINES:] if log.exists() else []
        quoted = "\n".join(f"    {line}" for line in lines) or "    (nothing)"
        return ProcessFailedError(
            f"{component.name} {what}; the last lines of {log}:\n{quoted}",
            hint="if it stays like this, wipe this control plane and start it again",
        )

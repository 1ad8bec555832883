"""A real Kubernetes control plane on this machine: started, looked at, stopped, wiped."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.control_plane import (
    binaries,
    cache,
    certificates,
    components,
    disk,
    health,
    modules,
    nodes,
    ports,
    processes,
)
from sandbox.control_plane.binaries import Binary
from sandbox.control_plane.cache import Progress, silent
from sandbox.control_plane.client import Client
from sandbox.control_plane.components import Component, Settings
from sandbox.control_plane.errors import ProcessFailedError
from sandbox.control_plane.layout import Layout
from sandbox.control_plane.ports import HOST, Ports
from sandbox.control_plane.versions import KWOK_STAGES

_READY_SECONDS = 90.0
_HANGING_SECONDS = 20.0
# With a watch open, the API server would wait for a minute. It holds no state, so nothing is lost by killing it.
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.05
_QUOTED_LINES = 6
_STAGE_FOLDERS = ("node/fast", "node/heartbeat-with-lease", "pod/fast")
_OWN_STAGES = Path(__file__).with_name("volume_stages.yaml")


@dataclass(frozen=True, kw_only=True)
class ProcessStatus:
    """One process: `pid` is None when it does not run, `healthy` says whether it answers, `log` is its output."""

    name: str
    pid: int | None
    healthy: bool
    port: int
    log: Path


class ControlPlane:
    """One control plane, all of it under `folder`, on ten ports from `port_base` on.

    Its processes survive the command that starts them; another object on the same folder finds them again.
    """

    def __init__(self, folder: Path, port_base: int, settings: Settings | None = None) -> None:
        """Describe a control plane; nothing happens before `start`."""
        self.folder = folder.absolute()
        self.ports = Ports(port_base)
        self.settings = settings or Settings()
        self._layout = Layout(self.folder)
        self._stages = components.stages(self._layout, self.ports, self.settings)
        self._components = [component for stage in self._stages for component in stage]
        self._client: Client | None = None

    @property
    def server(self) -> str:
        """URL of the API server."""
        return f"https://{HOST}:{self.ports.api}"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; there after the first start."""
        return self._layout.kubeconfig

    @property
    def client(self) -> Client:
        """A client with the administrator's rights; can be had after the first start."""
        if self._client is None:
            keys = self._layout.certificates
            self._client = Client(self.server, authority=keys.authority, certificate=keys.admin, key=keys.admin_key)
        return self._client

    @property
    def running(self) -> bool:
        """Whether all five processes run (which says nothing about their health)."""
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
            binaries.locate_all(progress)
            for component in self._components:
                if self._record(component) is None and not processes.find(component.name, self.folder):
                    for port, purpose in component.ports.items():
                        ports.require_free(port, purpose, self.ports.base)

    def start(self, progress: Progress = silent) -> None:
        """Bring the control plane up, whatever state it was left in; return when it takes requests.

        Does nothing when all is well, starts only what is missing when some of it is. Raises BinaryMissingError,
        BuildFailedError, ChecksumMismatchError, PortBusyError, DiskFullError, ProcessFailedError.
        """
        with disk.explained(self.folder), self._locked(progress):
            if self._is_current() and all(self._is_healthy(component) for component in self._components):
                return
            disk.require_space(self.folder)
            found = binaries.locate_all(progress)
            self._write_files(progress)
            if not self._is_current():
                self._end_all(_STOP_SECONDS)
            started = time.monotonic()
            for stage in self._stages:
                self._start_stage(stage, found, progress)
            self._wait_for_default_account()
            progress(f"the control plane is ready at {self.server} after {time.monotonic() - started:.1f} s")

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

    @contextmanager
    def _locked(self, progress: Progress) -> Iterator[None]:
        with cache.locked(self._layout.lock, progress, f"the control plane in {self.folder}"):
            yield

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

    def _write_files(self, progress: Progress) -> None:
        # Another object may have wiped the folder: then the keys are new.
        self._client = None
        layout = self._layout
        layout.scheduler_config.parent.mkdir(parents=True, exist_ok=True)
        layout.scratch.mkdir(exist_ok=True)
        certificates.ensure(layout.certificates)
        layout.kubeconfig.touch(mode=0o600)
        layout.kubeconfig.write_text(certificates.kubeconfig(layout.certificates, self.server))
        layout.scheduler_config.write_text(components.scheduler_config(layout))
        source = modules.folder_of(KWOK_STAGES, progress)
        files = [path for folder in _STAGE_FOLDERS for path in sorted((source / folder).glob("*-*.yaml"))]
        layout.stages.write_text("\n---\n".join(path.read_text() for path in (*files, _OWN_STAGES)))

    def _start_stage(self, stage: list[Component], found: dict[str, Binary], progress: Progress) -> None:
        for component in stage:
            if self._record(component) is not None and not self._becomes_healthy(component, _HANGING_SECONDS):
                progress(f"{component.name} hangs, starting it anew")
                self._end(component, 0.0)
            if self._record(component) is None:
                self._start(component, found[component.name], progress)
        for component in stage:
            if not self._becomes_healthy(component, _READY_SECONDS):
                raise self._failure(component, f"is not ready after {_READY_SECONDS:.0f} s")

    def _start(self, component: Component, binary: Binary, progress: Progress) -> None:
        self._end(component, 0.0)
        for port, purpose in component.ports.items():
            ports.require_free(port, purpose, self.ports.base)
        if component.name == "kwok":
            nodes.free_leases(self.client)
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

    def _wait_for_default_account(self) -> None:
        """Pods are refused before their namespace has its service account."""
        deadline = time.monotonic() + _READY_SECONDS
        while self.client.find("v1", "ServiceAccount", "default", "default") is None:
            if time.monotonic() > deadline:
                raise ProcessFailedError("the controller manager made no service account in the namespace default.")
            time.sleep(_POLL_SECONDS)

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

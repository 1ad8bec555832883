"""A real Kubernetes control plane on this machine: started, looked at, stopped, wiped."""

from __future__ import annotations

import time
from pathlib import Path

from sandbox.control_plane import binaries, certificates, components, modules, nodes
from sandbox.control_plane.binaries import Binary
from sandbox.control_plane.cache import Progress
from sandbox.control_plane.client import Client
from sandbox.control_plane.components import Component, Settings
from sandbox.control_plane.errors import ProcessFailedError
from sandbox.control_plane.layout import Layout
from sandbox.control_plane.ports import HOST, Ports
from sandbox.control_plane.supervisor import Supervisor
from sandbox.control_plane.versions import KWOK_STAGES

_ACCOUNT_SECONDS = 90.0
_POLL_SECONDS = 0.05
_STAGE_FOLDERS = ("node/fast", "node/heartbeat-with-lease", "pod/fast")
_OWN_STAGES = Path(__file__).with_name("volume_stages.yaml")


class ControlPlane(Supervisor):
    """One control plane of five processes, all of it under `folder`, on ten ports from `port_base` on."""

    def __init__(self, folder: Path, port_base: int, settings: Settings | None = None) -> None:
        """Describe a control plane; nothing happens before `start`."""
        self.ports = Ports(port_base)
        self.settings = settings or Settings()
        self._client: Client | None = None
        layout = Layout(folder.absolute())
        super().__init__(layout, port_base, components.stages(layout, self.ports, self.settings))

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

    def _locate(self, progress: Progress) -> dict[str, Binary]:
        return binaries.locate_all(progress)

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

    def _before_start(self, component: Component) -> None:
        if component.name == "kwok":
            nodes.free_leases(self.client)

    def _finish(self, progress: Progress, started: float) -> None:
        """Wait for the namespace's service account, before which pods are refused."""
        deadline = time.monotonic() + _ACCOUNT_SECONDS
        while self.client.find("v1", "ServiceAccount", "default", "default") is None:
            if time.monotonic() > deadline:
                raise ProcessFailedError("the controller manager made no service account in the namespace default.")
            time.sleep(_POLL_SECONDS)
        progress(f"the control plane is ready at {self.server} after {time.monotonic() - started:.1f} s")

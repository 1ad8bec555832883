"""Where a control plane keeps its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificates:
    """Paths of keys and certificates inside `folder`."""

    folder: Path

    @property
    def authority(self) -> Path:
        """Certificate of the authority."""
        return self.folder / "ca.crt"

    @property
    def authority_key(self) -> Path:
        """Key of the authority."""
        return self.folder / "ca.key"

    @property
    def server(self) -> Path:
        """Certificate that every listening process shows."""
        return self.folder / "server.crt"

    @property
    def server_key(self) -> Path:
        """Key of `server`."""
        return self.folder / "server.key"

    @property
    def admin(self) -> Path:
        """Client certificate of the administrator, a member of `system:masters`."""
        return self.folder / "admin.crt"

    @property
    def admin_key(self) -> Path:
        """Key of `admin`."""
        return self.folder / "admin.key"

    @property
    def accounts_key(self) -> Path:
        """Key that signs service account tokens; the API server takes the public half that checks them from it."""
        return self.folder / "service-accounts.key"


@dataclass(frozen=True)
class Layout:
    """Paths inside a control plane's `folder`, which is absolute."""

    folder: Path

    @property
    def lock(self) -> Path:
        """Held by the command that starts, stops or wipes."""
        return self.folder / "lock"

    @property
    def etcd(self) -> Path:
        """Data of etcd."""
        return self.folder / "etcd"

    @property
    def certificates(self) -> Certificates:
        """Keys and certificates."""
        return Certificates(self.folder / "certificates")

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig, readable by the owner only."""
        return self.folder / "kubeconfig"

    @property
    def scheduler_config(self) -> Path:
        """The scheduler's configuration."""
        return self.folder / "config" / "scheduler.yaml"

    @property
    def stages(self) -> Path:
        """What KWOK does to nodes, pods and volumes."""
        return self.folder / "config" / "stages.yaml"

    @property
    def scratch(self) -> Path:
        """Where a process may write what nobody reads."""
        return self.folder / "scratch"

    def log(self, name: str) -> Path:
        """Return the log file of the process `name`."""
        return self.folder / "logs" / f"{name}.log"

    def record(self, name: str) -> Path:
        """Return the file that says which process `name` is."""
        return self.folder / "run" / f"{name}.json"

"""Two small processes in the place of a control plane's five: what is ours about processes needs no Kubernetes.

`python -m tests.sandbox.small_processes FOLDER PORT_BASE` starts them, as a command that can be killed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sandbox.control_plane.binaries import Binary
from sandbox.control_plane.cache import Progress
from sandbox.control_plane.components import Component
from sandbox.control_plane.layout import Layout
from sandbox.control_plane.ports import HOST
from sandbox.control_plane.supervisor import Supervisor

NAMES = ["store", "server"]
_ANSWERING = """
import socket, sys
listener = socket.create_server((sys.argv[2], int(sys.argv[3])))
print("listening", flush=True)
while True:
    peer, _ = listener.accept()
    peer.recv(4096)
    peer.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    peer.close()
"""


class SmallProcesses(Supervisor):
    """A store, then a server. `options` are more arguments of the server; `finished` counts the starts."""

    def __init__(self, folder: Path, base: int, *options: str) -> None:
        self.base = base
        self.began: list[str] = []
        self.finished = 0
        layout = Layout(folder)
        super().__init__(
            layout,
            base,
            [[self._component(layout, "store", base)], [self._component(layout, "server", base + 1, *options)]],
        )

    def binary(self, name: str) -> Path:
        return self.folder.with_name(f"{self.folder.name}-binaries") / name

    def pids(self) -> dict[str, int | None]:
        return {row.name: row.pid for row in self.status()}

    def _component(self, layout: Layout, name: str, port: int, *options: str) -> Component:
        arguments = ["-I", "-S", "-c", _ANSWERING, f"{layout.folder}/{name}", HOST, str(port), *options]
        return Component(name=name, arguments=arguments, ports={port: name}, health=f"http://{HOST}:{port}/")

    def _locate(self, progress: Progress) -> dict[str, Binary]:
        for name in NAMES:
            path = self.binary(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.symlink_to(sys.executable)
        return {name: Binary(name=name, path=self.binary(name), source="machine") for name in NAMES}

    def _write_files(self, progress: Progress) -> None:
        (self.folder / "data").write_text("kept")

    def _before_start(self, component: Component) -> None:
        self.began.append(component.name)

    def _finish(self, progress: Progress, started: float) -> None:
        self.finished += 1


if __name__ == "__main__":
    SmallProcesses(Path(sys.argv[1]), int(sys.argv[2])).start()

"""Real Prometheus parts for tests: where they are, how they are started, how they are asked."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.control_plane import binaries
from sandbox.control_plane.versions import MONITORING_TOOLS

READY_SECONDS = 120.0


def needed(binary: str) -> str:
    """Return where `binary` is: on the machine, in the cache, or built now."""
    (tool,) = (tool for tool in MONITORING_TOOLS.values() if binary in tool.binaries)
    return str(binaries.locate(tool, print)[binary].path)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], *, ready: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` until the block ends; it begins once the address `ready` answers."""
    with log.open("ab") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink)
        try:
            wait_for(lambda: answers(ready), f"{command[0]} is not ready; see {log.read_text()[-800:]}")
            yield process
        finally:
            process.terminate()
            process.wait(timeout=60)


def answers(address: str) -> bool:
    """Whether an address answers with success."""
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_for(met: Callable[[], bool], otherwise: str, *, seconds: float = READY_SECONDS) -> None:
    """Wait until `met`, or fail with `otherwise`."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            pytest.fail(otherwise)
        time.sleep(0.1)


def ask(base: str, question: str, **parameters: str) -> list[dict[str, Any]]:
    """Return the series that answer `question`, put to the Prometheus API at `base`."""
    query = urllib.parse.urlencode({"query": question, **parameters})
    with urllib.request.urlopen(f"{base}/api/v1/query?{query}", timeout=60) as response:
        return list(json.loads(response.read())["data"]["result"])


def value(base: str, question: str) -> float | None:
    """Return the one value that answers `question`; `None` where there is none."""
    found = ask(base, question)
    assert len(found) <= 1, found
    return float(found[0]["value"][1]) if found else None


@contextmanager
def exporter(text: Callable[[], str]) -> Iterator[int]:
    """Serve what `text` returns as metrics; yields the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = text().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def server_files(
    folder: Path,
    *,
    groups: list[dict[str, Any]],
    jobs: list[dict[str, Any]],
    replica: str = "only",
    seconds: int = 1,
) -> Path:
    """Write the configuration of a Prometheus that scrapes `jobs` and evaluates `groups` every `seconds`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.yml").write_text(yaml.safe_dump({"groups": groups}))
    config = folder / "prometheus.yml"
    config.write_text(
        yaml.safe_dump(
            {
                "global": {
                    "evaluation_interval": f"{seconds}s",
                    "external_labels": {"prometheus_replica": replica, "stack": "test"},
                    "scrape_interval": f"{seconds}s",
                    "scrape_timeout": f"{seconds}s",
                },
                "rule_files": [str(folder / "rules.yml")],
                "scrape_configs": jobs,
            }
        )
    )
    return config


@contextmanager
def server(binary: str, config: Path, port: int) -> Iterator[str]:
    """Run a Prometheus; yields its address."""
    address = f"http://127.0.0.1:{port}"
    command = [
        binary,
        f"--config.file={config}",
        f"--storage.tsdb.path={config.parent / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--storage.tsdb.retention.time=45d",
    ]
    with running(command, ready=f"{address}/-/ready", log=config.parent / "log"):
        yield address

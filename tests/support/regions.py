"""A region in a sandbox of its own, for tests."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from q2o_infra import program
from q2o_infra.releases import Release
from q2o_infra.settings import Settings
from q2o_infra.stack_files import read_settings
from sandbox import operations
from sandbox.control_plane.client import Client
from sandbox.engine.engine import Engine
from sandbox.engine.journal import Journal, Step
from sandbox.operations import Gone
from sandbox.screen import Screen
from sandbox.session import Session, opened
from sandbox.settle import wait_settled
from sandbox.summary import Summary, summary_table

HEED_CTRL_C = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""First lines of a script: a runner in the background ignores Ctrl-C, and so would what it starts."""
REPOSITORY = Path(__file__).resolve().parents[2]


def sandbox_settings(stack: str = "us-east", **overrides: Any) -> Settings:
    """Return the stack file's settings as `q2o up` takes them."""
    return read_settings(stack, overrides={**operations.OVERRIDES, "phase": 1, **overrides})


@dataclass(frozen=True)
class Region:
    """One sandbox root; every method opens and closes it as a command would."""

    root: Path
    stack: str = "us-east"

    def up(self, **overrides: Any) -> Summary:
        return operations.up(self.stack, overrides={"phase": 1, **overrides}, screen=Screen(), root=self.root)

    def down(self, *, keep_account: bool = False) -> Gone:
        return operations.down(self.stack, screen=Screen(), root=self.root, keep_account=keep_account)

    def preview(self, **overrides: Any) -> dict[str, int]:
        program_ = partial(program.run, self.stack, sandbox_settings(self.stack, **overrides))
        with self.session() as session:
            return Engine(session, Journal(), program=program_).preview()

    def session(self) -> Any:
        return opened(self.stack, root=self.root, progress=print)

    def command(self, script: str) -> subprocess.Popen[str]:
        """Start Python on `script` in a process of its own, with `root` and `stack` defined."""
        preamble = f"{HEED_CTRL_C}from pathlib import Path\nroot, stack = Path({str(self.root)!r}), {self.stack!r}\n"
        return subprocess.Popen(
            [sys.executable, "-c", preamble + script],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def printed(region: Region) -> str:
    """Bring the region up and return what `make up` prints; paths are those of a checkout."""
    said, shown = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(said):
        summary = region.up()
    Console(file=shown, soft_wrap=True, highlight=False, width=120).print(summary_table(summary))
    return f"{said.getvalue()}{shown.getvalue()}".replace(str(region.root), "CHECKOUT/.sandbox")


UP_SCRIPT = """
from tests.support.regions import Region
Region(root, stack).up()
"""

DOWN_SCRIPT = """
from tests.support.regions import Region
Region(root, stack).down()
"""


def zones_of_pods(client: Client, namespace: str) -> dict[str, dict[str, int]]:
    """Return, by value of the label `app.kubernetes.io/name`, how many running pods each zone holds."""
    zone_of = {
        node["metadata"]["name"]: node["metadata"]["labels"]["topology.kubernetes.io/zone"]
        for node in client.list_objects("v1", "Node")
    }
    zones: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(set(zone_of.values()), 0))
    for pod in client.list_objects("v1", "Pod", namespace):
        if pod["spec"].get("nodeName") and not pod["metadata"].get("deletionTimestamp"):
            zones[pod["metadata"]["labels"]["app.kubernetes.io/name"]][zone_of[pod["spec"]["nodeName"]]] += 1
    return dict(zones)


def ready_pods(client: Client, namespace: str) -> dict[str, int]:
    """Return, by the same label, how many pods are ready."""
    ready: dict[str, int] = defaultdict(int)
    for pod in client.list_objects("v1", "Pod", namespace):
        conditions = pod.get("status", {}).get("conditions", [])
        if any(row["type"] == "Ready" and row["status"] == "True" for row in conditions):
            ready[pod["metadata"]["labels"]["app.kubernetes.io/name"]] += 1
    return dict(ready)


def changed(steps: list[Step]) -> list[str]:
    return sorted(f"{step.action} {step.type} {step.name} {step.detail}".strip() for step in steps)


def changes(
    region: Region,
    *,
    release: Release | None = None,
    meanwhile: Callable[[Client], None] | None = None,
    **overrides: Any,
) -> list[str]:
    """Bring the region to these settings, look at it all the while, and return what was done."""
    journal = Journal()
    settings = sandbox_settings(region.stack, **overrides)
    with region.session() as session, ThreadPoolExecutor(1) as pool:
        engine = Engine(session, journal, program=partial(program.run, region.stack, settings, release=release))
        doing = pool.submit(engine.up)
        while meanwhile and not doing.done():
            meanwhile(session.cluster.client())
            time.sleep(0.2)
        doing.result()
        wait_settled(session.cluster.client(), progress=print)
    return changed(journal.changes())


__all__ = ["Region", "Session", "changed", "changes", "ready_pods", "sandbox_settings", "zones_of_pods"]

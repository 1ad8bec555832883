"""A region in a sandbox of its own, for tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from q2o_infra.settings import Settings
from q2o_infra.stack_files import read_settings
from sandbox import operations
from sandbox.control_plane.client import Client
from sandbox.engines.steps import Step
from sandbox.operations import EngineChoice, Gone
from sandbox.screen import Screen
from sandbox.session import Session, opened
from sandbox.summary import Summary

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
        return operations.up(
            self.stack,
            overrides={"phase": 1, **overrides},
            choice=EngineChoice.EMBEDDED,
            screen=Screen(),
            root=self.root,
        )

    def down(self, *, keep_account: bool = False) -> Gone:
        return operations.down(self.stack, screen=Screen(), root=self.root, keep_account=keep_account)

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


UP_SCRIPT = """
from tests.sandbox.regions import Region
Region(root, stack).up()
"""

DOWN_SCRIPT = """
from tests.sandbox.regions import Region
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


__all__ = ["Region", "Session", "changed", "ready_pods", "sandbox_settings", "zones_of_pods"]

"""Build a tool with Go from its pinned module under `sandbox/tools`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from sandbox.control_plane import cache, disk
from sandbox.control_plane.cache import Progress
from sandbox.control_plane.errors import BuildFailedError
from sandbox.control_plane.versions import Tool

TOOLS_FOLDER = Path(__file__).resolve().parents[1] / "tools"
PROGRESS_SECONDS = 5.0
_QUOTED_LINES = 8


def go_environment() -> dict[str, str]:
    """Return the environment for Go: static binaries, and no workspace file of the user's in the way."""
    return {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}


def build(tool: Tool, go: str, destination: Path, progress: Progress) -> None:
    """Build every binary of `tool` into `destination`, which appears complete or not at all.

    Reports progress at least every five seconds. Two calls for one destination wait for each other; the second
    finds the work done. Raises BuildFailedError with Go's last lines, DiskFullError when the disk ran full.
    """
    lock = destination.with_name(f"{destination.name}.lock")
    with disk.explained(destination.parent), cache.locked(lock, progress, f"a build of {tool.name}"):
        if is_complete(tool, destination):
            return
        disk.require_space(destination.parent)
        with cache.filling(destination) as temporary:
            _run(tool, command(tool, go, temporary), temporary / "build.log", progress)


def is_complete(tool: Tool, folder: Path) -> bool:
    """Return whether `folder` has every binary of `tool`."""
    return all(os.access(folder / name, os.X_OK) for name in tool.binaries)


def command(tool: Tool, go: str, output: Path) -> list[str]:
    """Return the Go command line that builds `tool` into `output`."""
    variables = [f"-X={name}={value}" for name, value in tool.version_variables.items()]
    flags = [go, "build", "-mod=readonly", "-trimpath", f"-ldflags={' '.join(['-s', '-w', *variables])}"]
    flags += [f"-tags={','.join(tool.tags)}"] if tool.tags else []
    packages = list(tool.binaries.values())
    if len(packages) == 1:
        (name,) = tool.binaries
        return [*flags, f"-o={output / name}", *packages]
    return [*flags, f"-o={output}{os.sep}", *packages]


def _run(tool: Tool, arguments: list[str], log: Path, progress: Progress) -> None:
    what = f"building {', '.join(tool.binaries)} {tool.version} with Go (once for this machine)"
    progress(what)
    started = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(
            arguments,
            cwd=TOOLS_FOLDER / tool.name,
            env=go_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while True:
                try:
                    code = process.wait(PROGRESS_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    progress(f"{what}: {time.monotonic() - started:.0f} s")
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
    if code != 0:
        raise _failure(tool, log)
    progress(f"built {', '.join(tool.binaries)} {tool.version} in {time.monotonic() - started:.0f} s")


def _failure(tool: Tool, log: Path) -> Exception:
    text = log.read_text(errors="replace")
    if "no space left on device" in text:
        return disk.full(log.parent.parent)
    kept = log.parent.parent / f"{tool.name}-{tool.version}-failed.log"
    shutil.copyfile(log, kept)
    lines = "\n".join(f"    {line}" for line in text.strip().splitlines()[-_QUOTED_LINES:])
    return BuildFailedError(
        f"Go could not build {tool.name} {tool.version}; its last lines:\n{lines}",
        hint=f"all of it is in {kept}; Go must reach its module proxy the first time",
    )

"""Where the control plane's binaries come from: the machine, else the cache, else a build."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sandbox.control_plane import build, cache
from sandbox.control_plane.cache import Progress, silent
from sandbox.control_plane.errors import BinaryMissingError, VersionUnreadableError
from sandbox.control_plane.versions import TOOLS, Tool, dotted, parse

ASSETS_VARIABLE = "KUBEBUILDER_ASSETS"
_VERSION_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Binary:
    """A binary that can serve: where it lies and how it came there."""

    name: str
    path: Path
    source: Literal["machine", "cache", "build"]


def cache_folder(tool: Tool) -> Path:
    """Return the folder of the user's cache that holds `tool` at its pinned version."""
    return cache.root() / "bin" / f"{tool.name}-{tool.version}"


def locate(tool: Tool, progress: Progress = silent) -> dict[str, Binary]:
    """Return every binary of `tool`, by name; build them when there is no other way.

    Each binary is looked for in the folder that KUBEBUILDER_ASSETS names, then on PATH, then in the cache. One of
    the wrong version is skipped, and progress says why. Raises BinaryMissingError when something is missing and
    there is no Go, BuildFailedError and DiskFullError from the build.
    """
    found = {name: on_machine(tool, name, progress) for name in tool.binaries}
    missing = [name for name, path in found.items() if path is None]
    folder = cache_folder(tool)
    source: Literal["cache", "build"] = "cache"
    if missing and not build.is_complete(tool, folder):
        go = shutil.which("go")
        if go is None:
            raise _missing(tool, missing, folder)
        build.build(tool, go, folder, progress)
        source = "build"
    return {
        name: Binary(name=name, path=path, source="machine")
        if path is not None
        else Binary(name=name, path=folder / name, source=source)
        for name, path in found.items()
    }


def locate_all(progress: Progress = silent) -> dict[str, Binary]:
    """Return the binaries of every tool, by name. Raises what `locate` raises."""
    return {name: binary for tool in TOOLS.values() for name, binary in locate(tool, progress).items()}


def on_machine(tool: Tool, name: str, progress: Progress) -> Path | None:
    """Return the first `name` of a fitting version in KUBEBUILDER_ASSETS or on PATH, None when there is none."""
    for path in _candidates(name):
        try:
            version = version_of(path)
        except VersionUnreadableError as error:
            progress(f"skipping {path}: {error}")
            continue
        refusal = tool.refusal(version)
        if refusal is None:
            return path
        progress(f"skipping {path}: it is {dotted(version)}, the sandbox {refusal}")
    return None


def version_of(path: Path) -> tuple[int, int, int]:
    """Return the version that the binary at `path` prints.

    Raises VersionUnreadableError when it prints none, cannot be run or takes more than ten seconds.
    """
    try:
        done = subprocess.run(
            [str(path), "--version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VersionUnreadableError(f"it cannot be run ({error})") from error
    return parse(done.stdout + done.stderr)


def _candidates(name: str) -> Iterator[Path]:
    folders = [os.environ.get(ASSETS_VARIABLE, ""), *os.environ.get("PATH", "").split(os.pathsep)]
    for folder in dict.fromkeys(filter(None, folders)):
        path = Path(folder) / name
        if path.is_file() and os.access(path, os.X_OK):
            yield path


def _missing(tool: Tool, names: list[str], folder: Path) -> BinaryMissingError:
    verb = "is" if len(names) == 1 else "are"
    return BinaryMissingError(
        f"{', '.join(names)} {verb} neither in {ASSETS_VARIABLE} nor on PATH nor in {folder}, "
        "and there is no Go on PATH to build with.",
        hint=f"install Go, or put {tool.name} {tool.version} on PATH or in a folder named by {ASSETS_VARIABLE}",
    )

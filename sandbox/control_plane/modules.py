"""Files of Go modules, fetched once, held to a pinned checksum and kept in the user's cache."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from sandbox.control_plane import build, cache, disk
from sandbox.control_plane.cache import Progress, silent
from sandbox.control_plane.errors import BinaryMissingError, BuildFailedError, ChecksumMismatchError
from sandbox.control_plane.versions import Module


def folder_of(module: Module, progress: Progress = silent) -> Path:
    """Return a folder with the YAML files of `module`, which keep their paths.

    Fetches the module with Go when the cache does not have it at this version. Raises BinaryMissingError without
    Go, BuildFailedError when the module cannot be fetched, ChecksumMismatchError when it is not the pinned one.
    """
    destination = cache.root() / "modules" / f"{module.name}-{module.version}"
    if destination.exists():
        return destination
    lock = destination.with_name(f"{destination.name}.lock")
    with disk.explained(destination.parent), cache.locked(lock, progress, f"a download of {module.name}"):
        if not destination.exists():
            progress(f"fetching {module.path} {module.version} (once for this machine)")
            source = download(module) / module.folder
            with cache.filling(destination) as temporary:
                _copy_yaml(source, temporary)
    return destination


def download(module: Module) -> Path:
    """Have Go download `module` and return its folder in Go's own cache.

    Raises BinaryMissingError without Go, BuildFailedError when the module cannot be fetched, ChecksumMismatchError
    when its checksum is not the pinned one.
    """
    go = shutil.which("go")
    if go is None:
        raise BinaryMissingError(
            f"{module.path} {module.version} is not in {cache.root()}, and there is no Go on PATH to fetch it with.",
            hint="install Go",
        )
    done = subprocess.run(
        [go, "mod", "download", "-json", f"{module.path}@{module.version}"],
        cwd="/",
        env=build.go_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        answer: dict[str, str] = json.loads(done.stdout)
    except json.JSONDecodeError:
        answer = {"Error": done.stderr.strip()}
    if "Error" in answer:
        raise BuildFailedError(
            f"Go could not fetch {module.path} {module.version}: {answer['Error']}",
            hint="Go must reach its module proxy the first time",
        )
    if answer["Sum"] != module.sum:
        raise ChecksumMismatchError(
            f"{module.path} {module.version} has the checksum {answer['Sum']}, pinned is {module.sum}.",
            hint="nothing of it was used; find out why it changed before pinning another checksum",
        )
    return Path(answer["Dir"])


def _copy_yaml(source: Path, destination: Path) -> None:
    for path in sorted(source.rglob("*.yaml")):
        target = destination / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())

"""Brings every program that the tests run: `python -m sandbox.tool_setup`, which is `make tools`.

A Redis comes from Debian's packages, everything else from the machine, the user's cache or a build with Go.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.base.errors import EXIT_BAD_INPUT, SandboxError
from sandbox.control_plane import binaries
from sandbox.control_plane.cache import Progress
from sandbox.control_plane.versions import (
    KARPENTER_TOOL,
    MONITORING_TOOLS,
    PULUMI_KUBERNETES_TOOL,
    PULUMI_TOOL,
    TOOLS,
)
from sandbox.screen import Screen

SERVERS = ("valkey-server", "redis-server")
"""Programs that can be the Redis of the drills, best first. Debian's packages have the same names, and TLS."""

POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian's packages ask it before they start a service; 101 is no."""


def redis_server() -> str | None:
    """Return the name of a Redis server on PATH, None when there is none."""
    return next((name for name in SERVERS if shutil.which(name)), None)


def missing_redis() -> SandboxError:
    """Return the error for a machine without a Redis server."""
    return SandboxError(
        f"neither {' nor '.join(SERVERS)} is on PATH: install Debian's package {' or '.join(SERVERS)}, "
        "or any build of one with TLS; `make tools` does it where apt and root or sudo are here."
    )


def bring_redis(progress: Progress) -> None:
    """Install a Redis server unless there is one. Raises SandboxError when that cannot be done here."""
    if redis_server() is not None:
        return
    as_root = [] if os.geteuid() == 0 else [shutil.which("sudo") or ""]
    if not shutil.which("apt-get") or "" in as_root:
        raise missing_redis()
    progress("installing a Redis server from Debian's packages")
    _run([*as_root, "apt-get", "update", "-qq"])
    package = next((package for package in SERVERS if _is_offered(package)), None)
    if package is None:
        raise missing_redis()
    with _services_stay_off(as_root):
        install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", package]
        _run([*as_root, "env", "DEBIAN_FRONTEND=noninteractive", *install])
    progress(f"installed {package}")


def bring_binaries(progress: Progress) -> None:
    """Find or build every pinned tool. Raises what `binaries.locate` raises."""
    for tool in (*TOOLS.values(), PULUMI_TOOL, PULUMI_KUBERNETES_TOOL, KARPENTER_TOOL, *MONITORING_TOOLS.values()):
        binaries.locate(tool, progress)


def _is_offered(package: str) -> bool:
    return subprocess.run(["apt-cache", "show", package], capture_output=True, check=False).returncode == 0


@contextmanager
def _services_stay_off(as_root: list[str]) -> Iterator[None]:
    """Keep a package from starting its service: a drill starts its own."""
    if POLICY.exists():
        yield
        return
    _run([*as_root, "tee", str(POLICY)], given="#!/bin/sh\nexit 101\n")
    try:
        _run([*as_root, "chmod", "755", str(POLICY)])
        yield
    finally:
        _run([*as_root, "rm", "-f", str(POLICY)])


def _run(command: list[str], *, given: str = "") -> None:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
        raise SandboxError(f"`{' '.join(command)}` failed and said {last!r}; mend that and run `make tools` again.")


def main() -> int:
    """Bring everything and return the exit code."""
    screen = Screen()
    try:
        bring_redis(screen.say)
        bring_binaries(screen.say)
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  a command
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)  # noqa: T201
        return EXIT_BAD_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main())

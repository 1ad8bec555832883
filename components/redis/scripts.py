"""The scripts of a node as whole texts: each begins with `common.sh`, and a pod and a drill run the same bytes."""

from __future__ import annotations

from importlib.resources import files

SHELL = "/bin/sh"
SCRIPTS = ("backup", "keeper", "pre-stop", "probe", "restore", "start")


def script(name: str) -> str:
    """Return the text of one of `SCRIPTS`; POSIX, for `sh`."""
    return "#!/bin/sh\n" + _read("common") + "\n" + _read(name)


def _read(name: str) -> str:
    return files("components.redis").joinpath("scripts", f"{name}.sh").read_text(encoding="utf-8")

"""The Pulumi CLI as a person types it, in a project of its own whose program a language host of the tests runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from components.base.vocabulary import PROJECT
from q2o_infra.stack_files import ROOT
from sandbox.control_plane import binaries
from sandbox.control_plane.versions import PULUMI_TOOL
from sandbox.engine.cli import environment
from tests.support import language_host

STACK = "us-east"


class Project:
    """A project in `folder`, for the program in the folder `program`."""

    def __init__(self, folder: Path, *, program: Path) -> None:
        self._folder = folder
        self._project = folder / "project"
        self._project.mkdir(parents=True)
        document = {"name": PROJECT, "main": str(program), "runtime": {"name": "python"}}
        (self._project / "Pulumi.yaml").write_text(yaml.safe_dump(document))
        host = folder / "bin" / "pulumi-language-python"
        host.parent.mkdir()
        host.write_text(f"#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} {language_host.__file__}\n")
        host.chmod(0o755)

    def configure(self, config: Mapping[str, Any]) -> None:
        """Write the stack's file; the salt that the CLI keeps there remains."""
        path = self._project / f"Pulumi.{STACK}.yaml"
        known = (yaml.safe_load(path.read_text()) or {}) if path.exists() else {}
        path.write_text(yaml.safe_dump({**known, "config": dict(config)}))

    def typed(self, *arguments: str, attached: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the CLI with these providers."""
        [cli] = binaries.locate(PULUMI_TOOL).values()
        own = environment(self._folder, inherited=os.environ)
        path = os.pathsep.join([str(self._folder / "bin"), own["PATH"]])
        return subprocess.run(
            [str(cli.path), *arguments, "--non-interactive", "--color", "never"],
            cwd=self._project,
            env={**own, **variables, "PATH": path, "PULUMI_DEBUG_PROVIDERS": attached},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

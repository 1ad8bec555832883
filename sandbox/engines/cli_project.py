"""The Pulumi project that the CLI works in: a folder of the sandbox, so that the checkout's own files stay untouched.

It names the checkout's program and Python, and holds the stack's configuration: the stack file with the sandbox's
overrides over it, secrets replaced by the same placeholder that a plan has, so that both engines see equal inputs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from components.base.vocabulary import PROJECT
from q2o_infra.stack_files import NAMESPACE, NOT_DECRYPTED, ROOT, read_config

_SALT = "encryptionsalt"


def stack_config(stack: str, *, overrides: Mapping[str, Any], folder: Path = ROOT) -> dict[str, Any]:
    """Return the configuration of `stack` for the sandbox; an override that is `None` was not given.

    Raises `SettingsError` when the stack has no readable file.
    """
    given = {f"{NAMESPACE}{key}": value for key, value in overrides.items() if value is not None}
    return {key: _without_secrets(value) for key, value in {**read_config(stack, folder), **given}.items()}


def write_project(folder: Path, *, stack: str, config: Mapping[str, Any], program: Path) -> None:
    """Write the project and the stack's configuration; the salt that the CLI keeps beside it stays."""
    folder.mkdir(parents=True, exist_ok=True)
    project = {
        "name": PROJECT,
        "main": str(program.resolve()),
        "runtime": {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}},
    }
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    path = folder / f"Pulumi.{stack}.yaml"
    known = (yaml.safe_load(path.read_text()) or {}) if path.exists() else {}
    salt = {_SALT: known[_SALT]} if _SALT in known else {}
    path.write_text(yaml.safe_dump({**salt, "config": dict(config)}))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return NOT_DECRYPTED
        return {key: _without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value

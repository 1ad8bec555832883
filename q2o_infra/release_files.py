"""Where a release comes from: one file for each stack, which the program and a pipeline of an application share.

The file is found beside the program and not beside the stack file, so that it is the same one for a plan, for
`pulumi up` and for the sandbox, whose Pulumi project stands elsewhere (docs/adr/0013-how-the-cli-is-driven.md).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from components.base.errors import SettingsError, refused
from q2o_infra.releases import Release
from q2o_infra.settings_errors import error_for, path_of, sentences
from q2o_infra.stack_files import ROOT, read_yaml, without_value

FOLDER = ROOT / "releases"


def release_name(stack: str) -> str:
    """Return the path of a stack's release file, as messages name it."""
    return f"{FOLDER.name}/{stack}.yaml"


def read_release(stack: str, folder: Path = FOLDER) -> Release:
    """Return what runs in a stack. Raises `SettingsError`, with a line for each thing that is wrong."""
    name = release_name(stack)
    path = folder / f"{stack}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.yaml"))) or "none so far"
        raise SettingsError(
            refused(
                "stack",
                stack,
                f"there is no {name}, and nobody knows what to run; stacks with a release file are {known}",
                "copy one of theirs and give it this stack's images",
            )
        )
    document = read_yaml(path, called=name)
    if not isinstance(document, dict):
        raise SettingsError(
            f"{name}: this is no release: a mapping of keys to values is expected; "
            f"write api: and agents: and below them, indented, their images."
        )
    return parse_release(document, source=name)


def parse_release(document: dict[Any, Any], *, source: str) -> Release:
    """Return the release in `document`; messages name `source`. Raises `SettingsError`."""
    faults = list(without_value(document))
    try:
        # Strict as JSON, like a stack file: a number in quotes is no number.
        release = Release.model_validate_json(json.dumps(document, default=str), strict=True)
    except ValidationError as error:
        named = {path_of(fault) for fault in faults}
        faults += [fault for fault in sentences(error, Release) if path_of(fault) not in named]
        raise error_for(faults, source=source) from None
    if faults:
        raise error_for(faults, source=source)
    return release

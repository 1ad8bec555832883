"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from q2o_infra.settings import Settings
from q2o_infra.stack_files import ROOT, read_settings

SANDBOX_ROOT = ROOT / ".sandbox"

Command = TypeVar("Command", bound=Callable[..., Any])


def stack_argument(command: Command) -> Command:
    """Take the stack's name."""
    return click.argument("stack")(command)


def look_options(command: Command) -> Command:
    """Take what may be put over the stack file for a look."""
    for name, text in (
        ("environment", "production, staging or sandbox, instead of the stack file's."),
        ("phase", "1 to 4, instead of the stack file's."),
        ("cloud", "A cloud, instead of the stack file's."),
    ):
        command = click.option(f"--{name}", default=None, help=text)(command)
    return command


def root_option(command: Command) -> Command:
    """Take another folder for the sandboxes."""
    return click.option(
        "--root",
        type=click.Path(file_okay=False, path_type=Path),
        default=SANDBOX_ROOT,
        help="Where sandboxes are kept.",
    )(command)


def json_option(command: Command) -> Command:
    """Take `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")(command)


def settings_of(stack: str, **overrides: str | bool | None) -> Settings:
    """Return the stack's settings with the given overrides. Raises `SettingsError`."""
    return read_settings(stack, overrides=overrides)

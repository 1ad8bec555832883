"""Where settings come from: a stack file on disk, or the Pulumi CLI.

Both give the same mapping to the same model. In a file a secret stands encrypted; here it is never decrypted: a
marked placeholder takes its place, so that a plan needs no key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pydantic import ValidationError

from components.base.errors import SettingsError, refused
from components.base.vocabulary import PROJECT
from q2o_infra.settings import Settings
from q2o_infra.settings_errors import error_for, file_name, path_of, sentences, unknown_key
from q2o_infra.settings_fields import field_at

ROOT = Path(__file__).resolve().parent.parent
NOT_DECRYPTED = "[not decrypted on this machine]"
NAMESPACE = f"{PROJECT}:"
DISABLE_DEFAULT_PROVIDERS = "pulumi:disable-default-providers"
ALL_PROVIDERS = ("*",)
CLI_KEYS = ("encryptedkey", "encryptionsalt", "environment", "secretsprovider")
"""Keys beside `config` that the Pulumi CLI has in a stack file (pulumi: sdk/go/common/workspace, `ProjectStack`)."""


def stack_names(folder: Path = ROOT) -> list[str]:
    """Return the stacks that have a file in `folder`, sorted."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.*.yaml"))


def read_config(stack: str, folder: Path = ROOT) -> dict[str, Any]:
    """Return the `config` block of a stack's file. Raises `SettingsError` when it is absent or not YAML."""
    path = folder / file_name(stack)
    if not path.is_file():
        known = ", ".join(stack_names(folder)) or "none so far"
        raise SettingsError(
            refused("stack", stack, f"there is no {path.name}; stacks with a file are {known}", "choose one of these")
        )
    document = read_yaml(path)
    if not isinstance(document, dict) or not isinstance(document.get("config"), dict):
        raise SettingsError(
            f"{path.name}: there is no config block: a stack file holds its settings there; "
            f"write config: and below it, indented, keys such as {NAMESPACE}region."
        )
    allowed = ("config", *CLI_KEYS)
    if unknown := [unknown_key(str(key), allowed) for key in document if key not in allowed]:
        raise error_for(unknown, source=path.name)
    return {str(key): value for key, value in document["config"].items()}


def read_settings(stack: str, *, folder: Path = ROOT, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings in a stack's file. Raises `SettingsError`, with a line for each thing that is wrong.

    `overrides` are top-level keys that replace what the file says; those that are `None` were not given.
    """
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    config = {**read_config(stack, folder), **{f"{NAMESPACE}{key}": value for key, value in given.items()}}
    return parse(config, source=file_name(stack), overridden=given.keys())


def load() -> Settings:
    """Return the settings that the Pulumi CLI gives to the running program. Raises `SettingsError`.

    The CLI decrypts secrets, turns every value into text (objects and lists into JSON) and hands all keys over in one
    variable of the environment (pulumi: pkg/resource/deploy/program_source.go, sdk/go/common/resource/config/map.go).
    """
    return parse(pulumi.runtime.get_config_env(), source=file_name(pulumi.get_stack()))


def parse(config: Mapping[str, Any], *, source: str, overridden: Collection[str] = ()) -> Settings:
    """Return the settings in `config`, whose keys carry the project's namespace. Raises `SettingsError`.

    `source` and `overridden` are what messages name as the origin (`q2o_infra.settings_errors.error_for`).
    """
    given = {
        key.removeprefix(NAMESPACE): _plain(key.removeprefix(NAMESPACE), value)
        for key, value in config.items()
        if key.startswith(NAMESPACE)
    }
    faults = [*_foreign_keys(config), *_default_providers(config), *without_value(given)]
    try:
        # Strict as JSON: a number in quotes or a 1 for true is refused, since the two ways in would differ over it.
        settings = Settings.model_validate_json(json.dumps(given, default=str), strict=True)
    except ValidationError as error:
        named = {path_of(fault) for fault in faults}
        faults += [fault for fault in sentences(error, Settings) if path_of(fault) not in named]
        raise error_for(faults, source=source, overridden=overridden) from None
    if faults:
        raise error_for(faults, source=source, overridden=overridden)
    return settings


def _foreign_keys(config: Mapping[str, Any]) -> Iterator[str]:
    for key in config:
        if not key.startswith(NAMESPACE) and key != DISABLE_DEFAULT_PROVIDERS:
            yield (
                f"{key}: this key is unknown: settings of this program start with {NAMESPACE}, "
                f"and its providers take theirs from it alone; remove it or correct its spelling."
            )


def _default_providers(config: Mapping[str, Any]) -> Iterator[str]:
    reason = "every provider is explicit here, and a default one may write to another account or region"
    action = f"set it to {json.dumps(ALL_PROVIDERS)}"
    if DISABLE_DEFAULT_PROVIDERS not in config:
        yield f"{DISABLE_DEFAULT_PROVIDERS}: nothing is given: {reason}; {action}."
    elif (disabled := _decoded(config[DISABLE_DEFAULT_PROVIDERS])) != list(ALL_PROVIDERS):
        yield refused(DISABLE_DEFAULT_PROVIDERS, disabled, reason, action)


def without_value(value: Any, path: str = "") -> Iterator[str]:
    """Name every key without a value: the CLI hands over empty text for it, which is no absence."""
    if value is None or value == "":
        yield f"{path}: nothing is given: a key has a value or is left out; give it one or remove it."
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield from without_value(entry, f"{path}.{key}" if path else str(key))


def _plain(name: str, value: Any) -> Any:
    field = field_at(Settings, [name]) if name in Settings.model_fields else None
    if field and field.is_secret and isinstance(value, dict) and set(value) == {"secure"}:
        return NOT_DECRYPTED
    return value if field and field.is_text else _decoded(value)


def _decoded(value: Any) -> Any:
    """Undo what the CLI does to a value that is not text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


_YAML_BOOL = "tag:yaml.org,2002:bool"
_YAML_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """Reads what the Pulumi CLI reads: `no` and dates are text, and a key that stands twice is refused.

    PyYAML would take them for false and a date (YAML 1.1), and the last of two keys.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML's way to configure a loader
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in {_YAML_BOOL, _YAML_TIMESTAMP}]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ARG002  PyYAML's signature
        if node in self.recursive_objects:
            raise yaml.constructor.ConstructorError(
                problem="an alias stands inside of what it names", problem_mark=node.start_mark
            )
        # Whole at once, or an alias to what is not whole yet would make a value that never ends.
        return super().construct_object(node, deep=True)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    problem="a mapping or a list stands in the place of a key, as an unfilled {{ template }} reads",
                    problem_mark=key.start_mark,
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value} stands there twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(_YAML_BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def read_yaml(path: Path, *, called: str = "") -> Any:
    """Return what a file holds; messages name it `called`, or by its name. Raises `SettingsError` if it is no YAML."""
    name = called or path.name
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError(
            f"{name}{line}: this is not YAML: {error.problem}; correct this line or the one before it."
        ) from None
    except RecursionError:
        raise SettingsError(
            f"{name}: this nests deeper than anything that is read here; write it flatter, or replace the file."
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{name}: the file cannot be read as text: {error}; correct or replace it.") from None

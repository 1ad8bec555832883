"""Between the engine's wire format and plain Python data.

Secrets travel wrapped in a signature (pulumi/sdk, `rpc.py`); numbers travel as doubles, so whole ones become ints.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

SIGNATURE_KEY = rpc._special_sig_key  # noqa: SLF001 the SDK gives it no public name
SECRET_SIGNATURE = rpc._special_secret_sig  # noqa: SLF001 likewise
UNKNOWN = rpc.UNKNOWN

Plain = Any
"""A tree of dict, list, str, int, float, bool and None."""


def _value(value: struct_pb2.Value) -> Plain:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "struct_value":
        return {key: _value(item) for key, item in value.struct_value.fields.items()}
    if kind == "list_value":
        return [_value(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    return None


def from_struct(struct: struct_pb2.Struct) -> dict[str, Plain]:
    """Return `struct` as plain data; secrets stay wrapped."""
    return {key: _value(value) for key, value in struct.fields.items()}


def to_struct(values: dict[str, Plain]) -> struct_pb2.Struct:
    """Return plain data, secrets wrapped, as a message."""
    return json_format.ParseDict(values, struct_pb2.Struct())


def is_secret(value: Plain) -> bool:
    """Answer whether `value` itself is a wrapped secret."""
    return isinstance(value, dict) and value.get(SIGNATURE_KEY) == SECRET_SIGNATURE


def wrap_secret(value: Plain) -> Plain:
    """Return `value` marked as a secret; a marked one is returned as it is."""
    return value if is_secret(value) else {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


def unwrap(value: Plain) -> Plain:
    """Return `value` with every secret inside it laid open."""
    if is_secret(value):
        return unwrap(value.get("value"))
    if isinstance(value, dict):
        return {key: unwrap(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unwrap(item) for item in value]
    return value


def holds_secret(value: Plain) -> bool:
    """Answer whether there is a secret anywhere inside `value`."""
    if is_secret(value):
        return True
    if isinstance(value, dict):
        return any(holds_secret(item) for item in value.values())
    return isinstance(value, list) and any(holds_secret(item) for item in value)


def redact(value: Plain) -> Plain:
    """Return `value` with every secret replaced by `[secret]`, fit for a screen."""
    if is_secret(value):
        return "[secret]"
    if isinstance(value, dict):
        return {key: redact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value

"""The CLI's state as `pulumi stack export` prints it: what it knows, and the same without what is gone.

Every function is pure. The format is pulumi's `apitype.DeploymentV3` (sdk/go/common/apitype/core.go).
"""

from __future__ import annotations

import json
from typing import Any

from q2o_infra.plan import wire
from q2o_infra.plan.monitor import PROVIDER_PREFIX, STACK_TYPE
from sandbox.backends.router import Known

Document = dict[str, Any]
Row = dict[str, Any]


def rows(document: Document) -> list[Row]:
    """Return the resources of an exported state, in its order."""
    return list(document["deployment"].get("resources") or [])


def identity(row: Row) -> tuple[str, str, str]:
    """Return type, id and URN."""
    return row["type"], row.get("id", ""), row["urn"]


def known(document: Document) -> Known:
    """Return what the state says exists: neither components nor providers, which exist only in the engine."""
    return {identity(row) for row in rows(document) if row.get("custom") and not _is_provider(row)}


def retained(document: Document) -> Known:
    """Return what of that stays where it is when the engine deletes it."""
    return {
        identity(row)
        for row in rows(document)
        if row.get("custom") and not _is_provider(row) and row.get("retainOnDelete")
    }


def without(document: Document, gone: Known) -> Document:
    """Return the state without `gone`, without references to it, and without operations that never ended.

    What depended on something gone is registered again with its dependencies when the program runs.
    """
    kept = [row for row in rows(document) if identity(row) not in gone]
    urns = {row["urn"] for row in kept}
    deployment = {**document["deployment"], "resources": [_without_references(row, urns) for row in kept]}
    deployment.pop("pending_operations", None)
    return {**document, "deployment": deployment}


def has_pending(document: Document) -> bool:
    """Answer whether an operation was begun and never ended."""
    return bool(document["deployment"].get("pending_operations"))


def exports(document: Document) -> dict[str, Any]:
    """Return the stack's outputs, secrets wrapped as on the wire; the state was exported with `--show-secrets`."""
    for row in rows(document):
        if row["type"] == STACK_TYPE:
            return {key: _wrapped(value) for key, value in (row.get("outputs") or {}).items()}
    return {}


def _is_provider(row: Row) -> bool:
    return str(row["type"]).startswith(PROVIDER_PREFIX)


def _without_references(row: Row, urns: set[str]) -> Row:
    kept = dict(row)
    for key in ("parent", "deletedWith"):
        if kept.get(key) and kept[key] not in urns:
            del kept[key]
    for key in ("dependencies", "replaceWith"):
        if kept.get(key):
            kept[key] = [urn for urn in kept[key] if urn in urns]
    if kept.get("propertyDependencies"):
        kept["propertyDependencies"] = {
            name: [urn for urn in needed or [] if urn in urns] for name, needed in kept["propertyDependencies"].items()
        }
    return kept


def _wrapped(value: Any) -> Any:
    if isinstance(value, list):
        return [_wrapped(item) for item in value]
    if not isinstance(value, dict):
        return value
    if wire.is_secret(value):
        return wire.wrap_secret(_wrapped(json.loads(value["plaintext"])))
    return {key: _wrapped(item) for key, item in value.items()}

"""The engine's state as `pulumi stack export` returns it: its resources, and the same without those that are gone.

Every function is pure. The format is pulumi's `apitype.DeploymentV3` (sdk/go/common/apitype/core.go).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from clouds.kubernetes import is_kubernetes
from q2o_infra.plan.monitor import PROVIDER_PREFIX

Deployment = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, order=True)
class Known:
    """A resource outside the engine, as its state names it."""

    type: str
    id: str
    urn: str


def rows(deployment: Deployment) -> list[Row]:
    """Return the resources, in the state's order, without components and providers, which only the engine has."""
    return [row for row in deployment.get("resources") or [] if row.get("custom") and not _is_provider(row)]


def identity(row: Row) -> Known:
    """Return how the state names a resource."""
    return Known(type=row["type"], id=row.get("id", ""), urn=row["urn"])


def in_clouds(deployment: Deployment) -> set[Known]:
    """Return the resources of the clouds."""
    return {identity(row) for row in rows(deployment) if not is_kubernetes(row["type"])}


def in_clusters(deployment: Deployment) -> list[Row]:
    """Return the resources inside clusters."""
    return [row for row in rows(deployment) if is_kubernetes(row["type"])]


def retained(deployment: Deployment) -> set[Known]:
    """Return the resources that remain when the engine deletes them."""
    return {identity(row) for row in rows(deployment) if row.get("retainOnDelete")}


def begun(deployment: Deployment) -> list[Row]:
    """Return the resources whose creation was begun and never recorded as done."""
    return [row["resource"] for row in deployment.get("pending_operations") or [] if row["type"] == "creating"]


def without(deployment: Deployment, gone: Collection[Known]) -> Deployment:
    """Return the state without `gone`, without references to it, and without operations that never ended.

    A resource that depended on one that is gone is registered again with its dependencies when the program runs.
    """
    kept = [row for row in deployment.get("resources") or [] if identity(row) not in gone]
    urns = {row["urn"] for row in kept}
    result = {**deployment, "resources": [_without_references(row, urns) for row in kept]}
    result.pop("pending_operations", None)
    return result


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

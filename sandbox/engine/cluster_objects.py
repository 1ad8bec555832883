"""Objects in the cluster that rows of the engine's state describe: which exist, and the removal of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clouds.kubernetes import RELEASE, object_id
from q2o_infra.plan import wire
from sandbox.control_plane.client import Client
from sandbox.control_plane.errors import ApiError
from sandbox.engine.deployment import Known, Row, identity
from sandbox.providers.releases import Release
from sandbox.readiness import wait_gone

Manifest = dict[str, Any]

# Their pods and claims must be gone before the deletion is done.
_FOREGROUND = frozenset({"Deployment", "DaemonSet", "StatefulSet", "Job", "Namespace"})


def present(client: Client, rows: Iterable[Row]) -> set[Known]:
    """Return the rows whose object exists; each kind is listed once."""
    manifests = {identity(row): _inputs(row) for row in rows}
    kinds = {(row["apiVersion"], row["kind"]) for known, row in manifests.items() if known.type != RELEASE}
    found = {kind: _ids(client, *kind) for kind in kinds}
    return {
        known
        for known, row in manifests.items()
        if (
            Release(inputs=row).exists(client)
            if known.type == RELEASE
            # The provider notes a namespace for a kind that it did not know yet, also for one that lives in none.
            else bool({object_id(row), row["metadata"]["name"]} & found[row["apiVersion"], row["kind"]])
        )
    }


def exists(client: Client, row: Row) -> bool:
    """Return whether the object of a row exists."""
    return identity(row) in present(client, [row])


def remove(client: Client, row: Row) -> None:
    """Delete the object of a row and wait until it is gone. Raises `SandboxError`."""
    manifest = _inputs(row)
    if row["type"] == RELEASE:
        Release(inputs=manifest).remove(client)
        return
    metadata, kind = manifest["metadata"], manifest["kind"]
    key = (manifest["apiVersion"], kind, metadata["name"], metadata.get("namespace"))
    client.delete(*key, propagation="Foreground" if kind in _FOREGROUND else "Background")
    wait_gone(lambda: client.find(*key), f"{kind} {object_id(manifest)}")


def _ids(client: Client, api_version: str, kind: str) -> set[str]:
    try:
        return {object_id(found) for found in client.list_objects(api_version, kind)}
    except ApiError as error:
        if error.status == 404:  # a kind that the server does not serve has no objects
            return set()
        raise


def _inputs(row: Row) -> Manifest:
    inputs: Manifest = wire.unwrap(row.get("inputs") or {})
    return inputs

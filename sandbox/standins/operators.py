"""What operators would make of custom resources: no operator runs in the sandbox, but its pods are counted.

A row says what comes of one kind of custom resource. It is applied right after the resource and removed right after
it is gone; what a row reads beside the resource has to outlive it, as the operator's own inputs have to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from components.base.pods import PodWorkload
from components.edge import gateway_operator
from components.observability import prometheus_operator
from sandbox.backends import readiness
from sandbox.control_plane.client import Client
from sandbox.standins import endpoint_groups, pods

Manifest = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """What an operator makes of one custom resource."""

    annotations: Mapping[str, str] = field(default_factory=dict)
    """What the operator writes onto the resource itself."""
    workloads: tuple[PodWorkload, ...] = ()
    objects: tuple[Manifest, ...] = ()
    """Everything else: Services above all, so that endpoints are real."""
    status: Manifest | None = None
    """What the operator would write into the resource's status once its pods run."""


Row = Callable[[Client, Manifest], StandIn]

ROWS: dict[tuple[str, str], Row] = {
    ("monitoring.coreos.com", "Prometheus"): lambda _, manifest: StandIn(
        workloads=(prometheus_operator.workload(manifest),), objects=(prometheus_operator.service(manifest),)
    ),
    ("gateway.networking.k8s.io", "Gateway"): lambda client, manifest: StandIn(
        workloads=(gateway_operator.workload(client, manifest),),
        objects=(gateway_operator.service(client, manifest),),
        status=gateway_operator.status(manifest),
    ),
    ("", "Service"): lambda client, manifest: StandIn(annotations=endpoint_groups.written(client, manifest)),
}
"""By API group and kind."""


def bring(client: Client, manifest: Manifest) -> None:
    """Make or change what comes of `manifest` and wait until its pods run; nothing for a kind without a row.

    Raises `SandboxError` with the scheduler's reasons.
    """
    found = _stand_in(client, manifest)
    if found is None:
        return
    for row in found.objects:
        client.apply(row, field_manager=pods.FIELD_MANAGER)
    for workload in found.workloads:
        pods.apply(client, workload, owner=_owner(manifest))
    if found.annotations:
        reference = _reference(manifest)
        annotated = {**reference, "metadata": {**reference["metadata"], "annotations": dict(found.annotations)}}
        client.apply(annotated, field_manager=pods.FIELD_MANAGER)
    if found.status is not None:
        status = {**_reference(manifest), "status": found.status}
        client.apply(status, field_manager=pods.FIELD_MANAGER, subresource="status")


def remove(client: Client, manifest: Manifest) -> None:
    """Delete what came of `manifest` and wait until it is gone."""
    found = _stand_in(client, manifest)
    if found is None:
        return
    for workload in found.workloads:
        pods.remove(client, workload, owner=_owner(manifest))
    for row in reversed(found.objects):
        key = (row["apiVersion"], row["kind"], row["metadata"]["name"], row["metadata"].get("namespace"))
        client.delete(*key)
        readiness.wait_gone(partial(client.find, *key), f"{row['kind']} {row['metadata']['name']}")


def _stand_in(client: Client, manifest: Manifest) -> StandIn | None:
    group = manifest["apiVersion"].rpartition("/")[0]
    row = ROWS.get((group, manifest["kind"]))
    return row(client, manifest) if row else None


def _owner(manifest: Manifest) -> str:
    return f"{manifest['kind']}.{manifest['metadata']['name']}"


def _reference(manifest: Manifest) -> Manifest:
    metadata = {key: manifest["metadata"][key] for key in ("name", "namespace") if key in manifest["metadata"]}
    return {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"], "metadata": metadata}

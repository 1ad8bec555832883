"""Stand-ins for operators: none runs in the sandbox, but their pods count, and the engine waits for their answers.

A row says what an operator makes of one kind of resource. A loop looks for resources of these kinds, as an operator
does, so the answer comes while the engine waits for it. The objects belong to the resource and go with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.base.pods import PodWorkload
from components.edge import gateway_operator
from components.observability import prometheus_operator
from sandbox.cluster import LocalCluster
from sandbox.control_plane.client import Client
from sandbox.control_plane.errors import ApiError
from sandbox.readiness import is_ready
from sandbox.standins import certificates, endpoint_groups, pods
from sandbox.standins.loop import Loop

Manifest = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """What an operator makes of one custom resource."""

    annotations: Mapping[str, str] = field(default_factory=dict)
    """What the operator writes onto the resource itself."""
    workloads: tuple[PodWorkload, ...] = ()
    objects: tuple[Manifest, ...] = ()
    """Its other objects: Services above all, so that endpoints are real."""
    status: Manifest | None = None
    """What the operator would write into the resource's status once its pods run."""


Row = Callable[[Client, Manifest], StandIn]

ROWS: dict[tuple[str, str], Row] = {
    ("monitoring.coreos.com/v1", "Prometheus"): lambda _, manifest: StandIn(
        workloads=(prometheus_operator.workload(manifest),), objects=(prometheus_operator.service(manifest),)
    ),
    ("gateway.networking.k8s.io/v1", "Gateway"): lambda client, manifest: StandIn(
        workloads=(gateway_operator.workload(client, manifest),),
        objects=(gateway_operator.service(client, manifest),),
        status=gateway_operator.status(manifest),
    ),
    ("cert-manager.io/v1", "Certificate"): lambda _, manifest: StandIn(status=certificates.status(manifest)),
    ("v1", "Service"): lambda client, manifest: StandIn(annotations=endpoint_groups.written(client, manifest)),
}
"""By API version and kind."""


class OperatorStandIns(Loop):
    """Looks after every resource of the kinds that have a row."""

    words = "stand-ins for operators"

    def __init__(self, cluster: LocalCluster, *, report: Callable[[str], None]) -> None:
        super().__init__(cluster, report=report)
        self._applied: set[tuple[str, int]] = set()
        self._served: set[tuple[str, int]] = set()

    def look(self, client: Client) -> None:
        """Bring each resource that is new or has changed to what its operator would make of it."""
        for (api_version, kind), row in ROWS.items():
            for live in _listed(client, api_version, kind):
                if not live["metadata"].get("deletionTimestamp"):
                    self._serve(client, {**live, "apiVersion": api_version, "kind": kind}, row)

    def _serve(self, client: Client, live: Manifest, row: Row) -> None:
        key = (live["metadata"]["uid"], live["metadata"].get("generation", 0))
        if key in self._served:
            return
        found = row(client, live)
        if key not in self._applied:
            for manifest in found.objects:
                client.apply(pods.owned(manifest, live), field_manager=pods.FIELD_MANAGER)
            for workload in found.workloads:
                pods.declare(client, workload, owner=f"{live['kind']}.{live['metadata']['name']}", resource=live)
            self._applied.add(key)
        if all(_runs(client, workload) for workload in found.workloads):
            _answer(client, live, found)
            self._served.add(key)


def _answer(client: Client, live: Manifest, found: StandIn) -> None:
    metadata = {key: live["metadata"][key] for key in ("name", "namespace") if key in live["metadata"]}
    reference = {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": metadata}
    if found.annotations:
        annotated = {**reference, "metadata": {**metadata, "annotations": dict(found.annotations)}}
        client.apply(annotated, field_manager=pods.FIELD_MANAGER)
    if found.status is not None:
        status = {**reference, "status": found.status}
        client.apply(status, field_manager=pods.FIELD_MANAGER, subresource="status")


def _runs(client: Client, workload: PodWorkload) -> bool:
    live = client.find("apps/v1", workload.kind.value, workload.component, workload.namespace)
    return live is not None and is_ready(live)


def _listed(client: Client, api_version: str, kind: str) -> list[Manifest]:
    try:
        return client.list_objects(api_version, kind)
    except ApiError as error:
        if error.status == 404:  # its definition is not there yet
            return []
        raise

"""Whether the edge answers, from what the cluster itself says: the host, what is bound, and which targets are ready.

A target of the balancer is an endpoint of a Service: of the one that a TargetGroupBinding names (AWS), of one with
network endpoint groups (Google Cloud), of one that asks for a balancer itself (Azure). The API server's own controllers
keep those.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypedDict

from components.base.errors import SandboxError
from sandbox.control_plane.client import Client
from sandbox.control_plane.errors import ApiError

Manifest = dict[str, Any]

BINDING_VERSION = "elbv2.k8s.aws/v1beta1"
ENDPOINT_GROUPS = "cloud.google.com/neg-status"
GATEWAY_VERSION = "gateway.networking.k8s.io/v1"
ADDRESS_ANNOTATION = "service.beta.kubernetes.io/azure-pip-name"
"""Which of the program's own addresses a Service takes, on Azure."""
LEAST_ZONES = 2
"""With targets in one zone only, its loss closes the way in."""
ANSWER_SECONDS = 30.0
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class _Bound:
    """A Service that stands behind a balancer."""

    group: str
    namespace: str
    service: str


class EdgeRow(TypedDict):
    """One way in."""

    url: str
    target_group: str
    """What the cloud calls it by: a target group, or a public address."""
    service: str
    targets_ready: int
    targets: int
    zones: dict[str, int]
    """Ready targets by zone."""


def edge_rows(client: Client) -> list[EdgeRow]:
    """Return every way in with its targets; none in a cluster that knows no bindings and asks for no balancer."""
    hosts = [
        listener.get("hostname", "")
        for gateway in _listed(client, GATEWAY_VERSION, "Gateway")
        for listener in gateway["spec"]["listeners"]
    ]
    return [_row(client, bound, hosts) for bound in _bound(client)]


def wait_answering(client: Client, *, seconds: float = ANSWER_SECONDS) -> None:
    """Return once every edge has ready targets in two zones: endpoints follow their pods by a second or so.

    Raises `SandboxError` after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while silent := [row for row in edge_rows(client) if len(row["zones"]) < LEAST_ZONES]:
        if time.monotonic() > deadline:
            row = silent[0]
            raise SandboxError(
                f"edge {row['url']}: {row['targets_ready']} of {row['targets']} targets are ready, "
                f"in {', '.join(row['zones']) or 'no zone'}: they are needed in {LEAST_ZONES} zones; "
                f"look at the pods of Service {row['service']}."
            )
        time.sleep(_PAUSE_SECONDS)


def _bound(client: Client) -> Iterator[_Bound]:
    for binding in _listed(client, BINDING_VERSION, "TargetGroupBinding"):
        spec = binding["spec"]
        yield _Bound(
            group=str(spec.get("targetGroupARN", "")).rsplit("targetgroup/", 1)[-1].split("/")[0],
            namespace=binding["metadata"]["namespace"],
            service=spec["serviceRef"]["name"],
        )
    for service in _listed(client, "v1", "Service"):
        metadata = service["metadata"]
        groups = json.loads(metadata.get("annotations", {}).get(ENDPOINT_GROUPS, "{}")).get("network_endpoint_groups")
        for group in (groups or {}).values():
            yield _Bound(group=group, namespace=metadata["namespace"], service=metadata["name"])
        if service.get("spec", {}).get("type") == "LoadBalancer":
            yield _Bound(
                group=str(metadata.get("annotations", {}).get(ADDRESS_ANNOTATION, "")),
                namespace=metadata["namespace"],
                service=metadata["name"],
            )


def _row(client: Client, bound: _Bound, hosts: list[str]) -> EdgeRow:
    slices = client.list_objects(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        bound.namespace,
        label_selector=f"kubernetes.io/service-name={bound.service}",
    )
    endpoints = [endpoint for found in slices for endpoint in found.get("endpoints") or []]
    ready = [row for row in endpoints if row.get("conditions", {}).get("ready")]
    zones = Counter(str(row.get("zone", "")) for row in ready)
    return {
        "url": f"https://{hosts[0]}" if hosts else "",
        "target_group": bound.group,
        "service": f"{bound.namespace}/{bound.service}",
        "targets_ready": len(ready),
        "targets": len(endpoints),
        "zones": dict(sorted(zones.items())),
    }


def _listed(client: Client, api_version: str, kind: str) -> list[Manifest]:
    try:
        return client.list_objects(api_version, kind)
    except ApiError as error:
        if error.status == 404:
            return []
        raise

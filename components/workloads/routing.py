"""Who gets the work: stable, its canary, or both.

The API is behind a route, which counts requests. Agents are found by name, pod by pod, so the pods behind the name
share the work, and who is to do nothing is not behind it. Either way a changed weight changes one object that no pod
belongs to, and no pod is started or stopped for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import Input, Output
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import Service

from components.workloads.canary import ALL_PERCENT
from components.workloads.contract import PORT, RouteArgs
from components.workloads.workload import Workload

ROUTE_API_VERSION = "gateway.networking.k8s.io/v1"

Backend = dict[str, Any]


def selector_of(workload: Workload, *, canary: Deployment | None) -> Mapping[str, Input[str]]:
    """Return the labels of the pods behind the name of `workload`.

    A canary that gets everything is named by its Deployment's output, so the name leads nowhere else until its pods
    are ready.
    """
    given = workload.service.canary
    if canary is None or given is None or given.weight_percent == 0 or not workload.headless:
        return workload.selector
    if given.weight_percent < ALL_PERCENT:
        return workload.selector_with_canary
    return {**workload.selector, "app.kubernetes.io/name": canary.metadata["name"]}


def backend(service: Service, deployment: Deployment, *, weight_percent: int) -> Backend:
    """Return a Service as a target of the route, known once the pods of `deployment` are ready.

    So a stable that is rolled after its canary was confirmed gets no traffic before it has been.
    """
    name = Output.all(service.metadata["name"], deployment.metadata["name"]).apply(lambda names: names[0])
    return {"name": name, "port": PORT, "weight": weight_percent}


def route_spec(route: RouteArgs, backends: Sequence[Backend]) -> dict[str, Any]:
    """Return the route of the API's public host: one rule for every path, so that a weight is all that changes."""
    return {
        "hostnames": [route.host],
        "parentRefs": [{"name": route.gateway_name, "namespace": route.gateway_namespace}],
        "rules": [{"backendRefs": list(backends), "matches": [{"path": {"type": "PathPrefix", "value": "/"}}]}],
    }

"""The pods that come of each chart, worked out from the values that the chart is given.

Where no chart can be rendered, stand-ins of these take the pods' place, so that the scheduler counts them. Names of
Deployments, containers and service accounts are those of the charts' templates at the pinned versions, for a release
of the chart's own name.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.base.errors import ComponentError, refused
from components.base.pods import ContainerRequest, PodWorkload, WorkloadKind
from components.charts.contract import CRITICAL, Values, parsed_resources
from components.controllers.values import (
    CERT_MANAGER,
    KARPENTER,
    KARPENTER_CRD,
    LOAD_BALANCER_CONTROLLER,
    METRICS_SERVER,
    selector_labels,
)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One Deployment of a chart, and where in the chart's values its figures stand."""

    component: str | None = None
    """Ending of its name, and section of the values; `None` for the one that has the chart's own name."""
    container: str
    replicas: str = "replicaCount"
    sized: str | None = None
    """Section that holds its resources, where they do not stand beside the replicas."""


_PARTS: dict[str, tuple[_Part, ...]] = {
    CERT_MANAGER: (
        _Part(container="cert-manager-controller"),
        _Part(component="cainjector", container="cert-manager-cainjector"),
        _Part(component="webhook", container="cert-manager-webhook"),
    ),
    KARPENTER: (_Part(container="controller", replicas="replicas", sized="controller"),),
    KARPENTER_CRD: (),
    LOAD_BALANCER_CONTROLLER: (_Part(container="aws-load-balancer-controller"),),
    METRICS_SERVER: (_Part(container="metrics-server", replicas="replicas"),),
}


def chart_workloads(chart: str, *, namespace: str, values: Values) -> tuple[PodWorkload, ...]:
    """Return the pods of a release of `chart`, named like the chart, in `namespace` with `values`.

    Jobs that only run while a chart is installed are not among them. Raises `ComponentError` for another chart.
    """
    if chart not in _PARTS:
        raise ComponentError(
            refused(
                "controllers.chart",
                chart,
                f"one of {', '.join(sorted(_PARTS))}",
                "say in components/controllers/charts.py which pods it makes",
            )
        )
    return tuple(_deployment(chart, part, namespace=namespace, values=values) for part in _PARTS[chart])


def _deployment(chart: str, part: _Part, *, namespace: str, values: Values) -> PodWorkload:
    own = values[part.component] if part.component else values
    name = f"{chart}-{part.component}" if part.component else chart
    sized = own[part.sized] if part.sized else own
    return PodWorkload(
        component=name,
        containers=(ContainerRequest(name=part.container, resources=parsed_resources(sized["resources"])),),
        disruption_max_unavailable=own["podDisruptionBudget"]["maxUnavailable"],
        kind=WorkloadKind.DEPLOYMENT,
        labels=selector_labels(chart, part.component),
        namespace=namespace,
        node_selector=own["nodeSelector"],
        priority_class=values.get("global", {}).get("priorityClassName", CRITICAL),
        replicas=int(own[part.replicas]),
        service_account=name,
        tolerations=tuple(own["tolerations"]),
        topology_spread=tuple(own["topologySpreadConstraints"]),
    )

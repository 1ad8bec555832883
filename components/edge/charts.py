"""The pods that come of Envoy Gateway's chart: its controller, two of them."""

from __future__ import annotations

from components.base.errors import ComponentError, refused
from components.base.pods import ContainerRequest, PodWorkload, WorkloadKind
from components.charts.contract import Values, parsed_resources
from components.edge.values import CONTROLLER, CONTROLLER_SELECTOR, ENVOY_GATEWAY


def gateway_workloads(chart: str, *, namespace: str, values: Values) -> tuple[PodWorkload, ...]:
    """Return the pods of a release of `chart` in `namespace` with `values`.

    The job that makes certificates only runs while the chart is installed, so it is not among them.
    """
    if chart != ENVOY_GATEWAY:
        raise ComponentError(
            refused(
                "edge.chart", chart, f"only {ENVOY_GATEWAY}", "say in components/edge/charts.py which pods it makes"
            )
        )
    deployment = values["deployment"]
    pod = deployment["pod"]
    return (
        PodWorkload(
            component=CONTROLLER,
            containers=(
                ContainerRequest(name=CONTROLLER, resources=parsed_resources(deployment["envoyGateway"]["resources"])),
            ),
            disruption_max_unavailable=values["podDisruptionBudget"]["maxUnavailable"],
            kind=WorkloadKind.DEPLOYMENT,
            labels=CONTROLLER_SELECTOR,
            namespace=namespace,
            node_selector=pod["nodeSelector"],
            priority_class=deployment["priorityClassName"],
            replicas=int(deployment["replicas"]),
            service_account=CONTROLLER,
            tolerations=tuple(pod["tolerations"]),
            topology_spread=tuple(pod["topologySpreadConstraints"]),
        ),
    )

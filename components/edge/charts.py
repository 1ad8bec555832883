"""The pods that come of Envoy Gateway's chart: its controller, two of them."""

from __future__ import annotations

from components.charts.contract import Values, parsed_resources
from components.cluster.contract import ContainerRequest, PodWorkload, WorkloadKind
from components.edge.values import CONTROLLER, CONTROLLER_SELECTOR


def chart_workloads(_: str, *, namespace: str, values: Values) -> tuple[PodWorkload, ...]:
    """Return the pods of a release in `namespace` with `values`; the certificates' job only runs while it installs."""
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

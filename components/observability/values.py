"""What the operator's chart is told, and the pods that come of it.

Of the chart only the operator is wanted. Everything else in it is off, and so are the webhooks: rules are checked by
`promtool` in the tests, and an operator that is down must not stop anybody from making an object. Keys are those of
the chart's own `values.yaml` at the pinned version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.base.errors import ComponentError, refused
from components.base.pods import (
    ContainerRequest,
    ContainerResources,
    PodWorkload,
    WorkloadKind,
    system_node_selector,
    system_tolerations,
)
from components.charts.contract import parsed_resources
from components.observability.contract import DEFINITIONS_CHART, OPERATOR_CHART, Images, Sizes

OPERATOR = "prometheus-operator"
"""The chart would call it after the release, which is cut at 26 characters."""
RELOADER = ContainerResources(cpu_millicores=10, memory_mib=50)
"""The operator's own default for the container that reloads the configuration (its flags `--config-reloader-*`)."""

_OFF = ("alertmanager", "crds", "grafana", "kubeStateMetrics", "kubernetesServiceMonitors", "nodeExporter")
_NO_CPU_LIMIT = "0"


def operator_values(images: Images, sizes: Sizes) -> dict[str, Any]:
    """Return the chart's values. One pod: a second would do the same work twice, and Prometheus runs on without it."""
    return {
        **{part: {"enabled": False} for part in _OFF},
        "defaultRules": {"create": False},
        "global": {"rbac": {"create": True, "createAggregateClusterRoles": False}},
        "prometheus": {"enabled": False},
        "prometheusOperator": {
            "admissionWebhooks": {"enabled": False},
            "fullnameOverride": OPERATOR,
            "image": _image(images.operator),
            "kubeletEndpointsEnabled": False,
            "kubeletService": {"enabled": False},
            # It acts on objects of its own namespace only, so nobody else's are drawn into the record.
            "namespaces": {"additional": [], "releaseNamespace": True},
            "nodeSelector": system_node_selector(),
            "prometheusConfigReloader": {
                "image": _image(images.config_reloader),
                "resources": {
                    "limits": {"cpu": _NO_CPU_LIMIT, **RELOADER.rendered()["limits"]},
                    "requests": RELOADER.rendered()["requests"],
                },
            },
            "resources": sizes.operator.rendered(),
            "serviceAccount": {"create": True, "name": OPERATOR},
            "serviceMonitor": {"selfMonitor": False},
            # Its certificate would come of the webhooks' job.
            "tls": {"enabled": False},
            "tolerations": system_tolerations(),
        },
        "thanosRuler": {"enabled": False},
    }


def operator_workloads(chart: str, *, namespace: str, values: Mapping[str, Any]) -> tuple[PodWorkload, ...]:
    """Return the pods of a release of one of the two charts. Raises `ComponentError` for another chart."""
    if chart == DEFINITIONS_CHART:
        return ()
    if chart != OPERATOR_CHART:
        raise ComponentError(
            refused("observability.chart", chart, f"{OPERATOR_CHART} or {DEFINITIONS_CHART}", "ask its own component")
        )
    told = values["prometheusOperator"]
    return (
        PodWorkload(
            component=OPERATOR,
            containers=(
                ContainerRequest(
                    name=OPERATOR_CHART,
                    resources=parsed_resources(told["resources"]),
                ),
            ),
            kind=WorkloadKind.DEPLOYMENT,
            labels={"app": f"{OPERATOR_CHART}-operator", "release": OPERATOR_CHART},
            namespace=namespace,
            node_selector=told["nodeSelector"],
            replicas=1,
            service_account=told["serviceAccount"]["name"],
            tolerations=tuple(told["tolerations"]),
        ),
    )


def _image(image: str) -> dict[str, str]:
    """Return an image as the chart takes it apart: registry, repository and the bare digest."""
    name, _, digest = image.partition("@sha256:")
    registry, _, repository = name.partition("/")
    repository, _, tag = repository.partition(":")
    return {"registry": registry, "repository": repository, "sha": digest, "tag": tag}

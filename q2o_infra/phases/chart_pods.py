"""Which component knows the pods of a chart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from components.base.pods import PodWorkload
from components.controllers.charts import chart_workloads
from components.edge.charts import gateway_workloads
from components.observability.values import operator_workloads


class Workloads(Protocol):
    """Returns the pods of a release of `chart`. Raises `ComponentError` for a chart of another component."""

    def __call__(self, chart: str, *, namespace: str, values: Mapping[str, Any]) -> tuple[PodWorkload, ...]:
        """Work them out from the values that the chart is given."""


# A chart without a row is asked of the controllers, whose answer says what to do.
_OTHERS: dict[str, Workloads] = {
    "kube-prometheus-stack": operator_workloads,
    "prometheus-operator-crds": operator_workloads,
    "gateway-helm": gateway_workloads,
}


def workloads(chart: str, *, namespace: str, values: Mapping[str, Any]) -> tuple[PodWorkload, ...]:
    """Return the pods of a release of `chart` in `namespace` with `values`."""
    return _OTHERS.get(chart, chart_workloads)(chart, namespace=namespace, values=values)

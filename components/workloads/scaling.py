"""How a workload grows and shrinks, and how many of its pods may be disturbed at once."""

from __future__ import annotations

from pulumi_kubernetes.autoscaling.v2 import (
    CrossVersionObjectReferenceArgs,
    HorizontalPodAutoscalerBehaviorArgs,
    HorizontalPodAutoscalerSpecArgs,
    HPAScalingPolicyArgs,
    HPAScalingRulesArgs,
    MetricSpecArgs,
    MetricTargetArgs,
    ResourceMetricSourceArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.policy.v1 import PodDisruptionBudgetSpecArgs

from components.workloads.rules import cpu_target_percent, zone_share_percent
from components.workloads.workload import Workload

# The default shrinks by everything within 15 s once five minutes were calm. A tenth a minute keeps warm pods through
# the pauses of a working day; from ten times the minimum down to it takes about 25 minutes.
_CALM_SECONDS = 300
_SHRINK_PERCENT = 10
_SHRINK_PERIOD_SECONDS = 60


def autoscaler_spec(workload: Workload, *, zones: int) -> HorizontalPodAutoscalerSpecArgs:
    """Return the autoscaler of `workload`: growing as fast as Kubernetes does by default, shrinking softly.

    Memory is no metric: what a process has taken it rarely gives back, so the workload would never shrink.
    """
    return HorizontalPodAutoscalerSpecArgs(
        behavior=HorizontalPodAutoscalerBehaviorArgs(
            scale_down=HPAScalingRulesArgs(
                policies=[
                    HPAScalingPolicyArgs(type="Percent", value=_SHRINK_PERCENT, period_seconds=_SHRINK_PERIOD_SECONDS)
                ],
                stabilization_window_seconds=_CALM_SECONDS,
            )
        ),
        max_replicas=workload.service.maximum,
        metrics=[
            MetricSpecArgs(
                type="Resource",
                resource=ResourceMetricSourceArgs(
                    name="cpu",
                    target=MetricTargetArgs(type="Utilization", average_utilization=cpu_target_percent(zones)),
                ),
            )
        ],
        min_replicas=workload.service.minimum,
        scale_target_ref=CrossVersionObjectReferenceArgs(api_version="apps/v1", kind="Deployment", name=workload.name),
    )


def disruption_budget_spec(workload: Workload, *, zones: int) -> PodDisruptionBudgetSpecArgs:
    """Return a budget of one zone's pods: what a zone's only node holds may leave within the notice of a spot machine.

    Kubernetes rounds the share up, so two or three pods still allow one. Pods that never became ready may always be
    evicted; otherwise a broken release would hold its node for ever.
    """
    return PodDisruptionBudgetSpecArgs(
        max_unavailable=f"{zone_share_percent(zones)}%",
        selector=LabelSelectorArgs(match_labels=workload.selector),
        unhealthy_pod_eviction_policy="AlwaysAllow",
    )

"""Kubernetes types, the same on every cloud: free, but for what claims a volume.

What pods need is paid through nodes; what a controller makes of an object in the cloud is paid where the program
declares it. A group stands with all of its kinds where none of them can cause anything else.
"""

from __future__ import annotations

from q2o_infra.cost.treatment import Free, Priced, Treatment
from q2o_infra.cost.volumes import claims, prometheus, single_claim

_PODS = Free("pods are paid through the nodes they need")
_RECORD = Free("a record in the control plane")
_CHART = Free("its pods are paid through the nodes they need; charts of this program claim no volume")

KUBERNETES: dict[str, Treatment] = {
    "kubernetes:apps/v1:DaemonSet": _PODS,
    "kubernetes:apps/v1:Deployment": _PODS,
    "kubernetes:apps/v1:StatefulSet": Priced(claims, "the volumes that its pods claim"),
    "kubernetes:batch/v1:CronJob": _PODS,
    "kubernetes:batch/v1:Job": _PODS,
    "kubernetes:core/v1:PersistentVolumeClaim": Priced(single_claim, "the volume"),
    "kubernetes:helm.sh/v3:Release": _CHART,
    "kubernetes:monitoring.coreos.com/v1:Prometheus": Priced(prometheus, "the volumes that its pods claim"),
    **{
        f"kubernetes:{kind}": _RECORD
        for kind in (
            "autoscaling/v2:*",
            "cert-manager.io/v1:*",
            "core/v1:ConfigMap",
            "core/v1:LimitRange",
            "core/v1:Namespace",
            "core/v1:ResourceQuota",
            "core/v1:Secret",
            "core/v1:Service",
            "core/v1:ServiceAccount",
            "gateway.envoyproxy.io/v1alpha1:*",
            "gateway.networking.k8s.io/v1:*",
            "monitoring.coreos.com/v1:PodMonitor",
            "monitoring.coreos.com/v1:Probe",
            "monitoring.coreos.com/v1:PrometheusRule",
            "monitoring.coreos.com/v1:ServiceMonitor",
            "networking.k8s.io/v1:*",
            "policy/v1:*",
            "rbac.authorization.k8s.io/v1:*",
            "scheduling.k8s.io/v1:*",
            "storage.k8s.io/v1:*",
        )
    },
    "pulumi:providers:*": Free("how the program reaches a cloud"),
    "random:index/randomPassword:RandomPassword": Free("made by the program"),
}

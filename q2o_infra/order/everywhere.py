"""The order that no data flow gives on every cloud: inside the cluster, and of what stands in it.

What one cloud alone has stands in its own file.
"""

from __future__ import annotations

from q2o_infra.order.rows import NOTHING_OUTSIDE, Operator, Order, Row, When

_UNGUARDED = "No pod may start before what restricts it stands."

_DEPENDS_ON: tuple[Row, ...] = (
    Row(
        dependent="CronJob budget-guard",
        prerequisites=("NetworkPolicy budget-*",),
        when=When.CREATE,
        reason=_UNGUARDED,
    ),
    Row(
        dependent="Release edge-gateway-helm",
        prerequisites=("NetworkPolicy edge-*",),
        when=When.CREATE,
        reason=_UNGUARDED,
    ),
    *(
        Row(
            dependent=release,
            prerequisites=(quota,),
            when=When.CREATE,
            reason="GKE refuses pods of a critical class outside kube-system where no quota names it.",
        )
        for release, quota in (
            ("Release controllers-cert-manager", "ResourceQuota controllers-critical-pods"),
            ("Release edge-gateway-helm", "ResourceQuota edge-critical-pods"),
        )
    ),
    Row(
        dependent="EnvoyProxy edge-proxy",
        prerequisites=("Release edge-gateway-helm",),
        when=When.CREATE,
        reason="A custom resource comes after its definition and its operator; the release brings both.",
    ),
    Row(
        dependent="GatewayClass edge-class",
        prerequisites=("Release edge-gateway-helm",),
        when=When.CREATE,
        reason="A custom resource comes after its definition and its operator; the release brings both.",
    ),
    Row(
        dependent="HTTPRoute workloads-api",
        prerequisites=("Gateway edge-gateway",),
        when=When.BOTH,
        reason="The definition comes with the gateway's release; a route before its gateway is answered by nobody.",
    ),
    Row(
        dependent="Deployment workloads-api*",
        prerequisites=(
            "LimitRange workloads-api-limits",
            "NetworkPolicy workloads-api-*",
            "ResourceQuota workloads-api-quota",
        ),
        when=When.CREATE,
        reason=_UNGUARDED,
    ),
    Row(
        dependent="Deployment workloads-agent-*",
        prerequisites=(
            "LimitRange workloads-agents-limits",
            "NetworkPolicy workloads-agents-*",
            "ResourceQuota workloads-agents-quota",
        ),
        when=When.CREATE,
        reason=_UNGUARDED,
    ),
    Row(
        dependent="Namespace recorder-namespace",
        prerequisites=("StorageClass controllers-storage",),
        when=When.DESTROY,
        reason="Its end takes the claims of the record along, and the driver has to delete their volumes.",
    ),
    Row(
        dependent="Release recorder-kube-prometheus-stack",
        prerequisites=("Release recorder-prometheus-operator-crds",),
        when=When.BOTH,
        reason="The operator does not start without its definitions, and deleting them would delete its objects.",
    ),
    *(
        Row(dependent=pods, prerequisites=("NetworkPolicy recorder-*",), when=When.CREATE, reason=_UNGUARDED)
        for pods in ("Deployment recorder-*", "Release recorder-kube-prometheus-stack")
    ),
    Row(
        dependent="Prometheus recorder-server",
        prerequisites=("Release recorder-kube-prometheus-stack",),
        when=When.BOTH,
        reason="A custom resource comes after its operator, who takes its pods away at the end.",
    ),
    Row(
        dependent="Prometheus recorder-server",
        prerequisites=("NetworkPolicy recorder-*", "RoleBinding recorder-discovery-*"),
        when=When.CREATE,
        reason="Started before them it would find nothing to scrape, and log that it may not look.",
    ),
    *(
        Row(
            dependent=f"{record} recorder-*",
            prerequisites=("Prometheus recorder-server",),
            when=When.DESTROY,
            reason="The operator acts on it for the servers; without it the record would end before they do.",
        )
        for record in ("PodMonitor", "Probe", "PrometheusRule")
    ),
    Row(
        dependent="Namespace redis-namespace",
        prerequisites=("StorageClass controllers-storage",),
        when=When.DESTROY,
        reason=(
            "With it go the claims, whose volumes the driver under the class deletes; and it does not end once "
            "metrics-server has fallen with the system nodes."
        ),
    ),
    *(
        Row(
            dependent=first,
            prerequisites=("Release controllers-cert-manager",),
            when=When.BOTH,
            reason="A custom resource comes after its operator, whose webhook answers for it.",
        )
        for first in (
            "ClusterIssuer redis-issuer",
            "ClusterIssuer redis-self-signed",
            "Certificate workloads-*-redis-authority",
        )
    ),
    Row(
        dependent="Certificate redis-authority",
        prerequisites=("ClusterIssuer redis-self-signed",),
        when=When.CREATE,
        reason="It names its issuer by a fixed name; asked earlier, cert-manager tries again minutes later.",
    ),
    Row(
        dependent="Certificate redis-certificate",
        prerequisites=("ClusterIssuer redis-issuer",),
        when=When.CREATE,
        reason="It names its issuer by a fixed name; asked earlier, cert-manager tries again minutes later.",
    ),
    Row(
        dependent="CronJob redis-backup",
        prerequisites=("NetworkPolicy redis-*",),
        when=When.CREATE,
        reason=_UNGUARDED,
    ),
    Row(
        dependent="StatefulSet redis-*",
        prerequisites=("NetworkPolicy redis-*",),
        when=When.CREATE,
        reason=_UNGUARDED,
    ),
    Row(
        dependent="StatefulSet redis-*",
        prerequisites=("StatefulSet redis-*",),
        when=When.CREATE,
        reason="A change rolls through one zone after the other, so that one node of the six is away at a time.",
    ),
    *(
        Row(
            dependent=f"Deployment workloads-{pods}",
            prerequisites=(f"Secret workloads-{role}-redis", f"Certificate workloads-{role}-redis-authority"),
            when=When.CREATE,
            reason="Its pods name both by a fixed name, and wait for what is not there.",
        )
        for pods, role in (("api", "api"), ("agent-*", "agents"))
    ),
)

_DELETED_WITH: tuple[Row, ...] = (
    Row(
        dependent="Release edge-gateway-helm",
        prerequisites=("*Cluster cluster-cluster",),
        when=When.DESTROY,
        reason="Uninstalling waits for nothing outside; the binding is gone by then, and the pods end with the nodes.",
    ),
    Row(
        dependent="Release controllers-*",
        prerequisites=("*Cluster cluster-cluster",),
        when=When.DESTROY,
        reason="Uninstalling would race with webhooks that are going away; its pods end with the system nodes.",
    ),
    *(
        Row(dependent=inside, prerequisites=("*Cluster cluster-cluster",), when=When.DESTROY, reason=NOTHING_OUTSIDE)
        for inside in (
            "* budget-guard",
            "ConfigMap budget-numbers",
            "Namespace budget-namespace",
            "NetworkPolicy budget-*",
            "Namespace controllers-cert-manager",
            "ConfigMap redis-*",
            "CronJob redis-*",
            "NetworkPolicy redis-*",
            "PodDisruptionBudget redis-*",
            "Secret redis-*",
            "Service redis-*",
            "ServiceAccount redis-*",
            "BackendTrafficPolicy edge-*",
            "ClientTrafficPolicy edge-*",
            "EnvoyProxy edge-*",
            "Gateway edge-*",
            "GatewayClass edge-*",
            "NetworkPolicy edge-*",
            "StorageClass controllers-storage",
            "HTTPRoute workloads-*",
            "HorizontalPodAutoscaler workloads-*",
            "LimitRange workloads-*",
            "NetworkPolicy workloads-*",
            "PodDisruptionBudget workloads-*",
            "PriorityClass tiers-*",
            "ResourceQuota controllers-critical-pods",
            "ResourceQuota edge-critical-pods",
            "ResourceQuota workloads-*",
            "Secret workloads-*",
            "Service workloads-*",
            "ServiceAccount workloads-*",
        )
    ),
    Row(
        dependent="Release recorder-*",
        prerequisites=("*Cluster cluster-cluster",),
        when=When.DESTROY,
        reason="Nothing outside comes of the operator; its pod ends with its namespace.",
    ),
    *(
        Row(
            dependent=f"{kind} recorder-*",
            prerequisites=("*Cluster cluster-cluster",),
            when=When.DESTROY,
            reason=NOTHING_OUTSIDE,
        )
        for kind in (
            "ConfigMap",
            "NetworkPolicy",
            "PodDisruptionBudget",
            "PodMonitor",
            "Probe",
            "PrometheusRule",
            "Role",
            "RoleBinding",
            "Service",
            "ServiceAccount",
        )
    ),
)

_OPERATORS: tuple[Operator, ...] = (
    Operator(
        api_groups=("cert-manager.io", "acme.cert-manager.io"),
        definitions="Release controllers-cert-manager",
        operator="Release controllers-cert-manager",
    ),
    Operator(
        api_groups=("monitoring.coreos.com",),
        definitions="Release recorder-prometheus-operator-crds",
        operator="Release recorder-kube-prometheus-stack",
    ),
    Operator(
        api_groups=("gateway.networking.k8s.io", "gateway.envoyproxy.io"),
        definitions="Release edge-gateway-helm",
        operator="Release edge-gateway-helm",
    ),
)

ORDER = Order(depends_on=_DEPENDS_ON, deleted_with=_DELETED_WITH, operators=_OPERATORS)

BUILT_IN_API_GROUPS = frozenset(
    {
        "admissionregistration.k8s.io",
        "apps",
        "autoscaling",
        "batch",
        "core",
        "helm.sh",  # a release; not an object in the cluster
        "networking.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    }
)
"""What every API server knows by itself."""

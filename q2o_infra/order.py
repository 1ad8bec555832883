"""The order that no data flow gives: every edge that somebody wrote down, with its reason.

A pattern is a shell pattern over "Kind logical-name", for example "Deployment workloads-agent-*". What is made after
something is deleted before it. Tests hold the tables against the plan of every stack, in both directions: an edge
that no row explains fails, and so does a row that explains nothing. What operators make that no edge can reach stands
in `order_outside.py`.
"""

from __future__ import annotations

from q2o_infra.order_rows import Row, When

_AGENT_IDENTITY = "Pods started before it get no credentials, and without it they could not clean up after themselves."
_NODE_RIGHTS = "Without these a machine starts and does not become a node; EKS also needs them to take it away again."
_UNGUARDED = "No pod may start before what restricts it stands."
_NOTHING_OUTSIDE = "Nothing outside the cluster comes of it; Pulumi saves itself the calls."

DEPENDS_ON: tuple[Row, ...] = (
    Row(
        dependent="Budget budget-budget",
        prerequisites=("TopicPolicy budget-topic",),
        when=When.CREATE,
        reason="AWS Budgets refuses a topic that it may not publish to.",
    ),
    Row(
        dependent="CronJob budget-guard",
        prerequisites=("NodePool controllers-node-pool",),
        when=When.CREATE,
        reason="A first run without the pool would fail, and people would look for what is wrong.",
    ),
    Row(
        dependent="CronJob budget-guard",
        prerequisites=("ClusterRoleBinding budget-guard", "PodIdentityAssociation budget-guard-association"),
        when=When.CREATE,
        reason=_AGENT_IDENTITY,
    ),
    Row(
        dependent="CronJob budget-guard",
        prerequisites=("NetworkPolicy budget-*",),
        when=When.CREATE,
        reason=_UNGUARDED,
    ),
    Row(
        dependent="FlowLog network-flow-logs",
        prerequisites=("RolePolicy network-flow-logs",),
        when=When.CREATE,
        reason="A flow log whose role may not write yet reports an access error and starts late.",
    ),
    Row(
        dependent="BucketPolicy recovery-policy",
        prerequisites=(
            "BucketServerSideEncryptionConfiguration recovery-encryption",
            "BucketVersioning recovery-versions",
            "BucketObjectLockConfiguration recovery-lock",
        ),
        when=When.CREATE,
        reason="Writers wait for the policy; an object that came before these is neither encrypted nor kept.",
    ),
    Row(
        dependent="Cluster cluster-cluster",
        prerequisites=("RolePolicyAttachment cluster-policy",),
        when=When.BOTH,
        reason="EKS refuses a role without rights, and without them leaves its interfaces and security group behind.",
    ),
    Row(
        dependent="Cluster cluster-cluster",
        prerequisites=("LogGroup cluster-logs",),
        when=When.BOTH,
        reason="A control plane that finds no log group makes one itself, kept for ever and outside the program.",
    ),
    Row(
        dependent="NodeGroup cluster-system",
        prerequisites=("RolePolicyAttachment cluster-system-*-policy",),
        when=When.BOTH,
        reason=_NODE_RIGHTS,
    ),
    Row(
        dependent="NodeGroup cluster-system",
        prerequisites=("Addon cluster-vpc-cni", "Addon cluster-kube-proxy", "Addon cluster-eks-pod-identity-agent"),
        when=When.CREATE,
        reason="A node becomes ready only with these; the cluster is made without unmanaged copies of them.",
    ),
    Row(
        dependent="NodeGroup cluster-system",
        prerequisites=(
            "RouteTableAssociation network-private-*",
            "VpcEndpoint network-ecr-*",
            "VpcEndpointRouteTableAssociation network-s3-*",
        ),
        when=When.BOTH,
        reason="A machine joins and pulls images through them, and its controllers reach AWS until it is gone.",
    ),
    *(
        Row(
            dependent=f"Addon cluster-{addon}",
            prerequisites=("NodeGroup cluster-system",),
            when=When.CREATE,
            reason="EKS calls it complete once its pods run, so it needs nodes.",
        )
        for addon in ("coredns", "aws-ebs-csi-driver")
    ),
    *(
        Row(
            dependent=user,
            prerequisites=(f"PodIdentityAssociation {user.split()[1]}-association",),
            when=When.BOTH,
            reason=_AGENT_IDENTITY,
        )
        for user in (
            "Addon cluster-vpc-cni",
            "Addon cluster-aws-ebs-csi-driver",
            "Release controllers-aws-load-balancer-controller",
            "Release controllers-karpenter",
        )
    ),
    Row(
        dependent="PodIdentityAssociation *-association",
        prerequisites=("RolePolicy *-policy", "RolePolicyAttachment *-managed-policy"),
        when=When.BOTH,
        reason="Whoever has the identity has its rights, from the first call to the last volume or machine deleted.",
    ),
    Row(
        dependent="Release controllers-*",
        prerequisites=("NodeGroup cluster-system", "Addon cluster-coredns"),
        when=When.BOTH,
        reason="A release waits for its pods, which run on system nodes, resolve names, and work until the end.",
    ),
    Row(
        dependent="Release controllers-karpenter",
        prerequisites=("Release controllers-karpenter-crd",),
        when=When.BOTH,
        reason="Karpenter does not start without its definitions, and deleting them would delete its objects.",
    ),
    Row(
        dependent="EC2NodeClass controllers-node-class",
        prerequisites=("Release controllers-karpenter",),
        when=When.BOTH,
        reason="A custom resource comes after its operator, whom its finalizer waits for at the end.",
    ),
    Row(
        dependent="EC2NodeClass controllers-node-class",
        prerequisites=("AccessEntry controllers-node", "RolePolicyAttachment controllers-node-*-policy"),
        when=When.BOTH,
        reason="Without these a machine starts and does not become a node; a node that loses them cannot be drained.",
    ),
    Row(
        dependent="NodePool controllers-node-pool",
        prerequisites=("EC2NodeClass controllers-node-class",),
        when=When.BOTH,
        reason="The pool names the class by a fixed name; the class cannot go while machines of the pool stand.",
    ),
    Row(
        dependent="StorageClass controllers-storage",
        prerequisites=("Addon cluster-aws-ebs-csi-driver",),
        when=When.DESTROY,
        reason="Whoever claims a volume depends on the class; so the driver that deletes volumes outlives them.",
    ),
    # The edge.
    Row(
        dependent="Release edge-gateway-helm",
        prerequisites=("NodeGroup cluster-system", "Addon cluster-coredns"),
        when=When.BOTH,
        reason="A release waits for its pods, which run on system nodes, resolve names, and work until the end.",
    ),
    Row(
        dependent="Release edge-gateway-helm",
        prerequisites=("NetworkPolicy edge-*",),
        when=When.CREATE,
        reason=_UNGUARDED,
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
        dependent="TargetGroupBinding edge-binding",
        prerequisites=("Release controllers-aws-load-balancer-controller",),
        when=When.BOTH,
        reason="The controller registers the proxies, and its finalizer takes them out of the target group at the end.",
    ),
    Row(
        dependent="TargetGroupBinding edge-binding",
        prerequisites=("Listener edge-https",),
        when=When.BOTH,
        reason=(
            "A target group that no listener uses checks no health, so no proxy made after the binding would become "
            "ready; and a listener is not taken away from under targets that are still in use."
        ),
    ),
    Row(
        dependent="TargetGroupBinding edge-binding",
        prerequisites=("Gateway edge-gateway",),
        when=When.BOTH,
        reason="The Service that it binds is made from the Gateway; bound earlier, there is nothing to register.",
    ),
    Row(
        dependent="HTTPRoute workloads-api",
        prerequisites=("Gateway edge-gateway",),
        when=When.BOTH,
        reason="The definition comes with the gateway's release; a route before its gateway is answered by nobody.",
    ),
    Row(
        dependent="Deployment workloads-*",
        prerequisites=("NodePool controllers-node-pool",),
        when=When.BOTH,
        reason="Its pods fit on no other nodes, and they end by their own grace before their nodes are drained.",
    ),
    Row(
        dependent="Namespace workloads-*-namespace",
        prerequisites=("NodePool controllers-node-pool",),
        when=When.DESTROY,
        reason=(
            "A namespace does not end while an aggregated API is silent, and metrics-server falls with the system "
            "nodes, which fall after the pool."
        ),
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
    # The evidence recorder.
    Row(
        dependent="Namespace recorder-namespace",
        prerequisites=("Release controllers-metrics-server",),
        when=When.DESTROY,
        reason="A namespace does not end while an aggregated API is silent.",
    ),
    Row(
        dependent="Namespace recorder-namespace",
        prerequisites=("StorageClass controllers-storage",),
        when=When.DESTROY,
        reason="Its end takes the claims of the record along, and the driver has to delete their volumes.",
    ),
    Row(
        dependent="Release recorder-kube-prometheus-stack",
        prerequisites=(
            "Addon cluster-coredns",
            "NetworkPolicy recorder-*",
            "NodeGroup cluster-system",
            "Release recorder-prometheus-operator-crds",
        ),
        when=When.BOTH,
        reason="The operator runs on system nodes behind its guards, and does not start without its definitions.",
    ),
    *(
        Row(
            dependent=pods,
            prerequisites=("Addon cluster-coredns", "NetworkPolicy recorder-*", "NodeGroup cluster-system"),
            when=When.BOTH,
            reason="Its pods run on system nodes, resolve names, and start behind their guards.",
        )
        for pods in ("Deployment recorder-prober", "Deployment recorder-reader")
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
        prerequisites=("PodIdentityAssociation redis-backup-association",),
        when=When.CREATE,
        reason="A pod started before it gets no credentials.",
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
"""Every explicit dependency."""

DELETED_WITH: tuple[Row, ...] = (
    Row(
        dependent="Release edge-gateway-helm",
        prerequisites=("*Cluster cluster-cluster",),
        when=When.DESTROY,
        reason="Uninstalling waits for nothing outside; the binding is gone by then, and the pods end with the nodes.",
    ),
    Row(
        dependent="Addon cluster-*",
        prerequisites=("Cluster cluster-cluster",),
        when=When.DESTROY,
        reason="EKS takes them along; taken away earlier, names and addresses fail under those still cleaning up.",
    ),
    Row(
        dependent="Release controllers-*",
        prerequisites=("*Cluster cluster-cluster",),
        when=When.DESTROY,
        reason="Uninstalling would race with webhooks that are going away; its pods end with the system nodes.",
    ),
    *(
        Row(dependent=inside, prerequisites=("*Cluster cluster-cluster",), when=When.DESTROY, reason=_NOTHING_OUTSIDE)
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
            "Namespace edge-namespace",
            "NetworkPolicy edge-*",
            "StorageClass controllers-storage",
            "HTTPRoute workloads-*",
            "HorizontalPodAutoscaler workloads-*",
            "LimitRange workloads-*",
            "NetworkPolicy workloads-*",
            "PodDisruptionBudget workloads-*",
            "PriorityClass tiers-*",
            "ResourceQuota workloads-*",
            "Secret workloads-*",
            "Service workloads-*",
            "ServiceAccount workloads-*",
        )
    ),
    # The evidence recorder.
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
            reason=_NOTHING_OUTSIDE,
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
"""Everything that goes with something else. Deployments, namespaces, pools and node classes are not among them."""

"""The order that no data flow gives on AWS, and what stands there that Pulumi does not know."""

from __future__ import annotations

from q2o_infra.order.rows import NOTHING_OUTSIDE, WAITS_FOR_ITS_PODS, Operator, Order, Outside, Row, When, guard_after

_AGENT_IDENTITY = "Pods started before it get no credentials, and without it they could not clean up after themselves."
_NODE_RIGHTS = "Without these a machine starts and does not become a node; EKS also needs them to take it away again."
_KARPENTER = ("Release controllers-karpenter", "PodIdentityAssociation controllers-karpenter-association")
_SUBNETS = "Subnet network-private-*"
_WAY_OUT = "RouteTableAssociation network-private-*"

_DEPENDS_ON: tuple[Row, ...] = (
    Row(
        dependent="Budget budget-budget",
        prerequisites=("TopicPolicy budget-topic",),
        when=When.CREATE,
        reason="AWS Budgets refuses a topic that it may not publish to.",
    ),
    guard_after("NodePool controllers-node-pool"),
    Row(
        dependent="CronJob budget-guard",
        prerequisites=("ClusterRoleBinding budget-guard", "PodIdentityAssociation budget-guard-association"),
        when=When.CREATE,
        reason=_AGENT_IDENTITY,
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
    Row(
        dependent="NodeGroup cluster-system",
        prerequisites=("PodIdentityAssociation cluster-aws-ebs-csi-driver-association",),
        when=When.DESTROY,
        reason="The driver detaches and deletes volumes for as long as it has a node to run on.",
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
        reason=WAITS_FOR_ITS_PODS,
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
    Row(
        dependent="StorageClass controllers-storage",
        prerequisites=("NodePool controllers-node-pool",),
        when=When.DESTROY,
        reason=(
            "A claim is gone before its volume, which is detached first, in up to a minute; the end of the elastic "
            "nodes takes longer, and stands between the last claim and the nodes that the driver runs on."
        ),
    ),
    Row(
        dependent="Release edge-gateway-helm",
        prerequisites=("NodeGroup cluster-system", "Addon cluster-coredns"),
        when=When.BOTH,
        reason=WAITS_FOR_ITS_PODS,
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
        dependent="Namespace recorder-namespace",
        prerequisites=("Release controllers-metrics-server",),
        when=When.DESTROY,
        reason="A namespace does not end while an aggregated API is silent.",
    ),
    Row(
        dependent="Release recorder-kube-prometheus-stack",
        prerequisites=("Addon cluster-coredns", "NodeGroup cluster-system"),
        when=When.BOTH,
        reason=WAITS_FOR_ITS_PODS,
    ),
    *(
        Row(
            dependent=pods,
            prerequisites=("Addon cluster-coredns", "NodeGroup cluster-system"),
            when=When.BOTH,
            reason="Its pods run on system nodes and resolve names.",
        )
        for pods in ("Deployment recorder-prober", "Deployment recorder-reader")
    ),
    Row(
        dependent="CronJob redis-backup",
        prerequisites=("PodIdentityAssociation redis-backup-association",),
        when=When.CREATE,
        reason="A pod started before it gets no credentials.",
    ),
)

_DELETED_WITH: tuple[Row, ...] = (
    Row(
        dependent="Namespace edge-namespace",
        prerequisites=("Cluster cluster-cluster",),
        when=When.DESTROY,
        reason=NOTHING_OUTSIDE,
    ),
    Row(
        dependent="Addon cluster-*",
        prerequisites=("Cluster cluster-cluster",),
        when=When.DESTROY,
        reason="EKS takes them along; taken away earlier, names and addresses fail under those still cleaning up.",
    ),
)

_OPERATORS: tuple[Operator, ...] = (
    Operator(
        api_groups=("karpenter.sh", "karpenter.k8s.aws"),
        definitions="Release controllers-karpenter-crd",
        operator="Release controllers-karpenter",
    ),
    Operator(
        api_groups=("elbv2.k8s.aws",),
        definitions="Release controllers-aws-load-balancer-controller",
        operator="Release controllers-aws-load-balancer-controller",
    ),
)

_OUTSIDE: tuple[Outside, ...] = (
    Outside(
        made="EC2 instances of the elastic pool, with their disks and network interfaces",
        maker="Release controllers-karpenter",
        awaited_by=("NodePool controllers-node-pool",),
        outlived_by=(
            *_KARPENTER,
            "RolePolicy controllers-karpenter-policy",
            "Queue controllers-interruptions",
            "AccessEntry controllers-node",
            "InstanceProfile controllers-node",
            "NodeGroup cluster-system",
            "Cluster cluster-cluster",
            _SUBNETS,
            _WAY_OUT,
        ),
        how=(
            "The pool is deleted in the foreground: it stays until its NodeClaims are gone, and the finalizer of each "
            "until its machine is. `terminationGracePeriod` bounds the drain."
        ),
    ),
    Outside(
        made="EC2 launch templates, one for each variant of machine",
        maker="Release controllers-karpenter",
        awaited_by=("EC2NodeClass controllers-node-class",),
        outlived_by=(*_KARPENTER, "NodeGroup cluster-system"),
        how="The class's finalizer deletes them once no NodeClaim uses it.",
    ),
    Outside(
        made="Network interfaces for pods, on every node",
        maker="Addon cluster-vpc-cni",
        awaited_by=("NodePool controllers-node-pool", "NodeGroup cluster-system"),
        outlived_by=("PodIdentityAssociation cluster-vpc-cni-association", "Cluster cluster-cluster", _SUBNETS),
        how=(
            "They end with their machine. One that was just being detached is deleted by EKS itself (VPC resource "
            "controller, in the control plane); deleting a subnet is tried again while an interface is in it."
        ),
    ),
    Outside(
        made="The system pool's Auto Scaling group, its instances and their disks",
        maker="NodeGroup cluster-system",
        awaited_by=("NodeGroup cluster-system",),
        outlived_by=(
            "RolePolicyAttachment cluster-system-*-policy",
            "LaunchTemplate cluster-system",
            "Cluster cluster-cluster",
            _SUBNETS,
        ),
        how="EKS calls the node group deleted once its machines are gone; each is drained for 15 minutes at most.",
    ),
    Outside(
        made="The control plane's network interfaces and security group",
        maker="Cluster cluster-cluster",
        awaited_by=("Cluster cluster-cluster",),
        outlived_by=("RolePolicyAttachment cluster-policy", _SUBNETS, "Vpc network-vpc"),
        how="EKS calls the cluster deleted once they are gone.",
    ),
    Outside(
        made="EBS volumes of claims",
        maker="Addon cluster-aws-ebs-csi-driver",
        awaited_by=("Namespace recorder-namespace", "Namespace redis-namespace"),
        outlived_by=(
            "StorageClass controllers-storage",
            "NodePool controllers-node-pool",
            "NodeGroup cluster-system",
            "PodIdentityAssociation cluster-aws-ebs-csi-driver-association",
        ),
        how=(
            "Claims of a StatefulSet stay when it goes and end with their namespace, after their pods: the class "
            "reclaims by deleting. The volumes follow, once they are detached, while the elastic nodes go."
        ),
    ),
    Outside(
        made="Targets in the edge's target group",
        maker="Release controllers-aws-load-balancer-controller",
        awaited_by=("TargetGroupBinding edge-binding",),
        outlived_by=(
            "Release controllers-aws-load-balancer-controller",
            "PodIdentityAssociation controllers-aws-load-balancer-controller-association",
            "RolePolicy controllers-aws-load-balancer-controller-policy",
            "TargetGroup edge-proxies",
            "Gateway edge-gateway",
            "NodeGroup cluster-system",
        ),
        how=(
            "The binding's finalizer takes every target out before the binding is gone; the target group itself is "
            "the program's, and goes after that."
        ),
    ),
    Outside(
        made="The load balancer's network interfaces, with their public addresses",
        maker="LoadBalancer edge-public",
        awaited_by=("LoadBalancer edge-public",),
        outlived_by=(
            "SecurityGroup edge-balancer",
            "Subnet network-public-*",
            "RouteTableAssociation network-public-*",
            "InternetGateway network-internet",
        ),
        how=(
            "Deleting the load balancer takes its interfaces along, which may last some minutes; deleting a security "
            "group or a subnet is tried again while one is left."
        ),
    ),
    Outside(
        made="Access logs that are delivered after the load balancer is gone",
        maker="LoadBalancer edge-public",
        awaited_by=("Bucket edge-access-logs",),
        outlived_by=(),
        how=(
            "Nothing may write any more once the bucket's policy is gone, which goes before the bucket; without "
            "deletion protection the bucket is emptied as it is deleted."
        ),
    ),
    Outside(
        made="The control plane's log group, once more",
        maker="Cluster cluster-cluster",
        awaited_by=(),
        outlived_by=(),
        how=(
            "EKS may write its last lines after the cluster is gone and makes the group for them anew, by its "
            "service-linked role, which cannot be denied it. Nothing announces it. If the next `up` finds "
            "`/aws/eks/<cluster>/cluster` there: `aws logs delete-log-group`."
        ),
    ),
)

ORDER = Order(depends_on=_DEPENDS_ON, deleted_with=_DELETED_WITH, operators=_OPERATORS, outside=_OUTSIDE)

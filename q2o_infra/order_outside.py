"""What happens besides the plan: who acts on custom resources, and what stands in the cloud that Pulumi does not know.

Patterns are those of `order.py`. Each row of `OUTSIDE` names what awaits its end, so that a destroy leaves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Who brings an API group to the cluster and acts on its objects.

    Both stand before the first object and until the last is gone, because its finalizer needs them.
    """

    api_groups: tuple[str, ...]
    definitions: str
    operator: str


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Something in the cloud that Pulumi does not know."""

    made: str
    maker: str
    awaited_by: tuple[str, ...]
    """Resources whose deletion lasts until it is gone; none where nothing can wait for it."""
    outlived_by: tuple[str, ...]
    """What must stand until then: it acts on it, or cannot be deleted before."""
    how: str


OPERATORS: tuple[Operator, ...] = (
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

_KARPENTER = ("Release controllers-karpenter", "PodIdentityAssociation controllers-karpenter-association")
_SUBNETS = "Subnet network-private-*"
_WAY_OUT = "RouteTableAssociation network-private-*"

OUTSIDE: tuple[Outside, ...] = (
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
            "PodIdentityAssociation cluster-aws-ebs-csi-driver-association",
            "NodeGroup cluster-system",
        ),
        how=(
            "Claims of a StatefulSet stay when it goes and end with their namespace, after their pods: the class "
            "reclaims by deleting, and the volume's finalizer stays until EBS has deleted it."
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

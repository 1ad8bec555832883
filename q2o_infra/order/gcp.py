"""The order that no data flow gives on Google Cloud, and what stands there that Pulumi does not know.

What holds on every cloud stands in `everywhere.py`.
"""

from __future__ import annotations

from q2o_infra.order.rows import (
    ENDS_BEFORE_ITS_NODE,
    NOTHING_OUTSIDE,
    WAITS_FOR_ITS_PODS,
    Operator,
    Order,
    Outside,
    Row,
    When,
    guard_after,
)

_NODES = "NodePool cluster-system"
_POOL = "NodePool controllers-on-demand"
_NODE_RIGHTS = "Without these a machine starts and does not become a node."
_IDENTITY = "Pods started before it are refused by Google, and without it they could not finish what they began."

_DEPENDS_ON: tuple[Row, ...] = (
    Row(
        dependent="Cluster cluster-cluster",
        prerequisites=("ProjectExclusion cluster-logs",),
        when=When.BOTH,
        reason="What it logs before, or after, would lie in the project's default bucket, which is in no location.",
    ),
    Row(
        dependent=_NODES,
        prerequisites=("IAMMember cluster-system-node", "IAMMember cluster-system-registry"),
        when=When.BOTH,
        reason=_NODE_RIGHTS,
    ),
    Row(
        dependent=_NODES,
        prerequisites=("RouterNat network-nat",),
        when=When.BOTH,
        reason="Images that lie outside Google are pulled through it, by controllers until the last of them is gone.",
    ),
    Row(
        dependent="NodePool controllers-*",
        prerequisites=("IAMMember controllers-node-node", "IAMMember controllers-node-registry"),
        when=When.BOTH,
        reason=_NODE_RIGHTS,
    ),
    Row(
        dependent="NodePool controllers-*",
        prerequisites=(_NODES,),
        when=When.BOTH,
        reason="What GKE runs by itself has its home there first, and these too pull images by the way out.",
    ),
    Row(
        dependent="Namespace edge-namespace",
        prerequisites=(_NODES,),
        when=When.DESTROY,
        reason="Its end waits for the endpoint groups, whose controller finds their zones by the nodes.",
    ),
    Row(
        dependent=_POOL,
        prerequisites=("NodePool controllers-spot-*",),
        when=When.BOTH,
        reason="Whoever waits for the elastic pool waits for one resource, and means every pool of it.",
    ),
    Row(
        dependent="StorageClass controllers-storage",
        prerequisites=(_NODES,),
        when=When.BOTH,
        reason="The driver's part on each node takes volumes from it before they are deleted.",
    ),
    *(
        Row(dependent=release, prerequisites=(_NODES,), when=When.BOTH, reason=WAITS_FOR_ITS_PODS)
        for release in (
            "Release controllers-cert-manager",
            "Release edge-gateway-helm",
            "Release recorder-kube-prometheus-stack",
        )
    ),
    Row(
        dependent="Deployment recorder-*",
        prerequisites=(_NODES,),
        when=When.BOTH,
        reason="Its pods run on system nodes.",
    ),
    Row(
        dependent="Namespace recorder-namespace",
        prerequisites=(_NODES,),
        when=When.DESTROY,
        reason="Its end waits for its pods and their volumes, which end on the nodes.",
    ),
    *(
        Row(dependent=pods, prerequisites=(_POOL,), when=When.BOTH, reason=ENDS_BEFORE_ITS_NODE)
        for pods in ("Deployment workloads-*", "Namespace workloads-*")
    ),
    Row(
        dependent="Service edge-endpoints",
        prerequisites=("Cluster cluster-cluster", "Gateway edge-gateway"),
        when=When.BOTH,
        reason="The controller of endpoint groups is in the control plane, and puts the Gateway's proxies into them.",
    ),
    guard_after(_POOL),
    Row(
        dependent="CronJob budget-guard",
        prerequisites=("ConfigMap budget-state", "RoleBinding budget-guard"),
        when=When.CREATE,
        reason="It reads what it decided before it decides.",
    ),
    Row(
        dependent="CronJob budget-guard",
        prerequisites=("IAMMember budget-guard-bounds", "SubscriptionIAMMember budget-guard-alerts"),
        when=When.CREATE,
        reason=_IDENTITY,
    ),
    Row(
        dependent="CronJob redis-backup",
        prerequisites=("BucketIAMMember redis-backup-objects",),
        when=When.CREATE,
        reason=_IDENTITY,
    ),
)

_DELETED_WITH: tuple[Row, ...] = (
    Row(
        dependent="ConfigMap budget-state",
        prerequisites=("Cluster cluster-cluster",),
        when=When.DESTROY,
        reason=NOTHING_OUTSIDE,
    ),
)

_OPERATORS: tuple[Operator, ...] = ()
"""None: what GKE runs by itself serves no definitions that the program uses."""

_OUTSIDE: tuple[Outside, ...] = (
    Outside(
        made="Network endpoint groups, one in each zone, with the proxies in them",
        maker="Cluster cluster-cluster",
        awaited_by=("Namespace edge-namespace",),
        outlived_by=("Cluster cluster-cluster", _NODES, "Network network-network", "Subnetwork network-nodes"),
        how=(
            "The backend service lets go of them first, because it reads their names from the Service. The Service's "
            "end starts theirs; the controller keeps an object in the namespace whose finalizer stays until they are "
            "deleted, so the namespace's end lasts as long (kubernetes/ingress-gce, `pkg/neg/manager.go`)."
        ),
    ),
    Outside(
        made="The system pool's instance groups, their machines and their disks",
        maker=_NODES,
        awaited_by=(_NODES,),
        outlived_by=("Cluster cluster-cluster", "Subnetwork network-nodes", "RouterNat network-nat"),
        how="GKE calls the pool deleted once its machines are gone; each is drained for an hour at most.",
    ),
    Outside(
        made="Machines of the elastic pools, with their disks",
        maker="Cluster cluster-cluster",
        awaited_by=(_POOL, "NodePool controllers-spot-*"),
        outlived_by=("Cluster cluster-cluster", "Subnetwork network-nodes", "RouterNat network-nat"),
        how="As those of the system pool; the autoscaler that made them is in the control plane.",
    ),
    Outside(
        made="Disks of claims",
        maker=_NODES,
        awaited_by=("Namespace recorder-namespace", "Namespace redis-namespace"),
        outlived_by=("StorageClass controllers-storage", _NODES),
        how=(
            "Claims of a StatefulSet stay when it goes and end with their namespace, after their pods: the class "
            "reclaims by deleting, and the volume's finalizer stays until the disk is deleted."
        ),
    ),
    Outside(
        made="Firewall rules between control plane, nodes and pods",
        maker="Cluster cluster-cluster",
        awaited_by=("Cluster cluster-cluster",),
        outlived_by=("Network network-network",),
        how="GKE makes them with the cluster and calls the cluster deleted once they are gone.",
    ),
    Outside(
        made="Keys and key rings that were taken out of use",
        maker="KeyRing cluster-secrets",
        awaited_by=(),
        outlived_by=(),
        how=(
            "Google keeps both for ever, without a price, and gives their names to nobody; a destroy ends the key's "
            "versions, 30 days later for good. The next region of the project takes the next generation."
        ),
    ),
)

ORDER = Order(depends_on=_DEPENDS_ON, deleted_with=_DELETED_WITH, operators=_OPERATORS, outside=_OUTSIDE)

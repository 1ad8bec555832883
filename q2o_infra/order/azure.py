"""The order that no data flow gives where the region runs on Azure, and what stands there that Pulumi does not know.

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

_CLUSTER = "ManagedCluster cluster-cluster"
_IDENTITY = "Pods started before it are refused by Azure, and without it they could not clean up after themselves."

_DEPENDS_ON: tuple[Row, ...] = (
    Row(
        dependent=_CLUSTER,
        prerequisites=(
            "RoleAssignment cluster-address",
            "RoleAssignment cluster-addresses",
            "RoleAssignment cluster-secrets",
            "RoleAssignment cluster-subnet",
        ),
        when=When.BOTH,
        reason="AKS refuses an identity that may not use key and subnet, and takes nodes away by the same rights.",
    ),
    Row(
        dependent=_CLUSTER,
        prerequisites=("PublicIPAddress network-public",),
        when=When.DESTROY,
        reason=(
            "The load balancer that holds the address goes with the cluster's node resource group; before that Azure "
            "refuses to delete it."
        ),
    ),
    Row(
        dependent=_CLUSTER,
        prerequisites=("SecurityRule network-from-*",),
        when=When.BOTH,
        reason="Nodes speak to each other by the first of these, and no node stands before the last shuts others out.",
    ),
    Row(
        dependent="DiagnosticSetting cluster-logs",
        prerequisites=("Table cluster-logs-*",),
        when=When.CREATE,
        reason="What arrives before a table has its plan is billed at the dearer one.",
    ),
    Row(
        dependent="FlowLog network-flow-logs",
        prerequisites=("RoleAssignment network-flow-logs",),
        when=When.CREATE,
        reason="Azure refuses a flow log whose identity may not write yet.",
    ),
    Row(
        dependent="FederatedIdentityCredential *-credential",
        prerequisites=("RoleAssignment *",),
        when=When.BOTH,
        reason="Whoever has the identity has its rights, from the first call to the last.",
    ),
    *(
        Row(
            dependent=user,
            prerequisites=(f"FederatedIdentityCredential {user.split()[1]}-credential",),
            when=When.CREATE,
            reason=_IDENTITY,
        )
        for user in ("CronJob budget-guard", "CronJob redis-backup")
    ),
    *(
        Row(dependent=release, prerequisites=(_CLUSTER,), when=When.BOTH, reason=WAITS_FOR_ITS_PODS)
        for release in (
            "Deployment recorder-*",
            "Release controllers-cert-manager",
            "Release edge-gateway-helm",
            "Release recorder-kube-prometheus-stack",
        )
    ),
    *(
        Row(
            dependent=pods,
            prerequisites=("NodePool controllers-node-pool",),
            when=When.BOTH,
            reason=ENDS_BEFORE_ITS_NODE,
        )
        for pods in ("Deployment workloads-*", "Namespace workloads-*")
    ),
    guard_after("NodePool controllers-node-pool"),
    Row(
        dependent="CronJob budget-guard",
        prerequisites=("ClusterRoleBinding budget-guard",),
        when=When.CREATE,
        reason="A first run without it would be refused by the API server.",
    ),
    Row(
        dependent="AKSNodeClass controllers-node-class",
        prerequisites=(_CLUSTER,),
        when=When.BOTH,
        reason="The cluster brings Karpenter and its definitions, and Karpenter takes the class's machines away.",
    ),
    Row(
        dependent="NodePool controllers-node-pool",
        prerequisites=("AKSNodeClass controllers-node-class",),
        when=When.BOTH,
        reason="The pool names the class by a fixed name; the class cannot go while machines of the pool stand.",
    ),
    Row(
        dependent="StorageClass controllers-storage",
        prerequisites=(_CLUSTER,),
        when=When.DESTROY,
        reason="Whoever claims a volume depends on the class; so the cluster's driver, which deletes it, outlives it.",
    ),
    Row(
        dependent="Namespace recorder-namespace",
        prerequisites=(_CLUSTER,),
        when=When.DESTROY,
        reason="A namespace does not end while an aggregated API is silent, and the cluster brings metrics-server.",
    ),
    Row(
        dependent="Issuer edge-issuer",
        prerequisites=("Release controllers-cert-manager",),
        when=When.CREATE,
        reason="A custom resource comes after its definition and its operator; the release brings both.",
    ),
    Row(
        dependent="StorageAccount recovery-account",
        prerequisites=("RoleAssignment recovery-key",),
        when=When.BOTH,
        reason="Azure refuses an account whose identity may not use its key, and shuts one whose no longer may.",
    ),
    Row(
        dependent="BlobContainer recovery-container",
        prerequisites=("BlobServiceProperties recovery-versions",),
        when=When.CREATE,
        reason="Writers wait for the container; of an object that came before this no version is kept.",
    ),
)
"""Explicit dependencies on Azure, beside those of every cloud."""

_DELETED_WITH: tuple[Row, ...] = (
    *(
        Row(
            dependent=dependent,
            prerequisites=(_CLUSTER,),
            when=When.DESTROY,
            reason=NOTHING_OUTSIDE,
        )
        for dependent in (
            "Certificate edge-certificate",
            "HTTPRoute edge-redirect",
            "Issuer edge-issuer",
            "MaintenanceConfiguration cluster-node-images",
            "Namespace edge-namespace",
        )
    ),
    *(
        Row(
            dependent=f"Key {vault}-key",
            prerequisites=(f"Vault {vault}-vault",),
            when=When.DESTROY,
            reason="A key is deleted through the vault itself, where who deploys has no right (403 ForbiddenByRbac).",
        )
        for vault in ("cluster-secrets", "recovery")
    ),
    Row(
        dependent="Table cluster-logs-*",
        prerequisites=("Workspace cluster-logs",),
        when=When.DESTROY,
        reason="Azure's own tables, which it refuses to delete; they go with the workspace.",
    ),
)
"""What goes with something else on Azure, beside what does on every cloud."""

_OPERATORS: tuple[Operator, ...] = (
    Operator(api_groups=("karpenter.azure.com", "karpenter.sh"), definitions=_CLUSTER, operator=_CLUSTER),
)
"""Operators that the cluster brings itself."""

_OUTSIDE: tuple[Outside, ...] = (
    Outside(
        made="Virtual machines of the elastic pool, with their disks and network interfaces",
        maker=_CLUSTER,
        awaited_by=("NodePool controllers-node-pool",),
        outlived_by=(_CLUSTER, "RoleAssignment cluster-subnet", "Subnet network-nodes"),
        how=(
            "The pool is deleted in the foreground: it stays until its NodeClaims are gone, and the finalizer of each "
            "until its machine is. `terminationGracePeriod` bounds the drain."
        ),
    ),
    Outside(
        made="The node resource group: scale set, load balancer, security group, private DNS zone",
        maker=_CLUSTER,
        awaited_by=(_CLUSTER,),
        outlived_by=(
            "NatGateway network-nat-*",
            "PublicIPAddress network-public",
            "RoleAssignment cluster-*",
            "Subnet network-nodes",
            "Vault cluster-secrets-vault",
        ),
        how="AKS calls the cluster deleted once the group is gone, with all that is in it.",
    ),
    Outside(
        made="Managed disks of claims",
        maker=_CLUSTER,
        awaited_by=("Namespace recorder-namespace", "Namespace redis-namespace"),
        outlived_by=("StorageClass controllers-storage", _CLUSTER),
        how=(
            "Claims of a StatefulSet stay when it goes and end with their namespace, after their pods: the class "
            "reclaims by deleting. What were left would go with the node resource group, in which the disks stand."
        ),
    ),
    Outside(
        made="The proof of a certificate, a TXT record in the zone",
        maker="Release controllers-cert-manager",
        awaited_by=(),
        outlived_by=(),
        how=(
            "cert-manager takes it away once the certificate is issued, which the first `up` waits for. One that a "
            "cut-off `up` left serves nobody: `az network dns record-set txt list`."
        ),
    ),
    Outside(
        made="The deleted vault of the cluster's key, and its name",
        maker="Vault cluster-secrets-vault",
        awaited_by=(),
        outlived_by=(),
        how=(
            "Purge protection keeps it for 90 days. A region that is made anew in that time takes the next "
            "`clouds.azure.vault_generation`."
        ),
    ),
)
"""What stands in the subscription that Pulumi does not know."""

ORDER = Order(depends_on=_DEPENDS_ON, deleted_with=_DELETED_WITH, operators=_OPERATORS, outside=_OUTSIDE)

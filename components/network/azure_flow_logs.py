"""Who spoke to whom in a virtual network: flow logs, where they go and what that costs.

They go to a storage account of the location, in blobs that Azure writes every minute and deletes when their time is
over: 0.50 USD per GB collected, the first 5 GB a month are free (Azure Network Watcher pricing, November 2026), and
storage. The account has no keys: the flow log writes by an identity of its own.
"""

from __future__ import annotations

from pulumi import Output, Resource, ResourceOptions
from pulumi_azure_native import network, resources, storage

from clouds.azure.limits import AZURE_FLOW_LOGS
from components.base.errors import ComponentError
from components.cluster.azure_contract import Right, Role, create_identity, grant, named
from components.network.azure_contract import WATCHER_GROUP, AzureNetworkArgs, watcher_name


def create_flow_logs(
    name: str,
    args: AzureNetworkArgs,
    *,
    parent: Resource,
    group: resources.ResourceGroup,
    network_id: Output[str],
) -> None:
    """Record flows of the whole virtual network. Raises `ComponentError` for days that Azure refuses."""
    AZURE_FLOW_LOGS.check("network.flow_log_retention_days", args.flow_log_retention_days, error=ComponentError)
    account = _create_account(name, args, group, parent)
    identity = create_identity(
        f"{name}-flow-logs",
        named("identity", args.cluster_name, "flow-logs"),
        location=args.location,
        parent=parent,
        resource_group_name=group.name,
        tags=args.tags,
    )
    right = grant(
        f"{name}-flow-logs",
        Right(role=Role.STORAGE_BLOB_DATA_CONTRIBUTOR, scope=account.id),
        identity=identity,
        parent=parent,
        subscription_id=args.subscription_id,
        whole_name=f"{args.cluster_name}-{name}-flow-logs",
    )
    network.FlowLog(
        f"{name}-flow-logs",
        enabled=True,
        flow_log_name=named("network-resource", args.cluster_name, "flows"),
        format=network.FlowLogFormatParametersArgs(type="JSON", version=2),
        identity=network.ManagedServiceIdentityArgs(
            type=network.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]
        ),
        location=args.location,
        network_watcher_name=watcher_name(args.location),
        resource_group_name=WATCHER_GROUP,
        retention_policy=network.RetentionPolicyParametersArgs(days=args.flow_log_retention_days, enabled=True),
        storage_id=account.id,
        tags=args.tags,
        target_resource_id=network_id,
        # A flow log whose identity may not write yet is refused.
        opts=ResourceOptions(parent=parent, depends_on=[right]),
    )


def _create_account(
    name: str, args: AzureNetworkArgs, group: resources.ResourceGroup, parent: Resource
) -> storage.StorageAccount:
    return storage.StorageAccount(
        f"{name}-flow-logs",
        account_name=named("storage-account", args.cluster_name, args.subscription_id, "flows"),
        allow_blob_public_access=False,
        allow_shared_key_access=False,
        enable_https_traffic_only=True,
        kind=storage.Kind.STORAGE_V2,
        location=args.location,
        minimum_tls_version="TLS1_2",
        # Whoever writes is a service of Azure that stands in no network of ours.
        network_rule_set={"bypass": "AzureServices", "default_action": storage.DefaultAction.DENY},
        resource_group_name=group.name,
        sku={"name": "Standard_ZRS"},
        tags=args.tags,
        opts=ResourceOptions(parent=parent, protect=args.deletion_protection),
    )

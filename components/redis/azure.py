"""Who the backups are to Azure: an identity that may write below one prefix of one container, and delete nothing.

rclone looks at what it has sent, so the identity may read there too: the account knows no right to a blob's name and
size without one to its content. What it may not do is take an old backup away, or put another in its place: versions
are kept, and locked for days.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Input, Output, ResourceOptions
from pulumi_azure_native import authorization

from components.cluster.azure_contract import Right
from components.redis.contract import BACKUP_PREFIX
from q2o_infra.naming import stable_guid

_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
ACTIONS = ("add/action", "read", "write")
"""What may be done with a blob; neither `delete` nor `deleteBlobVersion/action` nor a change of what locks it."""


def create_backup_role(name: str, *, parent_scope: Input[str], subscription_id: str, whole_name: str) -> Output[str]:
    """Make the role of whoever writes backups, and return its id. Azure keeps none that deletes nothing."""
    guid = stable_guid(subscription_id, whole_name)
    role = authorization.RoleDefinition(
        name,
        assignable_scopes=[parent_scope],
        description="Writes backups and looks at them; deletes nothing.",
        permissions=[{"actions": [], "data_actions": [f"{_BLOBS}/{action}" for action in ACTIONS], "not_actions": []}],
        role_definition_id=guid,
        # Unique in the tenant.
        role_name=whole_name,
        role_type="CustomRole",
        scope=parent_scope,
    )
    return role.id


def backup_rights(
    *, account_id: Input[str], container_name: Input[str], role_id: Output[str], stack: str
) -> Mapping[str, Right]:
    """Return the rights of the backups, narrowed to blobs below the stack's own prefix (Azure ABAC for storage)."""
    scope = Output.concat(account_id, "/blobServices/default/containers/", container_name)
    path = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path]"
    return {
        "blobs": Right(
            condition=f"({path} StringLike '{BACKUP_PREFIX}/{stack}/*')",
            role=role_id,
            scope=scope,
        )
    }


def backup_remote(account_name: Input[str]) -> Output[str]:
    """Return how rclone reaches an account, by the pod's own identity (rclone.org, "Microsoft Azure Blob Storage")."""
    return Output.concat(":azureblob,account=", account_name, ",env_auth=true,no_check_container=true")

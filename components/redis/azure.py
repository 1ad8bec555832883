"""Who the backups are to Azure: an identity that may write below one prefix of one container, and delete nothing.

rclone looks at what it has sent, so the identity may read there too: Azure knows no right to a blob's name and size
without one to its content. What it may not do is take an old backup away, or put another in its place: versions are
kept, and locked for days.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Input, Output

from components.cluster.azure_contract import OwnRole, Right
from components.redis.contract import BACKUP_PREFIX

_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
ACTIONS = tuple(f"{_BLOBS}/{action}" for action in ("add/action", "read", "write"))
"""What may be done with a blob; neither `delete` nor `deleteBlobVersion/action` nor a change of what locks it."""


def backup_rights(*, account_id: Input[str], container_name: Input[str], stack: str) -> Mapping[str, Right]:
    """Return the rights of the backups, narrowed to blobs below the stack's own prefix (Azure ABAC for storage)."""
    role = OwnRole(
        data_actions=ACTIONS, description="Writes backups and looks at them; deletes nothing.", scope=account_id
    )
    prefix = f"@Resource[{_BLOBS}:path] StringLike '{BACKUP_PREFIX}/{stack}/*'"
    container = Output.concat(account_id, "/blobServices/default/containers/", container_name)
    return {"blobs": Right(condition=f"({prefix})", role=role, scope=container)}


def backup_remote(account_name: str) -> str:
    """Return how rclone reaches an account, by the pod's own identity (rclone.org, "Microsoft Azure Blob Storage")."""
    return f":azureblob,account={account_name},env_auth=true,no_check_container=true"

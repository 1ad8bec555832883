"""Who the backups are to Google Cloud: a principal that may add objects below one prefix, and read or delete none."""

from __future__ import annotations

from pulumi import Input

from components.cluster.gcp_contract import ObjectsRole
from components.redis.contract import BACKUP_PREFIX

BACKUP_ROLE = "roles/storage.objectCreator"


def backup_role(*, bucket_name: Input[str], stack: str) -> ObjectsRole:
    """Return the right of the backups. A thief of it can neither read an old backup, nor replace it, nor take it away.

    It needs none on the key: Cloud Storage encrypts by itself.
    """
    return ObjectsRole(bucket=bucket_name, key="objects", prefix=f"{BACKUP_PREFIX}/{stack}/", role=BACKUP_ROLE)


def backup_remote() -> str:
    """Return how rclone reaches a bucket, by the pod's own identity (rclone.org, "Google Cloud Storage")."""
    return ":gcs,env_auth=true,bucket_policy_only=true,no_check_bucket=true"

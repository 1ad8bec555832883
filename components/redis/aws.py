"""Who the backups are to AWS: a role that may add objects below one prefix of one bucket, and read or delete none."""

from __future__ import annotations

from pulumi import Input, Output

from components.cluster.aws_contract import PolicyStatement
from components.redis.contract import BACKUP_PREFIX


def backup_statements(*, bucket_arn: Input[str], key_arn: Input[str], stack: str) -> tuple[PolicyStatement, ...]:
    """Return the rights of the backups. A thief of them can neither read an old backup nor take it away."""
    return (
        {
            "Effect": "Allow",
            "Action": ["s3:AbortMultipartUpload", "s3:PutObject"],
            "Resource": Output.concat(bucket_arn, f"/{BACKUP_PREFIX}/{stack}/*"),
        },
        # A multipart upload reads the key of its own parts.
        {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": key_arn},
    )


def backup_remote(location: str) -> str:
    """Return how rclone reaches a bucket at `location`, by the pod's own identity (rclone.org, "Amazon S3")."""
    return f":s3,provider=AWS,env_auth=true,no_check_bucket=true,no_head=true,region={location}"

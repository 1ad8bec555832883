"""Who called: the balancer's access logs, in a bucket of the region's own location, deleted when their time is over.

Server-side encryption is with S3's own keys: log delivery knows no other (ELB user guide, "Access logs for your
Application Load Balancer").
"""

from __future__ import annotations

from typing import Any

import pulumi_aws as aws
from pulumi import Output, Resource, ResourceOptions

from components.cluster.aws_contract import named, policy_document
from components.edge.contract import EdgeArgs

# Of the balancer, in every location; the accounts of old locations are a legacy that AWS advises against.
LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


def create_access_logs(name: str, args: EdgeArgs, *, account_id: str, parent: Resource) -> Output[str]:
    """Make the bucket and return its name, known once logs may be written: AWS tries it when they are switched on."""
    bucket = aws.s3.Bucket(
        f"{name}-access-logs",
        # Names of buckets are shared by all of AWS; with the account's number in it nobody else has it.
        bucket=named("bucket", args.cluster_name, "access-logs", account_id),
        # A wanted destroy must not stop at the last log line; while the stack is protected, nothing empties it.
        force_destroy=not args.deletion_protection,
        tags=dict(args.tags),
        opts=ResourceOptions(parent=parent, protect=args.deletion_protection),
    )
    opts = ResourceOptions(parent=parent)
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-access-logs",
        bucket=bucket.bucket,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        opts=opts,
    )
    aws.s3.BucketLifecycleConfiguration(
        f"{name}-access-logs",
        bucket=bucket.bucket,
        rules=[
            {
                "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
                "expiration": {"days": args.access_log_retention_days},
                "filter": {"prefix": ""},
                "id": "retention",
                "status": "Enabled",
            }
        ],
        opts=opts,
    )
    block = aws.s3.BucketPublicAccessBlock(
        f"{name}-access-logs",
        block_public_acls=True,
        block_public_policy=True,
        bucket=bucket.bucket,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )
    policy = aws.s3.BucketPolicy(
        f"{name}-access-logs",
        # From the block: S3 refuses two changes to one bucket's access at once.
        bucket=block.bucket,
        policy=bucket.arn.apply(lambda arn: policy_document(*_statements(arn, account_id))),
        opts=opts,
    )
    return policy.bucket


def _statements(bucket_arn: str, account_id: str) -> tuple[dict[str, Any], ...]:
    return (
        {
            "Sid": "LogsOfOurBalancers",
            "Effect": "Allow",
            "Principal": {"Service": LOG_DELIVERY},
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/AWSLogs/{account_id}/*",
        },
        {
            "Sid": "NothingInTheClear",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket_arn, f"{bucket_arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )

"""Backups on AWS: a versioned, locked bucket under a key of its own, in the location of the provider that is given.

Everything here stays when its region is destroyed, the bucket's settings too: a bucket that were left without them
would be left open. `adopt_key_id` takes all of it over again.
"""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import ComponentResource, Output, Resource, ResourceOptions

from components.recovery.aws_policies import bucket_policy, key_policy
from components.recovery.contract import RecoveryArgs

LOCK_MODE = "GOVERNANCE"
"""Nobody whose role lacks `s3:BypassGovernanceRetention` can delete a locked version, and no role of ours has it."""
UPLOAD_DAYS = 1
"""Parts of an upload that never ended are paid for and seen by nobody."""


class AwsRecovery(ComponentResource):
    """Meets `Recovery`."""

    bucket_arn: Output[str]
    bucket_name: Output[str]
    key_arn: Output[str]
    """Whoever writes needs `kms:GenerateDataKey` on it, whoever reads `kms:Decrypt`; both by a role of their own."""
    key_id: Output[str]
    location: str
    resource: Resource

    def __init__(self, name: str, args: RecoveryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:recovery:AwsRecovery", name, None, opts)
        self._name = name
        self._args = args
        # The bucket first: where one stands already and shall not be taken over, no second key is left behind.
        bucket = self._create_bucket()
        key = self._create_key(bucket)
        guards = [self._encrypt(bucket, key), self._keep_versions(bucket), self._lock(bucket)]
        self._close(bucket)
        self._expire(bucket)
        self.bucket_arn = bucket.arn
        self.bucket_name = bucket.bucket
        self.key_arn = key.arn
        self.key_id = key.key_id
        self.location = args.location
        self.resource = aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=Output.json_dumps(bucket_policy(bucket_arn=bucket.arn, key_arn=key.arn), sort_keys=True),
            opts=self._options(args.bucket_name, depends_on=guards),
        )
        self.register_outputs(
            {
                "bucket_arn": self.bucket_arn,
                "bucket_name": self.bucket_name,
                "key_arn": self.key_arn,
                "key_id": self.key_id,
            }
        )

    def _options(self, id_: str, *, depends_on: list[Resource] | None = None, protect: bool = False) -> ResourceOptions:
        """Return options of something that stays; `id_` is what it is taken over by."""
        return ResourceOptions(
            parent=self,
            depends_on=depends_on,
            import_=id_ if self._args.adopt_key_id else None,
            protect=protect and self._args.deletion_protection,
            retain_on_delete=True,
        )

    def _create_bucket(self) -> aws.s3.Bucket:
        return aws.s3.Bucket(
            f"{self._name}-bucket",
            bucket=self._args.bucket_name,
            object_lock_enabled=True,
            opts=self._options(self._args.bucket_name, protect=True),
        )

    def _create_key(self, bucket: aws.s3.Bucket) -> aws.kms.Key:
        # No deletion window is named: AWS takes its longest, 30 days, and does not tell it to whoever takes the key
        # over, so that a named one would differ and be refused.
        key = aws.kms.Key(
            f"{self._name}-key",
            description=Output.concat("Backups in ", bucket.bucket),
            enable_key_rotation=True,
            policy=key_policy(self._args.account_id),
            opts=self._options(self._args.adopt_key_id or "", protect=True),
        )
        alias = f"alias/{self._args.key_name}"
        aws.kms.Alias(f"{self._name}-key", name=alias, target_key_id=key.key_id, opts=self._options(alias))
        return key

    def _encrypt(self, bucket: aws.s3.Bucket, key: aws.kms.Key) -> Resource:
        return aws.s3.BucketServerSideEncryptionConfiguration(
            f"{self._name}-encryption",
            bucket=bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "kms_master_key_id": key.arn,
                        "sse_algorithm": "aws:kms",
                    },
                    # One call to KMS for many objects: its price is for each 10,000 calls.
                    "bucket_key_enabled": True,
                }
            ],
            opts=self._options(self._args.bucket_name),
        )

    def _keep_versions(self, bucket: aws.s3.Bucket) -> Resource:
        return aws.s3.BucketVersioning(
            f"{self._name}-versions",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=self._options(self._args.bucket_name),
        )

    def _lock(self, bucket: aws.s3.Bucket) -> Resource:
        return aws.s3.BucketObjectLockConfiguration(
            f"{self._name}-lock",
            bucket=bucket.bucket,
            rule={"default_retention": {"days": self._args.locked_days, "mode": LOCK_MODE}},
            opts=self._options(self._args.bucket_name),
        )

    def _close(self, bucket: aws.s3.Bucket) -> None:
        aws.s3.BucketPublicAccessBlock(
            f"{self._name}-public-access",
            block_public_acls=True,
            block_public_policy=True,
            bucket=bucket.bucket,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._options(self._args.bucket_name),
        )
        aws.s3.BucketOwnershipControls(
            f"{self._name}-ownership",
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=self._options(self._args.bucket_name),
        )

    def _expire(self, bucket: aws.s3.Bucket) -> None:
        aws.s3.BucketLifecycleConfiguration(
            f"{self._name}-retention",
            bucket=bucket.bucket,
            rules=[
                {
                    "id": "retention",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": UPLOAD_DAYS},
                    "expiration": {"days": self._args.retention_days},
                    "noncurrent_version_expiration": {"noncurrent_days": self._args.replaced_days},
                }
            ],
            opts=self._options(self._args.bucket_name),
        )

"""S3 as the sandbox simulates it: buckets and their settings, one resource each.

Sources as in `aws.py`. A bucket's settings have no id of their own: theirs is the bucket's name.
"""

from __future__ import annotations

from dataclasses import replace

from clouds.aws.rows import Outputs, from_input, row
from clouds.kind import Kind, Subject


def _bucket(subject: Subject) -> Outputs:
    name, location = subject.id, subject.place.location
    return {
        "arn": f"arn:aws:s3:::{name}",
        "bucket": name,
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{location}.amazonaws.com",
    }


def _setting(type_: str, *, required: str, replaces: str = "") -> Kind:
    return row(f"s3/{type_}", from_input("bucket"), required=f"bucket {required}", replaces=f"bucket {replaces}")


KINDS: tuple[Kind, ...] = (
    replace(
        row(
            "s3/bucket:Bucket",
            from_input("bucket"),
            _bucket,
            replaces="bucket bucketPrefix bucketNamespace objectLockEnabled",
            unique="bucket",
            seconds=(3, 1, 2),
        ),
        adoption="set recovery.adopt to the id of the key that it is encrypted with, and it is taken over",
    ),
    _setting("bucketLifecycleConfiguration:BucketLifecycleConfiguration", required="", replaces="expectedBucketOwner"),
    _setting(
        "bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        required="",
        replaces="expectedBucketOwner objectLockEnabled",
    ),
    _setting("bucketOwnershipControls:BucketOwnershipControls", required="rule"),
    _setting("bucketPolicy:BucketPolicy", required="policy"),
    _setting("bucketPublicAccessBlock:BucketPublicAccessBlock", required=""),
    _setting(
        "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        required="rules",
        replaces="expectedBucketOwner",
    ),
    _setting("bucketVersioning:BucketVersioning", required="versioningConfiguration", replaces="expectedBucketOwner"),
)

"""Who may do what with backups on AWS, as policies of the bucket and of the key."""

from __future__ import annotations

import json
from typing import Any

from pulumi import Input, Output

from components.cluster.aws_contract import POLICY_VERSION

Policy = dict[str, Any]


def bucket_policy(*, bucket_arn: Output[str], key_arn: Output[str]) -> Policy:
    """Return the bucket's policy: over TLS only, and encrypted with its own key only.

    A writer that names no encryption gets the bucket's, so only one that names another is refused. No statement admits
    anybody: that is for the roles of those who write and read.
    """
    objects = Output.concat(bucket_arn, "/*")
    return {
        "Version": POLICY_VERSION,
        "Statement": [
            {
                "Sid": "OverTlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket_arn, objects],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {
                "Sid": "EncryptedByKmsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": objects,
                "Condition": _named_and_not("s3:x-amz-server-side-encryption", "aws:kms"),
            },
            {
                "Sid": "EncryptedByThisKeyOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": objects,
                "Condition": _named_and_not("s3:x-amz-server-side-encryption-aws-kms-key-id", key_arn),
            },
        ],
    }


def _named_and_not(key: str, value: Input[str]) -> Policy:
    """Return the condition that a request names `key` and gives it another value.

    Without `Null` an absent key would count as another value, with `...IfExists` too (IAM user guide, "IAM JSON policy
    elements: Condition operators").
    """
    return {"Null": {key: "false"}, "StringNotEquals": {key: value}}


def key_policy(account_id: str) -> str:
    """Return the key's policy: the account decides, by the policies of its roles.

    It is what AWS sets where none is given, written down so that a difference is seen.
    """
    return json.dumps(
        {
            "Version": POLICY_VERSION,
            "Statement": [
                {
                    "Sid": "RolesOfTheAccount",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ],
        },
        sort_keys=True,
    )

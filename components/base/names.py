"""Physical names: what a resource is called inside a cloud. Logical names belong to the components.

A name is cut from the front and keeps its tail, because the tail says what the thing is; a cut name carries a
short hash of the whole, so that two cut names never meet.
"""

from __future__ import annotations

import hashlib
import re

PREFIX = "q2o"
HASH_LENGTH = 6

# Limits: IAM role and policy 64 and 128 (IAM user guide, "IAM and AWS STS quotas"); EKS cluster 100, node group 63
# (EKS API reference); SQS queue 80; CloudWatch Events rule 64; KMS alias 256; log group 512; S3 bucket 63;
# Kubernetes label value and DNS label 63; load balancer and target group 32 (ELB API reference); web ACL 128;
# budget 100 (AWS Budgets API reference, Budget); SNS topic 256 (SNS API reference, CreateTopic).
# Azure: Azure Resource Manager documentation, "Naming rules and restrictions for Azure resources"; a storage account
# and a vault are named once in all of Azure, and a storage account has no room for a dash.
LIMITS: dict[str, int] = {
    "bucket": 63,
    "budget": 100,
    "cluster": 63,
    "event-rule": 64,
    "key-alias": 250,
    "kubernetes": 63,
    "launch-template": 128,
    "log-group": 512,
    "node-group": 63,
    "policy": 128,
    "queue": 80,
    "role": 64,
    "security-group": 255,
    "topic": 256,
    # Azure.
    "action-group": 128,
    "consumption-budget": 63,
    "identity": 128,
    "lock": 90,
    "network-resource": 64,
    "resource-group": 80,
    "storage-account": 24,
    "storage-container": 63,
    "vault": 24,
    "vault-key": 127,
    "workspace": 63,
    # The edge.
    "load-balancer": 32,
    "target-group": 32,
    "web-acl": 128,
    # Google Cloud: RFC 1035 names of Compute Engine and Certificate Manager 63; GKE cluster and node pool 40; service
    # account 30 (IAM reference); custom role 64; key ring and key 63 (Cloud KMS); Pub/Sub 255; log bucket and sink 100
    # (Cloud Logging); budget's display name 60 (Cloud Billing Budget API).
    "gcp-budget": 60,
    "gcp-certificate": 63,
    "gcp-cluster": 40,
    "gcp-compute": 63,
    "gcp-key-ring": 58,  # 63, and what tells its generation
    "gcp-log": 100,
    "gcp-message": 255,
    "gcp-node-pool": 40,
    "gcp-role": 64,
    "gcp-service-account": 30,
}

_RUN_TOGETHER = frozenset({"storage-account"})
"""Kinds whose alphabet has no dash."""


def physical_name(kind: str, *parts: str) -> str:
    """Return `q2o-<parts joined by ->`, within the limit of `kind`; without dashes where its alphabet has none.

    Raises `ValueError` for a kind without a limit and for a part with characters other than a-z, 0-9 and `-`.
    """
    if kind not in LIMITS:
        raise ValueError(f"no length limit is known for {kind!r}; add it to components/base/names.py with its source")
    for part in parts:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", part):
            raise ValueError(f"{part!r} cannot be part of a physical name: only a-z, 0-9 and single - inside")
    whole = "-".join((PREFIX, *parts))
    limit = LIMITS[kind]
    digest = hashlib.sha256(whole.encode()).hexdigest()[:HASH_LENGTH]
    dash = "" if kind in _RUN_TOGETHER else "-"
    spelled = whole.replace("-", dash)
    if len(spelled) <= limit:
        return spelled
    tail = spelled[-(limit - len(PREFIX) - HASH_LENGTH - 2 * len(dash)) :].lstrip("-")
    return f"{PREFIX}{dash}{digest}{dash}{tail}"


def stable_guid(*parts: str) -> str:
    """Return a GUID that is the same for the same parts: what Azure calls a role assignment by."""
    digits = hashlib.sha256("|".join(parts).encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


def principal_key(name: str) -> str:
    """Return what an administrator is called in logical names, in a-z, 0-9 and `-`; two of one key cannot both be."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")

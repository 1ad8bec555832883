"""How AWS says it."""

from __future__ import annotations

import json
from typing import Any

from q2o_infra.parity.dialect import Dialect, Pool
from q2o_infra.parity.findings import Check, at
from q2o_infra.parity.inside import POOL_LABEL, elastic_node_pool, is_true
from q2o_infra.plan.recorder import Recording

CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
BUCKET = "aws:s3/bucket:Bucket"
KEY = "aws:kms/key:Key"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"


def _system_pool(recording: Recording) -> Pool:
    (group,) = recording.of_type(NODE_GROUP)
    given = group.inputs
    sizes = {at(given, f"scalingConfig.{name}") for name in ("desiredSize", "minSize", "maxSize")}
    return Pool(
        nodes=int(next(iter(sizes))) if len(sizes) == 1 else 0,
        zones=len(given["subnetIds"]),
        label=str(given["labels"].get(POOL_LABEL)),
        is_tainted=bool(given.get("taints")),
        spot=given.get("capacityType") == "SPOT",
        on_demand=given.get("capacityType") == "ON_DEMAND",
    )


def _encrypted_buckets(inputs: Any) -> bool:
    rules = inputs.get("rules") or []
    return bool(rules) and all(at(rule, "applyServerSideEncryptionByDefault.sseAlgorithm") for rule in rules)


def _pod_trust(inputs: Any) -> bool:
    """Whether a role is taken on by a service of AWS or by a pod, never by a user or another account."""
    policy = json.loads(inputs["assumeRolePolicy"])
    return all(set(statement["Principal"]) == {"Service"} for statement in policy["Statement"])


DIALECT = Dialect(
    encryption=(
        Check(
            types=(CLUSTER,),
            is_kept=lambda given: "secrets" in (at(given, "encryptionConfig.resources") or []),
            how="a KMS key for Kubernetes' secrets",
            wrong="its secrets are not encrypted under a key of ours",
        ),
        Check(
            types=(LAUNCH_TEMPLATE,),
            is_kept=lambda given: is_true(at(given, "blockDeviceMappings.0.ebs.encrypted")),
            how="encrypted root disks",
            wrong="its root disk is not encrypted",
        ),
        Check(
            types=(NODE_CLASS,),
            is_kept=lambda given: is_true(at(given, "spec.blockDeviceMappings.0.ebs.encrypted")),
            how="encrypted root disks",
            wrong="its root disk is not encrypted",
        ),
        Check(
            types=(STORAGE_CLASS,),
            is_kept=lambda given: at(given, "parameters.encrypted") == "true",
            how="encrypted volumes",
            wrong="its volumes are not encrypted",
        ),
        Check(
            types=("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",),
            is_kept=_encrypted_buckets,
            how="SSE of every bucket, under a KMS key for backups",
            wrong="the bucket's objects are not encrypted",
        ),
        Check(
            types=("aws:sns/topic:Topic",),
            is_kept=lambda given: bool(given.get("kmsMasterKeyId")),
            how="a KMS key for alerts",
            wrong="its messages are not encrypted",
        ),
    ),
    privacy=(
        Check(
            types=("aws:ec2/subnet:Subnet",),
            is_kept=lambda given: not given.get("mapPublicIpOnLaunch"),
            how="private subnets, no public addresses at launch",
            wrong="machines in it get public addresses",
        ),
        Check(
            types=(CLUSTER,),
            is_kept=lambda given: (
                is_true(at(given, "vpcConfig.endpointPrivateAccess"))
                and not is_true(at(given, "vpcConfig.endpointPublicAccess"))
            ),
            how="a private endpoint of the API server",
            wrong="the internet reaches its API server",
        ),
    ),
    identity=(
        Check(
            types=("aws:eks/podIdentityAssociation:PodIdentityAssociation",),
            is_kept=lambda given: bool(given.get("serviceAccount")),
            how="EKS Pod Identity, one role for one service account",
            wrong="it belongs to no service account",
        ),
        Check(
            types=("aws:iam/role:Role",),
            is_kept=_pod_trust,
            how="roles that services and pods alone take on",
            wrong="somebody else than a service can take it on",
        ),
        Check(
            types=(CLUSTER,),
            is_kept=lambda given: at(given, "accessConfig.authenticationMode") == "API",
            how="access entries instead of a map inside the cluster",
            wrong="who may enter is written inside the cluster",
        ),
    ),
    static_credentials=frozenset({"aws:iam/accessKey:AccessKey", "aws:iam/user:User"}),
    protection=(
        Check(
            types=(CLUSTER,),
            is_kept=lambda given: is_true(given.get("deletionProtection")),
            how="deletion protection of the cluster",
            wrong="the cloud would delete it",
        ),
        Check(
            types=("aws:lb/loadBalancer:LoadBalancer",),
            is_kept=lambda given: is_true(given.get("enableDeletionProtection")),
            how="and of the balancer",
            wrong="the cloud would delete it",
        ),
        Check(
            types=("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",),
            is_kept=lambda given: int(at(given, "rule.defaultRetention.days") or 0) > 0,
            how="object lock on backups",
            wrong="backups can be deleted at once",
        ),
    ),
    recovery={
        BUCKET: lambda recording: _location(recording, BUCKET, "recovery-bucket"),
        KEY: lambda recording: _location(recording, KEY, "recovery-key"),
    },
    system_pool=_system_pool,
    elastic_pool=elastic_node_pool,
    # Tag naming limits and requirements (AWS general reference): 128 and 256 characters.
    label_pattern=r"[A-Za-z0-9 _.:/=+@-]{1,128}",
    label_field="tags",
    labels_come_from_the_provider=True,
    beyond_the_provider={
        LAUNCH_TEMPLATE: "tagSpecifications.0.tags",
        NODE_CLASS: "spec.tags",
    },
    unlabelled={},
)


def _location(recording: Recording, type_: str, name: str) -> str:
    """Return where a resource lies: its provider says so."""
    row = recording.named(type_, name)
    provider = recording.by_urn()[row.provider.rpartition("::")[0]]
    return str(provider.inputs["region"])

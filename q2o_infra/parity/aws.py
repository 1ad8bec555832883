"""How AWS says it."""

from __future__ import annotations

import json
from typing import Any

from q2o_infra.parity.dialect import Dialect, Pool
from q2o_infra.parity.findings import Beside, Check, Inputs, at, each, pairs
from q2o_infra.parity.inside import POOL_LABEL, STORAGE_CLASS, elastic_node_pool, is_of_recovery, is_true
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording

CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
OBJECT_LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
KEY = "aws:kms/key:Key"


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


def _encrypted_disks(inputs: Inputs, path: str) -> bool:
    """Return whether there are disks at `path`, and each of them is encrypted."""
    disks = each(inputs, path, "ebs.encrypted")
    return bool(disks) and all(is_true(disk) for disk in disks)


def _encrypted_bucket(bucket: Registration, recording: Recording) -> bool:
    """Return whether something encrypts this bucket's objects, and those of backups under a key of the plan."""
    found = [row for row in recording.of_type(BUCKET_ENCRYPTION) if row.inputs.get("bucket") == bucket.inputs["bucket"]]
    ways = [way for row in found for way in each(row.inputs, "rules", "applyServerSideEncryptionByDefault")]
    if not is_of_recovery(bucket):
        return bool(ways) and all(at(way, "sseAlgorithm") for way in ways)
    keys = {row.urn for row in recording.of_type(KEY)}
    return (
        bool(ways)
        and all(at(way, "sseAlgorithm") == "aws:kms" and at(way, "kmsMasterKeyId") for way in ways)
        and all(keys & set(row.property_dependencies.get("rules", ())) for row in found)
    )


def _locked_bucket(bucket: Registration, recording: Recording) -> bool:
    """Return whether backups in this bucket cannot be deleted at once; a bucket of anything else needs no lock."""
    return not is_of_recovery(bucket) or any(
        row.inputs.get("bucket") == bucket.inputs["bucket"] and int(at(row.inputs, "rule.defaultRetention.days") or 0)
        for row in recording.of_type(OBJECT_LOCK)
    )


def _machine_tags(inputs: Inputs) -> list[dict[str, str] | None]:
    """Return the tags of a machine, of its interface and of its disk."""
    given = {row["resourceType"]: row.get("tags") for row in inputs.get("tagSpecifications") or []}
    return [given.get(kind) for kind in ("instance", "network-interface", "volume")]


def _volume_tags(inputs: Inputs) -> list[dict[str, str]]:
    """Return the tags of a volume: each is a parameter of its own."""
    given = at(inputs, "parameters") or {}
    return [pairs(",".join(str(value) for key, value in given.items() if key.startswith("tagSpecification_")))]


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
            is_kept=lambda given: _encrypted_disks(given, "blockDeviceMappings"),
            how="encrypted disks of nodes",
            wrong="a disk of its machines is not encrypted",
        ),
        Check(
            types=(NODE_CLASS,),
            is_kept=lambda given: _encrypted_disks(given, "spec.blockDeviceMappings"),
            how="encrypted disks of nodes",
            wrong="a disk of its machines is not encrypted",
        ),
        Check(
            types=(STORAGE_CLASS,),
            is_kept=lambda given: at(given, "parameters.encrypted") == "true",
            how="encrypted volumes",
            wrong="its volumes are not encrypted",
        ),
        Beside(
            types=(BUCKET,),
            is_kept=_encrypted_bucket,
            how="SSE of every bucket, under a KMS key for backups",
            wrong="its objects are not encrypted, or backups not under a key of ours",
        ),
        Check(
            types=("aws:sns/topic:Topic",),
            is_kept=lambda given: bool(given.get("kmsMasterKeyId")),
            how="a KMS key for alerts",
            wrong="its messages are not encrypted",
        ),
        Check(
            types=("aws:sqs/queue:Queue",),
            is_kept=lambda given: is_true(given.get("sqsManagedSseEnabled")) or bool(given.get("kmsMasterKeyId")),
            how="SSE of every queue",
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
        Beside(
            types=(BUCKET,),
            is_kept=_locked_bucket,
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
        LAUNCH_TEMPLATE: _machine_tags,
        NODE_CLASS: lambda given: [at(given, "spec.tags")],
        STORAGE_CLASS: _volume_tags,
    },
    unlabelled={},
)


def _location(recording: Recording, type_: str, name: str) -> str:
    """Return where a resource lies: its provider says so."""
    row = recording.named(type_, name)
    provider = recording.by_urn()[row.provider.rpartition("::")[0]]
    return str(provider.inputs["region"])

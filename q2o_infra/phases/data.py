"""Data services, and where they are backed up."""

from __future__ import annotations

from pulumi import ResourceOptions

from components.cluster.aws_contract import ZONE_ID_LABEL, WorkloadIdentity, WorkloadIdentityArgs
from components.cluster.contract import KubernetesCluster
from components.controllers.contract import Controllers
from components.namespaces.contract import DATA_NAMESPACE
from components.recovery.aws import AwsRecovery
from components.recovery.contract import Recovery, RecoveryArgs
from components.redis.aws import backup_statements
from components.redis.component import Redis
from components.redis.contract import BACKUP_SERVICE_ACCOUNT, BackupArgs, ImageArgs, RedisArgs
from components.tiers.component import Tiers
from q2o_infra import versions
from q2o_infra.naming import physical_name
from q2o_infra.phases.ground import cluster_name
from q2o_infra.region import RegionFacts
from q2o_infra.vocabulary import Tier


def create_recovery(facts: RegionFacts, opts: ResourceOptions) -> AwsRecovery:
    """Register the place for backups."""
    settings, location = facts.settings, facts.recovery.name
    return AwsRecovery(
        "recovery",
        RecoveryArgs(
            account_id=settings.account_id,
            adopt_key_id=settings.recovery.adopt,
            # The location is part of it: another recovery location is another bucket, beside the one that is kept.
            bucket_name=physical_name("bucket", facts.stack, "recovery", location, settings.account_id),
            deletion_protection=settings.deletion_protection,
            home=facts.location.name,
            key_name=physical_name("key-alias", facts.stack, "recovery"),
            location=location,
            retention_days=settings.recovery.retention_days,
        ),
        opts,
    )


def create_redis_backups(
    facts: RegionFacts, cluster: KubernetesCluster, recovery: Recovery, opts: ResourceOptions
) -> BackupArgs:
    """Register who may back Redis up, and return where to and how often."""
    identity = WorkloadIdentity(
        "redis-backup",
        WorkloadIdentityArgs(
            cluster_name=cluster.cluster_name,
            namespace=DATA_NAMESPACE,
            physical_cluster_name=cluster_name(facts),
            role=BACKUP_SERVICE_ACCOUNT,
            service_account=BACKUP_SERVICE_ACCOUNT,
            statements=backup_statements(bucket_arn=recovery.bucket_arn, key_arn=recovery.key_arn, stack=facts.stack),
        ),
        opts,
    )
    return BackupArgs(
        bucket_name=recovery.bucket_name,
        identity=identity.association,
        interval_minutes=facts.settings.redis.backup_interval_minutes,
        location=facts.recovery.name,
        stack=facts.stack,
    )


def create_redis(
    facts: RegionFacts,
    cluster: KubernetesCluster,
    controllers: Controllers,
    tiers: Tiers,
    opts: ResourceOptions,
    *,
    backups: BackupArgs | None,
) -> Redis:
    """Register the Redis Cluster."""
    given = facts.settings.redis
    return Redis(
        "redis",
        RedisArgs(
            backups=backups,
            certificates=controllers.certificates,
            cluster_resource=cluster.resource,
            cpu_millicores=given.cpu_millicores,
            deletion_protection=facts.settings.deletion_protection,
            images=ImageArgs(
                backup=versions.RCLONE_IMAGE, exporter=versions.REDIS_EXPORTER_IMAGE, server=versions.VALKEY_IMAGE
            ),
            kubernetes_minor=versions.KUBERNETES_MINOR,
            memory_mib=given.memory_mib,
            node_timeout_milliseconds=given.node_timeout_milliseconds,
            priority_class=tiers.priority_classes[Tier.DATA.value],
            recovery_seconds=facts.contract.recovery_seconds,
            storage=controllers.storage,
            storage_class=controllers.storage_class,
            storage_gib=given.storage_gib,
            zone_label=ZONE_ID_LABEL,
            zones=facts.location.zones,
        ),
        opts,
    )

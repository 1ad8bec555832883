"""Data services."""

from __future__ import annotations

from pulumi import ResourceOptions

from components.base.vocabulary import Tier
from components.cluster.contract import KubernetesCluster
from components.controllers.contract import Controllers
from components.redis.component import Redis
from components.redis.contract import BackupArgs, ImageArgs, RedisArgs
from components.tiers.component import Tiers
from q2o_infra import versions
from q2o_infra.region import RegionFacts


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
            zone_label=facts.location.zone_label,
            zones=facts.location.zones,
        ),
        opts,
    )

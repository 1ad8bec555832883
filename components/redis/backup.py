"""The backups: one pod at each interval reads all shards and sends them to the bucket in the recovery location."""

from __future__ import annotations

from pulumi import Input
from pulumi_kubernetes.batch.v1 import CronJobSpecArgs, JobSpecArgs, JobTemplateSpecArgs
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    EmptyDirVolumeSourceArgs,
    EnvVarArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    VolumeArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base.pods import ContainerResources
from components.namespaces.contract import restricted_container, restricted_pod
from components.redis.contract import BACKUP_PREFIX, BackupArgs, RedisArgs
from components.redis.environment import (
    DATA,
    FOLDERS,
    RUN,
    SECRETS,
    SETTINGS,
    TLS,
    folder_variables,
    mounts,
    requirements,
    script_path,
    volumes,
)
from components.redis.labels import backup_labels
from components.redis.scripts import SHELL
from components.redis.sizes import backup_schedule
from components.redis.statefulset import TLS_SECRET, USER_ID
from components.redis.topology import ZONES

_READER = ContainerResources(cpu_millicores=50, memory_mib=64)
_SENDER = ContainerResources(cpu_millicores=50, memory_mib=256)
_DEADLINE_SECONDS = 1800
# It is told to look at nothing that is there: whoever backs up may write only. The bucket encrypts.
_SEND = """\
set -eu
to="$BACKUP_FOLDER/$(date -u +%Y-%m-%dT%H-%M-%SZ)"
rclone copy --config /dev/null --no-check-dest --include 'shard-*.rdb' "$Q2O_REDIS_DATA" \
    "$BACKUP_REMOTE:$BACKUP_BUCKET/$to"
echo "sent $to"
"""


def backup_spec(
    args: RedisArgs, backups: BackupArgs, *, settings: Input[str], users: Input[str], service_account: Input[str]
) -> CronJobSpecArgs:
    """Return the backups' schedule and pod. It runs on the elastic pool: it holds nothing that must stay."""
    return CronJobSpecArgs(
        # One that lasts longer than the interval is not joined by another, which would fork the replica once more.
        concurrency_policy="Forbid",
        failed_jobs_history_limit=2,
        schedule=backup_schedule(backups.interval_minutes),
        starting_deadline_seconds=120,
        successful_jobs_history_limit=1,
        job_template=JobTemplateSpecArgs(
            metadata=ObjectMetaArgs(labels=backup_labels()),
            spec=JobSpecArgs(
                active_deadline_seconds=_DEADLINE_SECONDS,
                backoff_limit=2,
                template=PodTemplateSpecArgs(
                    metadata=ObjectMetaArgs(labels={**backup_labels(), **backups.pod_labels}),
                    spec=PodSpecArgs(
                        automount_service_account_token=False,
                        containers=[_sender(args, backups)],
                        enable_service_links=False,
                        init_containers=[_reader(args)],
                        restart_policy="Never",
                        security_context=restricted_pod(user_id=USER_ID, volumes_group=USER_ID),
                        service_account_name=service_account,
                        volumes=[
                            *volumes(settings=settings, tls=TLS_SECRET, users=users),
                            VolumeArgs(
                                name=DATA,
                                empty_dir=EmptyDirVolumeSourceArgs(size_limit=f"{ZONES * args.memory_mib}Mi"),
                            ),
                        ],
                    ),
                ),
            ),
        ),
    )


def _reader(args: RedisArgs) -> ContainerArgs:
    return ContainerArgs(
        name="read",
        command=[SHELL, script_path("backup")],
        env=[
            *folder_variables(),
            EnvVarArgs(name="Q2O_REDIS_ADDRESS", value="none"),
            EnvVarArgs(name="Q2O_REDIS_NAME", value="backup"),
        ],
        image=args.images.server,
        image_pull_policy="IfNotPresent",
        resources=requirements(_READER),
        security_context=restricted_container(),
        volume_mounts=mounts(DATA, RUN, SETTINGS, SECRETS, TLS),
    )


def _sender(args: RedisArgs, backups: BackupArgs) -> ContainerArgs:
    return ContainerArgs(
        name="send",
        command=[SHELL, "-c", _SEND],
        env=[
            EnvVarArgs(name="BACKUP_BUCKET", value=backups.bucket_name),
            EnvVarArgs(name="BACKUP_FOLDER", value=f"{BACKUP_PREFIX}/{backups.stack}"),
            EnvVarArgs(name="BACKUP_REMOTE", value=backups.remote),
            EnvVarArgs(name="Q2O_REDIS_DATA", value=FOLDERS[DATA]),
        ],
        image=args.images.backup,
        image_pull_policy="IfNotPresent",
        resources=requirements(_SENDER),
        security_context=restricted_container(),
        volume_mounts=mounts(DATA),
    )

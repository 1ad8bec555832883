"""The pods of one zone: a server, its keeper and its exporter, and how they come and go."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Input
from pulumi_kubernetes.apps.v1 import (
    StatefulSetPersistentVolumeClaimRetentionPolicyArgs,
    StatefulSetSpecArgs,
    StatefulSetUpdateStrategyArgs,
)
from pulumi_kubernetes.core.v1 import (
    AffinityArgs,
    ContainerArgs,
    ContainerPortArgs,
    EnvVarArgs,
    EnvVarSourceArgs,
    ExecActionArgs,
    LifecycleArgs,
    LifecycleHandlerArgs,
    NodeAffinityArgs,
    NodeSelectorArgs,
    NodeSelectorRequirementArgs,
    NodeSelectorTermArgs,
    PersistentVolumeClaimArgs,
    PersistentVolumeClaimSpecArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ProbeArgs,
    SecretKeySelectorArgs,
    TolerationArgs,
    VolumeResourceRequirementsArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from components.base.pods import ContainerResources, system_node_selector, system_tolerations
from components.namespaces.contract import restricted_container, restricted_pod
from components.redis.config import AclUser
from components.redis.contract import (
    BUS_PORT,
    EXPORTER_PORT,
    NODES_DOMAIN,
    NODES_SERVICE,
    PORT,
    RedisArgs,
)
from components.redis.environment import (
    DATA,
    FOLDERS,
    RUN,
    SECRETS,
    SETTINGS,
    TLS,
    folder_variables,
    mounts,
    place_variables,
    requirements,
    script_path,
    volumes,
)
from components.redis.labels import set_labels, set_selector
from components.redis.scripts import SHELL
from components.redis.topology import NODES_IN_A_ZONE

USER_ID = 999
"""User `valkey` of the server's image."""
TLS_SECRET = "redis-tls"  # noqa: S105 # the name of a Secret
SETTINGS_ANNOTATION = "q2o.dev/settings"
"""A server reads its configuration at its start, so another one starts the pods anew."""

KEEPER = ContainerResources(cpu_millicores=20, memory_mib=32)
EXPORTER = ContainerResources(cpu_millicores=10, memory_mib=48)

HAND_OVER_SECONDS = 45
"""Longest wait for a replica to take over before the server stops. Most of it is for a replica that has just started
and still loads; a replica in sync takes less than a second."""
_SHUTDOWN_SECONDS = 15
GRACE_SECONDS = HAND_OVER_SECONDS + 2 * _SHUTDOWN_SECONDS
"""Time from a pod's deletion until it is killed: the hand-over, and a shutdown that waits for its replica."""
# A log of some GiB takes minutes to load.
_LOADING_SECONDS = 600


def stateful_set_spec(
    args: RedisArgs,
    *,
    zone: str,
    service_account: Input[str],
    settings: Input[str],
    settings_revision: str,
    users: Input[str],
) -> StatefulSetSpecArgs:
    """Return the StatefulSet of `zone`.

    All of its pods start at once: a node may need another one of its zone to become ready. Updates go one by one.
    """
    return StatefulSetSpecArgs(
        # Claims stay whatever happens to the StatefulSet; they go with the namespace.
        persistent_volume_claim_retention_policy=StatefulSetPersistentVolumeClaimRetentionPolicyArgs(
            when_deleted="Retain", when_scaled="Retain"
        ),
        pod_management_policy="Parallel",
        replicas=NODES_IN_A_ZONE,
        selector=LabelSelectorArgs(match_labels=set_selector(zone)),
        service_name=NODES_SERVICE,
        template=PodTemplateSpecArgs(
            metadata=ObjectMetaArgs(annotations={SETTINGS_ANNOTATION: settings_revision}, labels=set_labels(zone)),
            spec=PodSpecArgs(
                affinity=_in_zone(args.zone_label, zone),
                automount_service_account_token=False,
                containers=[_server(args), _keeper(args), _exporter(args, users)],
                enable_service_links=False,
                node_selector=system_node_selector(),
                priority_class_name=args.priority_class,
                security_context=restricted_pod(user_id=USER_ID, volumes_group=USER_ID),
                service_account_name=service_account,
                termination_grace_period_seconds=GRACE_SECONDS,
                tolerations=[_toleration(row) for row in system_tolerations()],
                volumes=volumes(settings=settings, tls=TLS_SECRET, users=users),
            ),
        ),
        update_strategy=StatefulSetUpdateStrategyArgs(type="RollingUpdate"),
        volume_claim_templates=[
            PersistentVolumeClaimArgs(
                # The API server fills these in; naming them keeps the next preview empty.
                api_version="v1",
                kind="PersistentVolumeClaim",
                metadata=ObjectMetaArgs(name=DATA),
                spec=PersistentVolumeClaimSpecArgs(
                    access_modes=["ReadWriteOnce"],
                    resources=VolumeResourceRequirementsArgs(requests={"storage": f"{args.storage_gib}Gi"}),
                    storage_class_name=args.storage_class,
                    volume_mode="Filesystem",
                ),
            )
        ],
    )


def server_resources(args: RedisArgs) -> ContainerResources:
    """Return what a server asks for; its memory is its limit, so that none lives on what another was promised."""
    return ContainerResources(cpu_millicores=args.cpu_millicores, memory_mib=args.memory_mib)


def _server(args: RedisArgs) -> ContainerArgs:
    return ContainerArgs(
        name="server",
        command=[SHELL, script_path("start")],
        env=[
            *folder_variables(),
            *place_variables(),
            EnvVarArgs(name="Q2O_REDIS_HAND_OVER_SECONDS", value=str(HAND_OVER_SECONDS)),
        ],
        image=args.images.server,
        image_pull_policy="IfNotPresent",
        lifecycle=LifecycleArgs(pre_stop=LifecycleHandlerArgs(exec_=_run("pre-stop"))),
        liveness_probe=_probe("alive", period_seconds=5, failures=6),
        ports=[
            ContainerPortArgs(name="redis", container_port=PORT),
            ContainerPortArgs(name="bus", container_port=BUS_PORT),
        ],
        readiness_probe=_probe("ready", period_seconds=5, failures=2, delay_seconds=5),
        resources=requirements(server_resources(args)),
        security_context=restricted_container(),
        startup_probe=_probe("started", period_seconds=2, failures=_LOADING_SECONDS // 2),
        volume_mounts=mounts(DATA, RUN, SETTINGS, SECRETS, TLS),
    )


def _keeper(args: RedisArgs) -> ContainerArgs:
    return ContainerArgs(
        name="keeper",
        command=[SHELL, script_path("keeper")],
        env=[*folder_variables(), *place_variables()],
        image=args.images.server,
        image_pull_policy="IfNotPresent",
        resources=requirements(KEEPER),
        security_context=restricted_container(),
        volume_mounts=mounts(RUN, SETTINGS, SECRETS, TLS),
    )


def _exporter(args: RedisArgs, users: Input[str]) -> ContainerArgs:
    password = SecretKeySelectorArgs(name=users, key=AclUser.EXPORTER.value)
    return ContainerArgs(
        name="exporter",
        env=[
            *place_variables(),
            # By its name, which the certificate carries.
            EnvVarArgs(name="REDIS_ADDR", value=f"rediss://$(Q2O_REDIS_NAME).{NODES_DOMAIN}:{PORT}"),
            # The configuration would show the password of the replicas.
            EnvVarArgs(name="REDIS_EXPORTER_CONFIG_COMMAND", value="-"),
            EnvVarArgs(name="REDIS_EXPORTER_TLS_CA_CERT_FILE", value=f"{FOLDERS[TLS]}/ca.crt"),
            EnvVarArgs(name="REDIS_PASSWORD", value_from=EnvVarSourceArgs(secret_key_ref=password)),
            EnvVarArgs(name="REDIS_USER", value=AclUser.EXPORTER.value),
        ],
        image=args.images.exporter,
        image_pull_policy="IfNotPresent",
        ports=[ContainerPortArgs(name="metrics", container_port=EXPORTER_PORT)],
        resources=requirements(EXPORTER),
        security_context=restricted_container(),
        volume_mounts=mounts(TLS),
    )


def _toleration(row: Mapping[str, str]) -> TolerationArgs:
    return TolerationArgs(effect=row["effect"], key=row["key"], operator=row["operator"], value=row["value"])


def _run(name: str, *words: str) -> ExecActionArgs:
    return ExecActionArgs(command=[SHELL, script_path(name), *words])


def _probe(question: str, *, period_seconds: int, failures: int, delay_seconds: int | None = None) -> ProbeArgs:
    return ProbeArgs(
        exec_=_run("probe", question),
        failure_threshold=failures,
        initial_delay_seconds=delay_seconds,
        period_seconds=period_seconds,
        timeout_seconds=5,
    )


def _in_zone(label: str, zone: str) -> AffinityArgs:
    requirement = NodeSelectorRequirementArgs(key=label, operator="In", values=[zone])
    return AffinityArgs(
        node_affinity=NodeAffinityArgs(
            required_during_scheduling_ignored_during_execution=NodeSelectorArgs(
                node_selector_terms=[NodeSelectorTermArgs(match_expressions=[requirement])]
            )
        )
    )

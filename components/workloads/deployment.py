"""What a pod of a workload looks like and how its Deployment rolls.

There is no replica count here: the autoscaler owns it from birth. Declaring one would fight the autoscaler, and
dropping it later would reset the workload to one pod.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Input
from pulumi_kubernetes.apps.v1 import (
    DeploymentSpecArgs,
    DeploymentStrategyArgs,
    RollingUpdateDeploymentArgs,
)
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    EmptyDirVolumeSourceArgs,
    EnvVarArgs,
    EnvVarSourceArgs,
    LifecycleArgs,
    LifecycleHandlerArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ResourceRequirementsArgs,
    SecretKeySelectorArgs,
    ServicePortArgs,
    ServiceSpecArgs,
    SleepActionArgs,
    TolerationArgs,
    TopologySpreadConstraintArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from components.base.vocabulary import Region
from components.namespaces.contract import restricted_container, restricted_pod
from components.workloads import redis
from components.workloads.contract import PORT
from components.workloads.health import (
    LIVENESS,
    PORT_NAME,
    PRE_STOP_SECONDS,
    READINESS,
    STARTUP,
    grace_seconds,
)
from components.workloads.rules import MAX_SURGE_PERCENT
from components.workloads.workload import CREDENTIAL_KEY, Workload

REVISION_ANNOTATION = "q2o.dev/credentials-revision"

# A pod must stay ready this long before a rollout counts on it; catches what starts well and dies at once.
_MIN_READY_SECONDS = 10
_REVISIONS_KEPT = 5
# Kubernetes waits 300 s before it replaces the pods of a node that has gone silent (DefaultTolerationSeconds). These
# pods keep nothing on their node, so a short blip is all that needs waiting out.
_NODE_SILENCE_SECONDS = 15
# The one place that a pod may write to, on its node's disk.
_SCRATCH = "tmp"
_SCRATCH_MIB = 256


def deployment_spec(
    workload: Workload,
    *,
    credentials_revision: int,
    priority_class_name: Input[str],
    reaches_redis: bool,
    region: Region,
    service_account_name: Input[str],
) -> DeploymentSpecArgs:
    """Return the Deployment of `workload`; the revision in its annotation is what restarts pods for new credentials."""
    return DeploymentSpecArgs(
        min_ready_seconds=_MIN_READY_SECONDS,
        revision_history_limit=_REVISIONS_KEPT,
        selector=LabelSelectorArgs(match_labels=workload.selector),
        strategy=DeploymentStrategyArgs(
            type="RollingUpdate",
            rolling_update=RollingUpdateDeploymentArgs(max_surge=f"{MAX_SURGE_PERCENT}%", max_unavailable=0),
        ),
        template=PodTemplateSpecArgs(
            metadata=ObjectMetaArgs(
                annotations={REVISION_ANNOTATION: str(credentials_revision)}, labels=workload.pod_labels
            ),
            spec=PodSpecArgs(
                automount_service_account_token=False,
                containers=[_container(workload, region, reaches_redis=reaches_redis)],
                enable_service_links=False,
                priority_class_name=priority_class_name,
                security_context=restricted_pod(),
                service_account_name=service_account_name,
                termination_grace_period_seconds=grace_seconds(drain_seconds=workload.drain_seconds),
                tolerations=[_node_silence("not-ready"), _node_silence("unreachable")],
                topology_spread_constraints=[_zone_spread(workload)],
                volumes=[
                    VolumeArgs(name=_SCRATCH, empty_dir=EmptyDirVolumeSourceArgs(size_limit=f"{_SCRATCH_MIB}Mi")),
                    *([redis.authority_volume()] if reaches_redis else []),
                ],
            ),
        ),
    )


def service_spec(workload: Workload, *, selector: Mapping[str, Input[str]]) -> ServiceSpecArgs:
    """Return the Service of `workload`, on the port that pods listen on, in front of the pods that `selector` finds."""
    return ServiceSpecArgs(
        cluster_ip="None" if workload.headless else None,
        ports=[ServicePortArgs(name=PORT_NAME, port=PORT, protocol="TCP", target_port=PORT_NAME)],
        selector=dict(selector),
        type="ClusterIP",
    )


def _container(workload: Workload, region: Region, *, reaches_redis: bool) -> ContainerArgs:
    memory = f"{workload.service.memory_mib}Mi"
    environment = {
        "Q2O_DRAIN_SECONDS": str(workload.drain_seconds),
        "Q2O_PORT": str(PORT),
        "Q2O_REGION": region.value,
        **workload.environment,
    }
    return ContainerArgs(
        name=workload.tier.value,
        image=workload.service.image,
        image_pull_policy="IfNotPresent",
        env=[
            *(EnvVarArgs(name=name, value=value) for name, value in sorted(environment.items())),
            *(
                EnvVarArgs(
                    name=name,
                    value_from=EnvVarSourceArgs(secret_key_ref=SecretKeySelectorArgs(name=secret, key=CREDENTIAL_KEY)),
                )
                for name, secret in sorted(workload.secrets.items())
            ),
        ],
        env_from=[redis.variables()] if reaches_redis else None,
        lifecycle=LifecycleArgs(pre_stop=LifecycleHandlerArgs(sleep=SleepActionArgs(seconds=PRE_STOP_SECONDS))),
        liveness_probe=LIVENESS.args(),
        ports=[ContainerPortArgs(name=PORT_NAME, container_port=PORT)],
        readiness_probe=READINESS.args(),
        # No CPU limit: it would throttle a pod that its node could serve, while requests already share the CPU fairly.
        # Memory cannot be taken back, so its limit is its request and no pod lives on what another was promised.
        resources=ResourceRequirementsArgs(
            limits={"memory": memory}, requests={"cpu": f"{workload.service.cpu_millicores}m", "memory": memory}
        ),
        security_context=restricted_container(),
        startup_probe=STARTUP.args(),
        volume_mounts=[
            VolumeMountArgs(name=_SCRATCH, mount_path=f"/{_SCRATCH}"),
            *([redis.authority_mount()] if reaches_redis else []),
        ],
    )


def _node_silence(condition: str) -> TolerationArgs:
    return TolerationArgs(
        key=f"node.kubernetes.io/{condition}",
        operator="Exists",
        effect="NoExecute",
        toleration_seconds=_NODE_SILENCE_SECONDS,
    )


def _zone_spread(workload: Workload) -> TopologySpreadConstraintArgs:
    """Return an even spread over zones, counted per revision so that a rollout is spread like a new start.

    A must: a wish is dropped by the scheduler when the first zone's node is ready before the others'.
    Nodes that a pod does not tolerate still count as a zone (the default), so the system nodes show all zones from
    the start. The price: while a zone is lost, no more pods than survivors plus one are placed beside them, so the
    autoscaler's target leaves room (`cpu_target_percent`).

    No wish for a node each beside it: Karpenter takes a wish for a must while it can buy another node, and would buy
    one for every pod of the largest workload (kubernetes-sigs/karpenter, `scheduling/topologygroup.go`).
    """
    return TopologySpreadConstraintArgs(
        label_selector=LabelSelectorArgs(match_labels=workload.selector),
        match_label_keys=["pod-template-hash"],
        max_skew=1,
        topology_key="topology.kubernetes.io/zone",
        when_unsatisfiable="DoNotSchedule",
    )

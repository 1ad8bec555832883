"""The guard as objects in the cluster: a job every quarter of an hour, its numbers, its rights.

It runs on the system pool: a job that held an elastic node back would cost what it is there to save.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from pulumi import Input
from pulumi_kubernetes.batch.v1 import CronJobSpecArgs, JobSpecArgs, JobTemplateSpecArgs
from pulumi_kubernetes.core.v1 import (
    ConfigMapEnvSourceArgs,
    ConfigMapVolumeSourceArgs,
    ContainerArgs,
    EmptyDirVolumeSourceArgs,
    EnvFromSourceArgs,
    EnvVarArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ResourceRequirementsArgs,
    TolerationArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import IPBlockArgs, NetworkPolicyPeerArgs
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs

from components.base.labels import object_labels
from components.base.pods import ELASTIC_POOL, ContainerResources, system_node_selector, system_tolerations
from components.base.vocabulary import Cloud
from components.budget.contract import BudgetArgs
from components.namespaces.contract import (
    HTTPS_PORT,
    Openings,
    default_deny,
    egress,
    restricted_container,
    restricted_pod,
    to_dns,
    to_the_internet,
)

GUARD = "budget-guard"
"""Name of the job, its service account, its numbers and its rights."""
SCHEDULE = "*/15 * * * *"
"""Budgets learns of costs two or three times a day; a quarter of an hour repairs what somebody changed by hand."""
SCRIPT = "guard.sh"
NUMBERS = "budget-guard-numbers"

_DIFFERENT = {
    Cloud.AWS: ("cloud_aws.sh", "pool_karpenter.sh"),
    Cloud.AZURE: ("cloud_azure.sh", "pool_karpenter.sh"),
    Cloud.GCP: ("cloud_gcp.sh",),
}
"""How a cloud is asked for its bill, and how its elastic pools are bounded."""
_FOLDER = "/guard"
_SCRATCH = "/tmp"  # noqa: S108  an empty folder of the pod's own
_CREDENTIALS = "/var/run/secrets/kubernetes.io/serviceaccount"
_RESOURCES = ContainerResources(cpu_millicores=50, memory_mib=192)
_DEADLINE_SECONDS = 120


def labels(name: str = GUARD) -> dict[str, str]:
    """Return the labels of an object of the guard."""
    return object_labels(component="budget", instance=name)


def script(cloud: Cloud) -> str:
    """Return the guard of a cloud; POSIX, for `sh`: the files that define what differs, and the one that decides."""
    folder = files("components.budget")
    return "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in (*_DIFFERENT[cloud], SCRIPT))


def numbers(args: BudgetArgs, *, account_id: str) -> dict[str, str]:
    """Return what the guard decides by."""
    return {
        "ACCOUNT_ID": account_id,
        "BUDGET_NAME": args.budget_name,
        "NODES_REDUCED": str(args.nodes_reduced),
        "NODES_USUAL": str(args.nodes_usual),
        "NODE_POOL": ELASTIC_POOL,
        "REDUCE_AT_FORECAST_PERCENT": str(args.reduce_at_forecast_percent),
        "REDUCE_AT_PERCENT": str(args.reduce_at_percent),
    }


def rights() -> list[PolicyRuleArgs]:
    """Return all that the guard may do in the cluster: read and change one pool. A pool lives in no namespace."""
    return [
        PolicyRuleArgs(
            api_groups=["karpenter.sh"], resource_names=[ELASTIC_POOL], resources=["nodepools"], verbs=["get", "patch"]
        )
    ]


def openings(args: BudgetArgs) -> Openings:
    """Return whom the guard may reach: names, its credentials, the cluster's API and the cloud's."""
    cluster = [NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=str(block))) for block in args.kubernetes_addresses]
    identity = {}
    if source := args.credential_source:
        identity["to-identity"] = egress([NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=source.cidr))], source.port)
    return {
        "default-deny": default_deny(),
        "to-cloud": to_the_internet(),
        "to-dns": to_dns(),
        "to-kubernetes": egress(cluster, HTTPS_PORT),
        **identity,
    }


def guard_spec(args: BudgetArgs, *, numbers_name: Input[str], script_name: Input[str]) -> CronJobSpecArgs:
    """Return the schedule and the pod. A run that failed is not tried again: the next one looks at the same."""
    return CronJobSpecArgs(
        concurrency_policy="Forbid",
        failed_jobs_history_limit=3,
        schedule=SCHEDULE,
        starting_deadline_seconds=300,
        successful_jobs_history_limit=1,
        time_zone="Etc/UTC",
        job_template=JobTemplateSpecArgs(
            metadata=ObjectMetaArgs(labels=labels()),
            spec=JobSpecArgs(
                active_deadline_seconds=_DEADLINE_SECONDS,
                backoff_limit=0,
                template=PodTemplateSpecArgs(
                    metadata=ObjectMetaArgs(labels={**labels(), **args.pod_labels}),
                    spec=PodSpecArgs(
                        containers=[_container(args, numbers_name=numbers_name)],
                        enable_service_links=False,
                        node_selector=system_node_selector(),
                        restart_policy="Never",
                        security_context=restricted_pod(),
                        service_account_name=GUARD,
                        tolerations=[_toleration(row) for row in system_tolerations()],
                        volumes=[
                            VolumeArgs(
                                name="guard", config_map=ConfigMapVolumeSourceArgs(default_mode=0o444, name=script_name)
                            ),
                            VolumeArgs(name="scratch", empty_dir=EmptyDirVolumeSourceArgs(size_limit="16Mi")),
                        ],
                    ),
                ),
            ),
        ),
    )


def _toleration(row: Mapping[str, str]) -> TolerationArgs:
    return TolerationArgs(effect=row["effect"], key=row["key"], operator=row["operator"], value=row["value"])


def _requirements(resources: ContainerResources) -> ResourceRequirementsArgs:
    found = resources.rendered()
    return ResourceRequirementsArgs(limits=found["limits"], requests=found["requests"])


def _container(args: BudgetArgs, *, numbers_name: Input[str]) -> ContainerArgs:
    return ContainerArgs(
        name="guard",
        command=["/bin/sh", f"{_FOLDER}/{SCRIPT}"],
        env=[
            EnvVarArgs(name="CREDENTIALS", value=_CREDENTIALS),
            # The command line keeps a cache at home.
            EnvVarArgs(name="HOME", value=_SCRATCH),
            EnvVarArgs(name="KUBERNETES_API", value="https://kubernetes.default.svc"),
        ],
        env_from=[EnvFromSourceArgs(config_map_ref=ConfigMapEnvSourceArgs(name=numbers_name))],
        image=args.image,
        image_pull_policy="IfNotPresent",
        resources=_requirements(_RESOURCES),
        security_context=restricted_container(),
        volume_mounts=[
            VolumeMountArgs(mount_path=_FOLDER, name="guard", read_only=True),
            VolumeMountArgs(mount_path=_SCRATCH, name="scratch"),
        ],
    )

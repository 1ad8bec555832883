"""Every component class of the project, and one of each under any name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any, get_origin

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pulumi_random as random
from pulumi import ComponentResource, Output, ProviderResource, ResourceOptions

import components
from clouds.aws.machines import AWS_INSTANCE_TYPES
from clouds.locations import LOCATIONS
from clouds.machines import INSTANCE_TYPES
from components.base.vocabulary import AgentKind, Cloud, NatMode, Region
from components.budget.aws import AwsBudget, AwsBudgetArgs
from components.budget.azure import AzureBudget
from components.charts.contract import ChartSource
from components.cluster.aws import EksCluster
from components.cluster.aws_contract import POD_IDENTITY, WorkloadIdentity, WorkloadIdentityArgs
from components.cluster.azure import AksCluster
from components.cluster.azure_contract import Right, Role
from components.cluster.azure_contract import WorkloadIdentity as AzureWorkloadIdentity
from components.cluster.azure_contract import WorkloadIdentityArgs as AzureWorkloadIdentityArgs
from components.cluster.contract import ClusterArgs, SystemPoolArgs
from components.controllers.aws import EksControllers, EksControllersArgs
from components.controllers.azure import CHARTS as AZURE_CONTROLLER_CHARTS
from components.controllers.azure import AksControllers, AksControllersArgs
from components.controllers.contract import ElasticPoolArgs
from components.controllers.values import CHARTS as CONTROLLER_CHARTS
from components.edge.aws import AwsEdge, AwsEdgeArgs
from components.edge.azure import AzureEdge
from components.edge.values import CHARTS as EDGE_CHARTS
from components.network.addresses import SERVICE_ADDRESSES, plan_addresses
from components.network.aws import AwsNetwork
from components.network.azure import AzureNetwork
from components.network.contract import NetworkArgs
from components.observability.component import EvidenceRecorder
from components.observability.contract import CHARTS as RECORDER_CHARTS
from components.observability.contract import EvidenceRecorderArgs, Images, PodMetrics
from components.recovery.aws import AwsRecovery
from components.recovery.azure import AzureRecovery
from components.recovery.contract import RecoveryArgs
from components.redis.aws import backup_remote
from components.redis.component import Redis
from components.redis.contract import BackupArgs, ImageArgs, RedisArgs
from components.tiers.component import Tiers
from components.tiers.contract import TiersArgs
from components.workloads.component import Workloads
from components.workloads.contract import AgentArgs, ApiArgs, WorkloadsArgs
from q2o_infra import versions
from q2o_infra.locations import REGIONS
from q2o_infra.phases.machines import elastic_machines
from q2o_infra.settings import RedisSettings
from tests.support import azure as on_azure

HERE = LOCATIONS[Cloud.AWS, "us-east-1"]
IMAGE = "registry.example/q2o/app@sha256:" + "0123456789abcdef" * 4
TAGS = {"q2o-stack": "us-east"}


ELSEWHERE = ("azure", "gcp")
"""Beginnings of modules of other clouds, whose components tests of their own make."""


def component_classes() -> set[type[ComponentResource]]:
    """Return every component class under `components` that a region on AWS is made of."""
    found = set()
    for module in pkgutil.walk_packages(components.__path__, "components."):
        if module.name.rpartition(".")[2].startswith(ELSEWHERE):
            continue
        for _, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(member, ComponentResource) and member.__module__.startswith("components."):
                found.add(member)
    return found


def build_one_of_each_on_azure(prefix: str) -> list[ComponentResource]:
    """Make each component that is Azure's own once, named after `prefix`; meant for the inside of a program."""
    here = LOCATIONS[Cloud.AZURE, "eastus2"]
    cloud = on_azure.provider(f"{prefix}-azure")
    network = AzureNetwork(
        f"{prefix}-azure-network",
        on_azure.network_args(prefix, flow_log_retention_days=30),
        ResourceOptions(provider=cloud),
    )
    cluster = AksCluster(
        f"{prefix}-azure-cluster", on_azure.cluster_args(network, prefix), ResourceOptions(provider=cloud)
    )
    inside = kubernetes.Provider(
        f"{prefix}-azure-inside", cluster_identifier=cluster.cluster_identifier, kubeconfig=cluster.kubeconfig
    )
    both = ResourceOptions(providers=[cloud, inside])
    controllers = AksControllers(
        f"{prefix}-azure-controllers",
        AksControllersArgs(
            charts=_charts(*AZURE_CONTROLLER_CHARTS),
            cluster=cluster,
            cluster_name=f"q2o-{prefix}",
            elastic_pool=ElasticPoolArgs(instance_types=elastic_machines(Cloud.AZURE, here.name), nodes_maximum=97),
            location=here.name,
            network_id=network.network_id,
            private_subnet_ids=network.private_subnet_ids,
            tags=TAGS,
            zones=here.zones,
        ),
        both,
    )
    identity = AzureWorkloadIdentity(
        f"{prefix}-azure-identity",
        AzureWorkloadIdentityArgs(
            issuer=cluster.oidc_issuer,
            location=here.name,
            namespace="kube-system",
            physical_cluster_name=f"q2o-{prefix}",
            resource_group_name=network.resource_group_name,
            rights={"zone": Right(role=Role.DNS_ZONE_CONTRIBUTOR, scope=network.network_id)},
            role="test",
            service_account="test",
            subscription_id=on_azure.SUBSCRIPTION,
            tags=TAGS,
        ),
        ResourceOptions(provider=cloud),
    )
    return [
        network,
        cluster,
        controllers,
        identity,
        AzureEdge(
            f"{prefix}-azure-edge", on_azure.edge_args(prefix, network, cluster, controllers.certificates, IMAGE), both
        ),
        AzureBudget(
            f"{prefix}-azure-budget",
            on_azure.budget_args(prefix, network, cluster, controllers.elastic_pool, IMAGE),
            both,
        ),
        AzureRecovery(
            f"{prefix}-azure-recovery",
            on_azure.recovery_args(prefix),
            ResourceOptions(provider=on_azure.provider(f"{prefix}-azure-elsewhere", "centralus")),
        ),
    ]


def annotated_outputs(component: type[ComponentResource]) -> set[str]:
    """Return the names of the outputs that a component class declares."""
    return {
        name
        for base in component.__mro__
        if base.__module__.startswith("components.")
        for name, hint in inspect.get_annotations(base, eval_str=True).items()
        if _origin(hint) is Output
    }


def _origin(hint: object) -> object:
    return get_origin(hint)


def build_one_of_each(prefix: str) -> list[ComponentResource]:
    """Make each component once, named after `prefix`, in a region of its own; meant for the inside of a program."""
    cloud = aws.Provider(f"{prefix}-home", allowed_account_ids=["123456789012"], region=HERE.name)
    network = AwsNetwork(f"{prefix}-network", _network(prefix), ResourceOptions(provider=cloud))
    cluster = EksCluster(f"{prefix}-cluster", _cluster(prefix, network), ResourceOptions(provider=cloud))
    inside = kubernetes.Provider(
        f"{prefix}-inside", cluster_identifier=cluster.cluster_identifier, kubeconfig=cluster.kubeconfig
    )
    controllers = EksControllers(
        f"{prefix}-controllers",
        _controllers(prefix, network, cluster),
        ResourceOptions(providers=[cloud, inside]),
    )
    tiers = Tiers(f"{prefix}-tiers", TiersArgs(cluster_resource=cluster.resource), ResourceOptions(provider=inside))
    secrets: list[ProviderResource] = [inside, random.Provider(f"{prefix}-secrets")]
    edge = AwsEdge(
        f"{prefix}-edge",
        _edge(prefix, network, cluster, controllers, tiers),
        ResourceOptions(providers=[cloud, inside]),
    )
    workloads = Workloads(
        f"{prefix}-workloads", _workloads(cluster, controllers, tiers), ResourceOptions(providers=secrets)
    )
    identity = WorkloadIdentity(f"{prefix}-identity", _identity(prefix, cluster), ResourceOptions(provider=cloud))
    redis = Redis(f"{prefix}-redis", _redis(cluster, controllers, tiers, identity), ResourceOptions(providers=secrets))
    recorder = EvidenceRecorder(
        f"{prefix}-recorder", _recorder(cluster, controllers, tiers), ResourceOptions(provider=inside)
    )
    elsewhere = aws.Provider(f"{prefix}-elsewhere", allowed_account_ids=["123456789012"], region="us-west-2")
    budget = AwsBudget(
        f"{prefix}-budget",
        budget_args(prefix, cluster_name=cluster.cluster_name, cluster_resource=cluster.resource, elastic_pool=cluster),
        ResourceOptions(providers=[cloud, inside]),
    )
    recovery = AwsRecovery(f"{prefix}-recovery", recovery_args(prefix), ResourceOptions(provider=elsewhere))
    return [network, cluster, controllers, tiers, recovery, redis, edge, workloads, identity, recorder, budget]


def _network(prefix: str) -> NetworkArgs:
    addresses = next(REGIONS[Region.US_EAST].addresses.subnets(new_prefix=16))
    return NetworkArgs(
        addresses=plan_addresses(where="network.cidr", network=addresses, zones=HERE.zones, nodes=100),
        cluster_name=f"q2o-{prefix}",
        location=HERE.name,
        nat=NatMode.PER_ZONE,
        tags=TAGS,
    )


def _cluster(prefix: str, network: AwsNetwork) -> ClusterArgs:
    return ClusterArgs(
        administrators=("arn:aws:iam::123456789012:role/deployer",),
        addon_versions=versions.EKS_ADDONS,
        cluster_name=f"q2o-{prefix}",
        egress=network.egress,
        kubernetes_minor=versions.KUBERNETES_MINOR,
        location=HERE.name,
        network_id=network.network_id,
        node_image=versions.EKS_NODE_IMAGE,
        private_subnet_ids=network.private_subnet_ids,
        service_addresses=SERVICE_ADDRESSES,
        system_pool=SystemPoolArgs(instance_type=INSTANCE_TYPES["r7g.large"], nodes=3),
        tags=TAGS,
    )


def _edge(
    prefix: str, network: AwsNetwork, cluster: EksCluster, controllers: EksControllers, tiers: Tiers
) -> AwsEdgeArgs:
    addresses = _network(prefix).addresses
    return AwsEdgeArgs(
        access_log_retention_days=90,
        account_id="123456789012",
        balancer_addresses=tuple(subnets.public for subnets in addresses.zones),
        charts=_charts(*EDGE_CHARTS),
        cluster=cluster,
        cluster_name=f"q2o-{prefix}",
        connections_maximum=10_000,
        host="api.example.com",
        kubernetes_addresses=(SERVICE_ADDRESSES, addresses.network),
        kubernetes_minor=versions.KUBERNETES_MINOR,
        load_balancing=controllers.load_balancing,
        location=HERE.name,
        network_id=network.network_id,
        node_security_group_id=cluster.node_security_group_id,
        priority_classes=tiers.priority_classes,
        proxy_image=IMAGE,
        public_subnet_ids=network.public_subnet_ids,
        tags=TAGS,
        waf_enabled=True,
        zone_id="Z0EXAMPLE",
        zone_name="example.com",
        zones=3,
    )


def _controllers(prefix: str, network: AwsNetwork, cluster: EksCluster) -> EksControllersArgs:
    return EksControllersArgs(
        charts=_charts(*CONTROLLER_CHARTS),
        cluster=cluster,
        cluster_name=f"q2o-{prefix}",
        elastic_pool=ElasticPoolArgs(instance_types=tuple(AWS_INSTANCE_TYPES.values()), nodes_maximum=97),
        location=HERE.name,
        network_id=network.network_id,
        node_image=versions.EKS_NODE_IMAGE,
        node_security_group_id=cluster.node_security_group_id,
        tags=TAGS,
        zones=HERE.zones,
    )


def _workloads(cluster: EksCluster, controllers: EksControllers, tiers: Tiers) -> WorkloadsArgs:
    size: dict[str, Any] = {"cpu_millicores": 100, "image": IMAGE, "maximum": 20, "memory_mib": 256, "minimum": 2}
    return WorkloadsArgs(
        agents=tuple(AgentArgs(kind=kind, **size) for kind in AgentKind),
        api=ApiArgs(**size),
        cluster_resource=cluster.resource,
        elastic_pool=controllers.elastic_pool,
        kubernetes_minor=versions.KUBERNETES_MINOR,
        llm_api_key="key-of-the-test",
        priority_classes=tiers.priority_classes,
        redundancy=2,
        region=Region.US_EAST,
        zones=3,
    )


def _redis(cluster: EksCluster, controllers: EksControllers, tiers: Tiers, identity: WorkloadIdentity) -> RedisArgs:
    given = RedisSettings()
    return RedisArgs(
        backups=BackupArgs(
            bucket_name="q2o-us-east-recovery",
            credential_source=cluster.credential_source,
            identity=identity.association,
            interval_minutes=given.backup_interval_minutes,
            remote=backup_remote("us-west-2"),
            stack="us-east",
        ),
        certificates=controllers.certificates,
        cluster_resource=cluster.resource,
        cpu_millicores=given.cpu_millicores,
        images=ImageArgs(backup=IMAGE, exporter=IMAGE, server=IMAGE),
        kubernetes_minor=versions.KUBERNETES_MINOR,
        memory_mib=given.memory_mib,
        node_timeout_milliseconds=given.node_timeout_milliseconds,
        priority_class=tiers.priority_classes["data"],
        recovery_seconds=10,
        storage=controllers.storage,
        storage_class=controllers.storage_class,
        storage_gib=given.storage_gib,
        zones=HERE.zones,
    )


def budget_args(prefix: str, **changed: Any) -> AwsBudgetArgs:
    """Return arguments of a budget; `changed` are those that a test is about."""
    given = {
        "account_id": "123456789012",
        "amount_usd_per_month": 800,
        "budget_name": f"q2o-{prefix}",
        "cluster_name": f"q2o-{prefix}",
        "cluster_resource": None,
        "credential_source": POD_IDENTITY,
        "elastic_pool": None,
        "image": IMAGE,
        "kubernetes_addresses": (SERVICE_ADDRESSES, next(REGIONS[Region.US_EAST].addresses.subnets(new_prefix=16))),
        "kubernetes_minor": versions.KUBERNETES_MINOR,
        "nodes_reduced": 4,
        "nodes_usual": 97,
        "physical_cluster_name": f"q2o-{prefix}",
        "recipients": ("platform@example.com",),
        "stack": prefix,
        "topic_name": f"q2o-{prefix}-budget",
    }
    return AwsBudgetArgs(**{**given, **changed})


def recovery_args(prefix: str, **changed: Any) -> RecoveryArgs:
    """Return arguments of a place for backups; `changed` are those that a test is about."""
    given = {
        "account_id": "123456789012",
        "bucket_name": f"q2o-{prefix}-recovery-123456789012",
        "home": HERE.name,
        "key_name": f"q2o-{prefix}-recovery",
        "location": "us-west-2",
    }
    return RecoveryArgs(**{**given, **changed})


def _identity(prefix: str, cluster: EksCluster) -> WorkloadIdentityArgs:
    return WorkloadIdentityArgs(
        cluster_name=cluster.cluster_name,
        managed_policy="arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",
        namespace="kube-system",
        physical_cluster_name=f"q2o-{prefix}",
        role="test",
        service_account="test",
        statements=({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},),
    )


def _recorder(cluster: EksCluster, controllers: EksControllers, tiers: Tiers) -> EvidenceRecorderArgs:
    def pods(port: int) -> PodMetrics:
        return PodMetrics(labels={"app": "a"}, namespace="a", port=port, port_name="metrics")

    return EvidenceRecorderArgs(
        api=pods(8080),
        api_url="http://api.example/health/ready",
        charts=_charts(*RECORDER_CHARTS),
        cluster_addresses=(SERVICE_ADDRESSES,),
        cluster_resource=cluster.resource,
        gateway=pods(19001),
        images=Images(**versions.EVIDENCE_IMAGES),
        kubernetes_minor=versions.KUBERNETES_MINOR,
        labels={"stack": "us-east"},
        priority_class_name=tiers.priority_classes.apply(lambda names: names["api"]),
        prometheus_version=versions.PROMETHEUS,
        public_url="https://api.example/health/ready",
        redis=pods(9121),
        storage_class=controllers.storage_class,
        storage_resource=controllers.storage,
        system_pods=cluster.system_pods,
        workers=(controllers.metrics,),
    )


def _charts(*names: str) -> dict[str, ChartSource]:
    rows = {name: versions.CHARTS[name] for name in names}
    return {
        name: ChartSource(chart=row.chart, repository=row.repository, version=row.version) for name, row in rows.items()
    }

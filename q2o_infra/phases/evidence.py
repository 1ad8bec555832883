"""What is recorded for the gates."""

from __future__ import annotations

from pulumi import Output, ResourceOptions

from components.base.vocabulary import Tier
from components.cluster.contract import KubernetesCluster
from components.controllers.contract import Controllers
from components.edge.contract import METRICS_PORT, METRICS_PORT_NAME, Edge
from components.edge.proxy import PROXY_SELECTOR
from components.observability.component import EvidenceRecorder
from components.observability.contract import CHARTS as RECORDER_CHARTS
from components.observability.contract import EvidenceRecorderArgs, Images, PodMetrics
from components.redis.component import Redis
from components.redis.contract import EXPORTER_PORT
from components.redis.labels import NODE_PODS
from components.tiers.component import Tiers
from components.workloads.component import Workloads
from components.workloads.contract import PORT
from components.workloads.health import PORT_NAME, READINESS
from q2o_infra import versions
from q2o_infra.phases.api_server import api_server_addresses
from q2o_infra.phases.names import charts
from q2o_infra.region import RegionFacts


def create_recorder(
    facts: RegionFacts,
    cluster: KubernetesCluster,
    controllers: Controllers,
    tiers: Tiers,
    redis: Redis,
    edge: Edge,
    workloads: Workloads,
    opts: ResourceOptions,
) -> EvidenceRecorder:
    """Register the recorder of evidence."""
    api_namespace = workloads.namespaces.apply(lambda names: str(names[0]))
    return EvidenceRecorder(
        "recorder",
        EvidenceRecorderArgs(
            api=PodMetrics(
                # Of the tier, not of one Deployment: a canary's pods count as well.
                labels={"app.kubernetes.io/component": Tier.API.value},
                namespace=api_namespace,
                port=PORT,
                port_name=PORT_NAME,
            ),
            api_url=Output.concat(
                "http://", workloads.api_service, ".", api_namespace, f".svc.cluster.local:{PORT}{READINESS.path}"
            ),
            charts=charts(*RECORDER_CHARTS),
            cluster_addresses=api_server_addresses(facts),
            cluster_resource=cluster.resource,
            deletion_protection=facts.settings.deletion_protection,
            gateway=PodMetrics(
                labels=PROXY_SELECTOR,
                namespace=edge.gateway_namespace,
                port=METRICS_PORT,
                port_name=METRICS_PORT_NAME,
            ),
            images=Images(**versions.EVIDENCE_IMAGES),
            kubernetes_minor=versions.KUBERNETES_MINOR,
            labels={
                "environment": facts.settings.environment.value,
                "region": facts.place.region.value,
                "stack": facts.stack,
            },
            priority_class_name=tiers.priority_classes.apply(lambda names: names[Tier.API.value]),
            prometheus_version=versions.PROMETHEUS,
            proxy_port=edge.proxy_port,
            public_url=Output.concat(edge.url, READINESS.path),
            redis=PodMetrics(labels=NODE_PODS, namespace=redis.namespace, port=EXPORTER_PORT, port_name="metrics"),
            storage_class=controllers.storage_class,
            storage_resource=controllers.storage,
            system_pods=cluster.system_pods,
            workers=(controllers.metrics,),
        ),
        opts,
    )

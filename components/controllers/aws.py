"""The controllers of an EKS cluster, and in which order they stand.

What each chart is told is decided in `values.py`, what it may do on AWS in `aws_policies.py`, what Karpenter may buy in
`aws_elastic_pool.py`. Both providers come in by the component's options.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from components.charts.contract import ReleaseArgs, create_release, require_charts
from components.cluster.aws_contract import PolicyStatement, WorkloadIdentity, WorkloadIdentityArgs
from components.controllers.aws_elastic_pool import ElasticNodeIdentity, create_elastic_pool, node_role_name
from components.controllers.aws_interruptions import create_interruption_queue, queue_name
from components.controllers.aws_policies import karpenter_statements, load_balancer_statements
from components.controllers.certificates import install_cert_manager
from components.controllers.contract import ControllersArgs
from components.controllers.storage import create_storage_class
from components.controllers.values import (
    CHARTS,
    KARPENTER,
    KARPENTER_CRD,
    LOAD_BALANCER_CONTROLLER,
    METRICS_SERVER,
    KarpenterValues,
    LoadBalancerControllerValues,
    MetricsServerValues,
)

SYSTEM_NAMESPACE = "kube-system"
"""Where the charts' own documentation puts them, for the priority class and the API server's fairness rules."""
STORAGE_CLASS = "encrypted-gp3"


@dataclass(frozen=True, kw_only=True)
class EksControllersArgs(ControllersArgs):
    """Arguments of an EKS cluster's controllers."""

    node_image: str
    """Release of the machine image, the same as the system pool's."""
    node_security_group_id: Input[str]
    """Security group of elastic nodes: the cluster's own, so that they reach the control plane and each other."""


class EksControllers(ComponentResource):
    """Metrics, certificates, target-group bindings, volumes and elastic nodes; meets `Controllers`."""

    certificates: Resource
    elastic_pool: Resource
    load_balancing: Resource
    metrics: Resource
    storage: Resource
    storage_class: Output[str]
    """Name of the default storage class."""

    def __init__(self, name: str, args: EksControllersArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:controllers:EksControllers", name, None, opts)
        require_charts("controllers.charts", args.charts, CHARTS)
        self._name = name
        self._args = args

        self.metrics = self._install(self._release(METRICS_SERVER, MetricsServerValues().rendered()))
        self.certificates = install_cert_manager(name, args, parent=self)
        self.load_balancing = self._install_load_balancer_controller()
        self.elastic_pool = create_elastic_pool(
            name,
            args,
            after=[self._install_karpenter()],
            identity=ElasticNodeIdentity(name, args, parent=self, security_group_id=args.node_security_group_id),
            parent=self,
        )
        self.storage = self._create_storage_class()
        self.storage_class = self.storage.metadata.name
        self.register_outputs({"storage_class": self.storage_class})

    def _create_storage_class(self) -> kubernetes.storage.v1.StorageClass:
        """Make the default class.

        A claim is gone before its volume is: that has to be detached first, which takes up to a minute. The elastic
        nodes go in between, which takes longer, and only then the system nodes, on which the driver runs.
        """
        tags = {
            f"tagSpecification_{number}": f"{key}={value}"
            for number, (key, value) in enumerate(sorted(self._args.tags.items()), start=1)
        }
        return create_storage_class(
            self._name,
            self._args,
            after=[self.elastic_pool],
            called=STORAGE_CLASS,
            parameters={"encrypted": "true", "type": "gp3", **tags},
            parent=self,
            provisioner="ebs.csi.aws.com",
        )

    def _install_load_balancer_controller(self) -> kubernetes.helm.v3.Release:
        args = self._args
        identity = self._identify(LOAD_BALANCER_CONTROLLER, load_balancer_statements(args.tags))
        values = LoadBalancerControllerValues(
            cluster_name=args.cluster_name, location=args.location, network_id=args.network_id
        )
        return self._install(self._release(LOAD_BALANCER_CONTROLLER, values.rendered()), after=[identity.association])

    def _install_karpenter(self) -> kubernetes.helm.v3.Release:
        """Install the definitions as a release of their own, because Helm never updates those inside a chart."""
        args = self._args
        queue = create_interruption_queue(
            self._name, cluster_name=args.cluster_name, location=args.location, parent=self
        )
        identity = self._identify(
            KARPENTER,
            karpenter_statements(
                cluster_name=args.cluster_name,
                location=args.location,
                node_role=node_role_name(args.cluster_name),
                queue=queue_name(args.cluster_name),
            ),
        )
        definitions = create_release(
            self._name,
            ReleaseArgs(namespace=SYSTEM_NAMESPACE, source=args.charts[KARPENTER_CRD]),
            after=[],
            cluster=args.cluster.resource,
            parent=self,
        )
        values = KarpenterValues(cluster_name=args.cluster_name, interruption_queue=queue.name, location=args.location)
        return self._install(
            self._release(KARPENTER, values.rendered(), skip_crds=True), after=[identity.association, definitions]
        )

    def _identify(self, chart: str, statements: tuple[PolicyStatement, ...]) -> WorkloadIdentity:
        """Give the service account that the chart names after itself an identity."""
        return WorkloadIdentity(
            f"{self._name}-{chart}",
            WorkloadIdentityArgs(
                cluster_name=self._args.cluster.cluster_name,
                namespace=SYSTEM_NAMESPACE,
                physical_cluster_name=self._args.cluster_name,
                role=chart,
                service_account=chart,
                statements=statements,
            ),
            ResourceOptions(parent=self),
        )

    def _install(self, args: ReleaseArgs, after: Iterable[Resource] = ()) -> kubernetes.helm.v3.Release:
        """Install a chart that runs pods: they need nodes, and names to be resolved."""
        cluster = self._args.cluster
        return create_release(
            self._name, args, after=[*cluster.system_pods, *after], cluster=cluster.resource, parent=self
        )

    def _release(
        self,
        chart: str,
        values: Mapping[str, Any],
        namespace: Input[str] = SYSTEM_NAMESPACE,
        *,
        skip_crds: bool = False,
    ) -> ReleaseArgs:
        return ReleaseArgs(namespace=namespace, skip_crds=skip_crds, source=self._args.charts[chart], values=values)

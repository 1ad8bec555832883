"""The evidence recorder: who records, what, how it is read, and in which order that stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import ConfigMap, Namespace, ServiceAccount
from pulumi_kubernetes.core.v1 import Service as KubernetesService
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget, PodDisruptionBudgetSpecArgs
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs, Role, RoleBinding, RoleRefArgs, SubjectArgs

from components.base.labels import object_labels, selector_labels
from components.charts.contract import ReleaseArgs, Values, create_release
from components.namespaces.contract import pod_security_labels
from components.observability import monitors, prober, reader
from components.observability.contract import (
    DEFINITIONS_CHART,
    NAMESPACE,
    OPERATOR_CHART,
    READER_PORT,
    READER_SERVICE,
    RECORDER,
    EvidenceRecorderArgs,
)
from components.observability.facts import INSIDE, OUTSIDE, rule_groups
from components.observability.pods import DISRUPTION_MAX_UNAVAILABLE, Service, deployment_spec, service_spec
from components.observability.policies import openings
from components.observability.server import PORT, RECORDED_LABEL, SERVER_LABELS, server_spec
from components.observability.values import operator_values

_API_VERSION = "monitoring.coreos.com/v1"
_COMPONENT = "evidence"


class EvidenceRecorder(ComponentResource):
    """Two servers that record, probes and scrapes that feed them, and a reader. Needs the provider `kubernetes`."""

    namespace: Output[str]
    reader_port: Output[int]
    reader_service: Output[str]
    """Name of the Service that answers queries out of both servers."""

    def __init__(self, name: str, args: EvidenceRecorderArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:observability:EvidenceRecorder", name, None, opts)
        self._name = name
        self._args = args
        self._space = self._create_namespace()
        guards = self._create_policies()
        operator = self._install_operator(guards)
        self._create_prober(guards)
        self._create_reader(guards)
        server = self._create_server(operator, guards)
        self._create_records(server)

        self.namespace = self._space.metadata["name"]
        self.reader_port = Output.from_input(READER_PORT)
        self.reader_service = Output.from_input(READER_SERVICE)
        self.register_outputs(
            {
                "namespace": self.namespace,
                "reader_port": self.reader_port,
                "reader_service": self.reader_service,
            }
        )

    def _inside(self) -> ResourceOptions:
        """Options of what needs no end of its own when the cluster goes."""
        return ResourceOptions(parent=self, deleted_with=self._args.cluster_resource)

    def _metadata(self, name: str, **extra: Any) -> Any:
        labels = {**object_labels(component=_COMPONENT, instance=name), **extra.pop("labels", {})}
        return {"labels": labels, "name": name, "namespace": self._space.metadata["name"], **extra}

    def _create_namespace(self) -> Namespace:
        return Namespace(
            f"{self._name}-namespace",
            metadata={
                "labels": {
                    **object_labels(component=_COMPONENT, instance=NAMESPACE),
                    **pod_security_labels(self._args.kubernetes_minor),
                },
                "name": NAMESPACE,
            },
            # It ends before the nodes do, and its claims before what deletes their volumes.
            opts=ResourceOptions(
                parent=self,
                depends_on=[*self._args.workers, self._args.storage_resource],
                protect=self._args.deletion_protection,
            ),
        )

    def _create_policies(self) -> list[Resource]:
        labels = selector_labels(component=_COMPONENT, instance=prober.PROBER)
        return [
            NetworkPolicy(f"{self._name}-{policy}", metadata=self._metadata(policy), spec=spec, opts=self._inside())
            for policy, spec in openings(self._args, prober_labels=labels).items()
        ]

    def _install_operator(self, guards: Iterable[Resource]) -> kubernetes.helm.v3.Release:
        """Install the definitions as a release of their own, because Helm never updates those inside a chart."""
        definitions = self._install(DEFINITIONS_CHART, values={})
        values = operator_values(self._args.images, self._args.sizes)
        return self._install(OPERATOR_CHART, after=[*self._args.system_pods, *guards, definitions], values=values)

    def _install(self, chart: str, *, after: Iterable[Resource] = (), values: Values) -> kubernetes.helm.v3.Release:
        release = ReleaseArgs(
            namespace=self._space.metadata["name"],
            skip_crds=chart != DEFINITIONS_CHART,
            source=self._args.charts[chart],
            values=values,
        )
        return create_release(self._name, release, after=after, cluster=self._args.cluster_resource, parent=self)

    def _create_prober(self, guards: Iterable[Resource]) -> None:
        config = ConfigMap(
            f"{self._name}-prober",
            data={prober.CONFIG_KEY: prober.prober_config()},
            metadata=self._metadata(prober.PROBER),
            opts=self._inside(),
        )
        service = prober.prober_service(self._args, config_map=config.metadata["name"])
        self._create_service("prober", service, guards)

    def _create_reader(self, guards: Iterable[Resource]) -> None:
        self._create_service("reader", reader.reader_service(self._args), guards)

    def _create_service(self, role: str, service: Service, guards: Iterable[Resource]) -> None:
        name = f"{self._name}-{role}"
        selector = selector_labels(component=_COMPONENT, instance=service.name)
        account = self._create_account(role, service.name, token=False)
        KubernetesService(
            name,
            metadata=self._metadata(service.name),
            spec=service_spec(service, selector=selector),
            opts=self._inside(),
        )
        self._create_budget(role, service.name, selector)
        Deployment(
            name,
            metadata=self._metadata(service.name),
            spec=deployment_spec(
                service,
                labels=object_labels(component=_COMPONENT, instance=service.name),
                priority_class_name=self._args.priority_class_name,
                selector=selector,
                service_account_name=account,
            ),
            opts=ResourceOptions(parent=self, depends_on=[*self._args.system_pods, *guards]),
        )

    def _create_account(self, role: str, physical_name: str, *, token: bool) -> Output[str]:
        account = ServiceAccount(
            f"{self._name}-{role}",
            automount_service_account_token=token,
            metadata=self._metadata(physical_name),
            opts=self._inside(),
        )
        return account.metadata["name"]

    def _create_budget(self, role: str, physical_name: str, selector: Mapping[str, str]) -> None:
        PodDisruptionBudget(
            f"{self._name}-{role}",
            metadata=self._metadata(physical_name),
            spec=PodDisruptionBudgetSpecArgs(
                max_unavailable=DISRUPTION_MAX_UNAVAILABLE,
                selector=LabelSelectorArgs(match_labels=selector),
                unhealthy_pod_eviction_policy="AlwaysAllow",
            ),
            opts=self._inside(),
        )

    def _create_server(self, operator: Resource, guards: Iterable[Resource]) -> CustomResource:
        account = self._create_account("server", RECORDER, token=True)
        rights = self._create_rights(account)
        self._create_budget("server", RECORDER, SERVER_LABELS)
        return CustomResource(
            f"{self._name}-server",
            api_version=_API_VERSION,
            kind="Prometheus",
            metadata=self._metadata(RECORDER, annotations={"pulumi.com/deletionPropagationPolicy": "foreground"}),
            spec=server_spec(
                self._args, priority_class_name=self._args.priority_class_name, service_account_name=account
            ),
            opts=ResourceOptions(
                parent=self,
                depends_on=[operator, *rights, *guards],
                protect=self._args.deletion_protection,
            ),
        )

    def _create_rights(self, account: Input[str]) -> list[Resource]:
        """Let the servers look for pods in the namespaces that they scrape, one by one; nothing in the cluster."""
        args = self._args
        own = self._space.metadata["name"]
        spaces = {RECORDER: own, "api": args.api.namespace}
        spaces |= {
            name: metrics.namespace
            for name, metrics in (("gateway", args.gateway), ("redis", args.redis))
            if metrics is not None
        }
        found: list[Resource] = []
        for role, namespace in spaces.items():
            metadata: Any = {**self._metadata(f"{RECORDER}-discovery"), "namespace": namespace}
            made = Role(
                f"{self._name}-discovery-{role}",
                metadata=metadata,
                rules=[PolicyRuleArgs(api_groups=[""], resources=["pods"], verbs=["get", "list", "watch"])],
                opts=self._inside(),
            )
            found.append(
                RoleBinding(
                    f"{self._name}-discovery-{role}",
                    metadata=metadata,
                    role_ref=RoleRefArgs(
                        api_group="rbac.authorization.k8s.io", kind="Role", name=made.metadata["name"]
                    ),
                    subjects=[SubjectArgs(kind="ServiceAccount", name=account, namespace=own)],
                    opts=self._inside(),
                )
            )
        return found

    def _create_records(self, server: Resource) -> None:
        """Create what the servers take notice of, after them: the operator acts on it, and so it stands longest."""
        args = self._args
        specs: dict[str, tuple[str, dict[str, Any]]] = {
            "api": ("PodMonitor", monitors.api_monitor(args.api)),
            RECORDER: ("PodMonitor", monitors.own_monitor(PORT)),
            f"api-{INSIDE}": (
                "Probe",
                monitors.probe_spec(args.api_url, prober=prober.ADDRESS, vantage=INSIDE),
            ),
            "facts": ("PrometheusRule", {"groups": rule_groups()}),
        }
        if args.gateway is not None:
            specs["gateway"] = ("PodMonitor", monitors.gateway_monitor(args.gateway))
        if args.redis is not None:
            specs["redis"] = ("PodMonitor", monitors.redis_monitor(args.redis))
        if args.public_url is not None:
            specs[f"api-{OUTSIDE}"] = (
                "Probe",
                monitors.probe_spec(args.public_url, prober=prober.ADDRESS, vantage=OUTSIDE),
            )
        for role, (kind, spec) in specs.items():
            CustomResource(
                f"{self._name}-{role}",
                api_version=_API_VERSION,
                kind=kind,
                metadata=self._metadata(role, labels=RECORDED_LABEL),
                spec=spec,
                opts=ResourceOptions(parent=self, depends_on=[server], deleted_with=args.cluster_resource),
            )

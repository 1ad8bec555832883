"""The API and the agents in their two namespaces, with what guards, scales and disturbs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.autoscaling.v2 import HorizontalPodAutoscaler
from pulumi_kubernetes.core.v1 import (
    LimitRange,
    Namespace,
    ResourceQuota,
    Secret,
    Service,
    ServiceAccount,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget
from pulumi_random import RandomPassword

from components.base.labels import object_labels
from components.base.vocabulary import Tier
from components.namespaces.contract import (
    AGENTS_NAMESPACE,
    API_NAMESPACE,
    Openings,
    default_deny,
    pod_security_labels,
)
from components.workloads.canary import ALL_PERCENT
from components.workloads.contract import PORT, RouteArgs, WorkloadsArgs
from components.workloads.deployment import deployment_spec, service_spec
from components.workloads.namespaces import limit_range_spec, quota_spec
from components.workloads.policies import agents_openings, api_openings
from components.workloads.redis import create_access
from components.workloads.routing import ROUTE_API_VERSION, Backend, backend, route_spec, selector_of
from components.workloads.scaling import autoscaler_spec, disruption_budget_spec
from components.workloads.workload import (
    API_SERVICE,
    CREDENTIAL_KEY,
    Workload,
    agent_workload,
    api_workload,
    canary_of,
    with_canary,
)

LLM_CREDENTIAL = "llm-api-key"
INTERNAL_CREDENTIAL = "internal-api-token"

_TOKEN_LENGTH = 48


class Workloads(ComponentResource):
    """The API and the agents. Needs the providers `kubernetes` and `random` in its options."""

    api_port: Output[int]
    """Port of the API's Service, and of its containers."""
    api_service: Output[str]
    """Name of the API's Service in `q2o-api`."""
    deployments: Output[Mapping[str, str]]
    """Each Deployment's name and the namespace it is in."""
    namespaces: Output[Sequence[str]]

    def __init__(self, name: str, args: WorkloadsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:workloads:Workloads", name, None, opts)
        self._args = args
        api_space = self._create_namespace("api", API_NAMESPACE)
        agents_space = self._create_namespace("agents", AGENTS_NAMESPACE)
        token = RandomPassword(
            f"{name}-internal-token", length=_TOKEN_LENGTH, special=False, opts=ResourceOptions(parent=self)
        )
        api_token = self._create_secret("api-token", INTERNAL_CREDENTIAL, api_space, token.result)
        agents_token = self._create_secret("agents-token", INTERNAL_CREDENTIAL, agents_space, token.result)
        llm = self._create_secret("agents-llm", LLM_CREDENTIAL, agents_space, args.llm_api_key)

        api = api_workload(args.api, token_secret=api_token)
        agents = [agent_workload(agent, llm_secret=llm, token_secret=agents_token) for agent in args.agents]
        api_guards = self._create_guards("api", api_space, [api], api_openings())
        agents_guards = self._create_guards("agents", agents_space, agents, agents_openings())
        deployments = [
            *self._create_workload(api, api_space, api_guards),
            *(found for agent in agents for found in self._create_workload(agent, agents_space, agents_guards)),
        ]

        self.api_port = Output.from_input(PORT)
        self.api_service = Output.from_input(API_SERVICE)
        self.deployments = Output.all(*(found.metadata for found in deployments)).apply(
            lambda found: {metadata["name"]: metadata["namespace"] for metadata in found}
        )
        self.namespaces = Output.all(*(namespace.metadata["name"] for namespace in (api_space, agents_space)))
        self.register_outputs(
            {
                "api_port": self.api_port,
                "api_service": self.api_service,
                "deployments": self.deployments,
                "namespaces": self.namespaces,
            }
        )

    def _inside(self) -> ResourceOptions:
        """Options of what needs no end of its own when the cluster goes."""
        return ResourceOptions(parent=self, deleted_with=self._args.cluster_resource)

    def _create_namespace(self, role: str, physical_name: str) -> Namespace:
        labels = {
            **object_labels(component=role, instance=physical_name),
            **pod_security_labels(self._args.kubernetes_minor),
        }
        return Namespace(
            f"{self.pulumi_resource_name}-{role}-namespace",
            metadata=ObjectMetaArgs(name=physical_name, labels=labels),
            # It ends before the nodes do: without metrics-server's pods no namespace can be deleted.
            opts=ResourceOptions(
                parent=self, depends_on=[self._args.elastic_pool], protect=self._args.deletion_protection
            ),
        )

    def _priority_class(self, tier: Tier) -> Output[str]:
        return Output.from_input(self._args.priority_classes).apply(lambda names: names[tier.value])

    def _create_secret(self, role: str, physical_name: str, namespace: Namespace, value: Input[str]) -> Output[str]:
        secret = Secret(
            f"{self.pulumi_resource_name}-{role}",
            metadata=_metadata(physical_name, namespace, object_labels(component="secret", instance=physical_name)),
            string_data={CREDENTIAL_KEY: value},
            type="Opaque",
            opts=self._inside(),
        )
        return secret.metadata["name"]

    def _create_guards(
        self, role: str, namespace: Namespace, workloads: Sequence[Workload], openings: Openings
    ) -> list[Resource]:
        """Create what must stand before the first pod of a namespace: admission and network policies."""

        def metadata(name: str) -> ObjectMetaArgs:
            return _metadata(name, namespace, object_labels(component=role, instance=name))

        guards: list[Resource] = [
            ResourceQuota(
                f"{self.pulumi_resource_name}-{role}-quota",
                metadata=metadata("workloads"),
                spec=quota_spec([found.service for workload in workloads for found in with_canary(workload)]),
                opts=self._inside(),
            ),
            LimitRange(
                f"{self.pulumi_resource_name}-{role}-limits",
                metadata=metadata("defaults"),
                spec=limit_range_spec(),
                opts=self._inside(),
            ),
        ]
        for policy, spec in {"default-deny": default_deny(), **openings}.items():
            guards.append(
                NetworkPolicy(
                    f"{self.pulumi_resource_name}-{role}-{policy}",
                    metadata=metadata(policy),
                    spec=spec,
                    opts=self._inside(),
                )
            )
        if self._args.redis is not None:
            guards += create_access(
                f"{self.pulumi_resource_name}-{role}",
                self._args.redis,
                inside=self._inside(),
                metadata=metadata,
                parent=self,
            )
        return guards

    def _create_workload(
        self, workload: Workload, namespace: Namespace, guards: Sequence[Resource]
    ) -> tuple[Deployment, ...]:
        """Create a workload and, where it has one, its canary; stable's objects are the same with and without."""
        account = ServiceAccount(
            f"{self.pulumi_resource_name}-{workload.name}",
            automount_service_account_token=False,
            metadata=_metadata(workload.name, namespace, workload.labels),
            opts=self._inside(),
        )
        canary = canary_of(workload)
        beside = self._create_pods(canary, account, namespace, guards) if canary else None
        service = self._create_service(workload, namespace, selector_of(workload, canary=beside))
        stable = self._create_pods(workload, account, namespace, guards)
        if workload.headless:
            return (stable, beside) if beside else (stable,)
        backends = [backend(service, stable, weight_percent=ALL_PERCENT)]
        if canary and beside and workload.service.canary:
            weight = workload.service.canary.weight_percent
            own = self._create_service(canary, namespace, canary.selector)
            backends = [
                backend(service, stable, weight_percent=ALL_PERCENT - weight),
                backend(own, beside, weight_percent=weight),
            ]
        if self._args.route:
            self._create_route(workload, namespace, self._args.route, backends)
        return (stable, beside) if beside else (stable,)

    def _create_service(self, workload: Workload, namespace: Namespace, selector: Mapping[str, Input[str]]) -> Service:
        return Service(
            f"{self.pulumi_resource_name}-{workload.name}",
            metadata=_metadata(workload.name, namespace, workload.labels),
            spec=service_spec(workload, selector=selector),
            opts=self._inside(),
        )

    def _create_route(
        self, workload: Workload, namespace: Namespace, route: RouteArgs, backends: Sequence[Backend]
    ) -> None:
        CustomResource(
            f"{self.pulumi_resource_name}-{workload.name}",
            api_version=ROUTE_API_VERSION,
            kind="HTTPRoute",
            metadata=_metadata(workload.name, namespace, workload.labels),
            spec=route_spec(route, backends),
            opts=ResourceOptions(parent=self, depends_on=[route.gateway], deleted_with=self._args.cluster_resource),
        )

    def _create_pods(
        self, workload: Workload, account: ServiceAccount, namespace: Namespace, guards: Sequence[Resource]
    ) -> Deployment:
        name = f"{self.pulumi_resource_name}-{workload.name}"

        def metadata() -> ObjectMetaArgs:
            return _metadata(workload.name, namespace, workload.labels)

        PodDisruptionBudget(
            name,
            metadata=metadata(),
            spec=disruption_budget_spec(workload, zones=self._args.zones),
            opts=self._inside(),
        )
        # By its fixed name, not by data flow: Pulumi holds back what depends on a Deployment until its pods are ready,
        # and until the autoscaler stands that is one pod.
        HorizontalPodAutoscaler(
            name,
            metadata=metadata(),
            spec=autoscaler_spec(workload, zones=self._args.zones),
            opts=self._inside(),
        )
        return Deployment(
            name,
            metadata=metadata(),
            spec=deployment_spec(
                workload,
                credentials_revision=self._args.credentials_revision,
                priority_class_name=self._priority_class(workload.rank),
                reaches_redis=self._args.redis is not None,
                region=self._args.region,
                service_account_name=account.metadata["name"],
            ),
            opts=ResourceOptions(parent=self, depends_on=[*guards, self._args.elastic_pool]),
        )


def _metadata(name: str, namespace: Namespace, labels: dict[str, str]) -> ObjectMetaArgs:
    return ObjectMetaArgs(name=name, namespace=namespace.metadata["name"], labels=labels)

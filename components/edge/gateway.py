"""The gateway inside the cluster, whatever the cloud: its namespace, its controller, its proxies, and their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi_kubernetes as kubernetes
from pulumi import CustomTimeouts, Output, Resource, ResourceOptions

from components.base.labels import object_labels
from components.base.vocabulary import Tier
from components.charts.contract import ReleaseArgs, admit_critical_pods, create_release
from components.edge.contract import GATEWAY, PROXY, BalancerHabits, EdgeArgs, PublicService
from components.edge.policies import edge_openings
from components.edge.proxy import (
    ENVOY_API,
    GATEWAY_API,
    backend_policy_spec,
    class_spec,
    client_policy_spec,
    gateway_spec,
    proxy_spec,
    redirect_spec,
)
from components.edge.values import ENVOY_GATEWAY, EnvoyGatewayValues
from components.namespaces.contract import EDGE_NAMESPACE, default_deny, pod_security_labels

CLASS = "q2o"
"""Name of the GatewayClass."""


class Gateway:
    """What stands inside the cluster; `namespace_labels` are the cloud's own, for its controllers.

    With `namespace_seconds` the namespace is taken away by itself and waited for as long as that, because something in
    the cloud goes with it, while what `namespace_after` names still stands; otherwise it goes with the cluster. With
    `public` the proxies' own Service is the way in: it is made from the namespace's name, because what it names may
    stand inside the namespace.
    """

    namespace: kubernetes.core.v1.Namespace
    resource: kubernetes.apiextensions.CustomResource

    def __init__(
        self,
        name: str,
        args: EdgeArgs,
        *,
        balancer: BalancerHabits,
        parent: Resource,
        namespace_after: Sequence[Resource] = (),
        namespace_labels: Mapping[str, str] | None = None,
        namespace_seconds: int | None = None,
        public: Callable[[Output[str]], PublicService] | None = None,
    ) -> None:
        self._name = name
        self._args = args
        self._balancer = balancer
        self._parent = parent
        self.namespace = self._create_namespace(namespace_labels or {}, namespace_after, namespace_seconds)
        self._public = public(self._namespace_name) if public else None
        controller = self._install_controller(self._create_guards())
        proxy = self._custom(
            "proxy",
            f"{ENVOY_API}/v1alpha1",
            "EnvoyProxy",
            PROXY,
            proxy_spec(
                image=args.proxy_image,
                priority_class=Output.from_input(args.priority_classes).apply(lambda names: names[Tier.GATEWAY.value]),
                proxies=args.zones,
                public=self._public,
            ),
            after=[controller],
        )
        gateway_class = self._custom(
            "class", f"{GATEWAY_API}/v1", "GatewayClass", CLASS, class_spec(), after=[controller], namespaced=False
        )
        self.resource = self._custom(
            "gateway",
            f"{GATEWAY_API}/v1",
            "Gateway",
            GATEWAY,
            gateway_spec(
                class_name=_name_of(gateway_class),
                host=args.host,
                proxy_name=_name_of(proxy),
                public=self._public,
            ),
            # Without it Pulumi would call the Gateway made before a proxy runs, and bind a Service that does not exist.
            annotations={"pulumi.com/waitFor": "condition=Programmed"},
        )
        self._meet_both_sides(_name_of(self.resource))
        if self._public is not None:
            self._custom(
                "redirect",
                f"{GATEWAY_API}/v1",
                "HTTPRoute",
                "to-https",
                redirect_spec(gateway_name=_name_of(self.resource), host=args.host),
            )

    def _meet_both_sides(self, gateway_name: Output[str]) -> None:
        self._custom(
            "clients",
            f"{ENVOY_API}/v1alpha1",
            "ClientTrafficPolicy",
            GATEWAY,
            client_policy_spec(
                balancer=self._balancer,
                connections_maximum=self._args.connections_maximum,
                gateway_name=gateway_name,
                public=self._public,
            ),
        )
        self._custom(
            "backends",
            f"{ENVOY_API}/v1alpha1",
            "BackendTrafficPolicy",
            GATEWAY,
            backend_policy_spec(gateway_name=gateway_name),
        )

    def _create_namespace(
        self, own: Mapping[str, str], after: Sequence[Resource], seconds: int | None
    ) -> kubernetes.core.v1.Namespace:
        labels = {
            **object_labels(component=Tier.GATEWAY.value, instance=EDGE_NAMESPACE),
            **pod_security_labels(self._args.kubernetes_minor),
            **own,
        }
        return kubernetes.core.v1.Namespace(
            f"{self._name}-namespace",
            metadata={"labels": labels, "name": EDGE_NAMESPACE},
            opts=ResourceOptions(
                parent=self._parent,
                custom_timeouts=CustomTimeouts(delete=f"{seconds}s") if seconds else None,
                depends_on=list(after),
                deleted_with=None if seconds else self._args.cluster.resource,
                protect=self._args.deletion_protection,
            ),
        )

    def _create_guards(self) -> list[Resource]:
        return [
            kubernetes.networking.v1.NetworkPolicy(
                f"{self._name}-{policy}", metadata=self._metadata(policy), spec=spec, opts=self._inside()
            )
            for policy, spec in {"default-deny": default_deny(), **edge_openings(self._args, self._public)}.items()
        ]

    def _install_controller(self, guards: list[Resource]) -> kubernetes.helm.v3.Release:
        cluster = self._args.cluster
        admitted = admit_critical_pods(
            self._name,
            cluster=cluster.resource,
            labels=object_labels(component=Tier.GATEWAY.value, instance="critical-pods"),
            namespace=self._namespace_name,
            parent=self._parent,
        )
        return create_release(
            self._name,
            ReleaseArgs(
                namespace=self._namespace_name,
                source=self._args.charts[ENVOY_GATEWAY],
                values=EnvoyGatewayValues().rendered(),
            ),
            after=[*cluster.system_pods, *guards, admitted],
            cluster=cluster.resource,
            parent=self._parent,
        )

    def _custom(
        self,
        role: str,
        api_version: str,
        kind: str,
        physical_name: str,
        spec: dict[str, Any],
        *,
        after: list[Resource] | None = None,
        annotations: dict[str, str] | None = None,
        namespaced: bool = True,
    ) -> kubernetes.apiextensions.CustomResource:
        return kubernetes.apiextensions.CustomResource(
            f"{self._name}-{role}",
            api_version=api_version,
            kind=kind,
            metadata=self._metadata(physical_name, annotations=annotations, namespaced=namespaced),
            spec=spec,
            opts=self._inside(after),
        )

    def _metadata(
        self, name: str, *, annotations: dict[str, str] | None = None, namespaced: bool = True
    ) -> kubernetes.meta.v1.ObjectMetaArgs:
        return kubernetes.meta.v1.ObjectMetaArgs(
            annotations=annotations,
            labels=object_labels(component=Tier.GATEWAY.value, instance=name),
            name=name,
            namespace=self._namespace_name if namespaced else None,
        )

    @property
    def _namespace_name(self) -> Output[str]:
        return self.namespace.metadata.name.apply(str)

    def _inside(self, after: list[Resource] | None = None) -> ResourceOptions:
        """Options of what needs no end of its own when the cluster goes."""
        return ResourceOptions(parent=self._parent, depends_on=after, deleted_with=self._args.cluster.resource)


def _name_of(resource: kubernetes.apiextensions.CustomResource) -> Output[str]:
    """Return an object's name, known once it stands: whoever names it comes after it."""
    return resource.id.apply(lambda found: found.rpartition("/")[2])

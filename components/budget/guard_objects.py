"""The guard inside a cluster: namespace, openings, rights, numbers, the job, and its memory where the pool is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pulumi import Input, Resource, ResourceOptions
from pulumi_kubernetes.batch.v1 import CronJob
from pulumi_kubernetes.core.v1 import ConfigMap, Namespace, ServiceAccount
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.rbac.v1 import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRuleArgs,
    Role,
    RoleBinding,
    RoleRefArgs,
    SubjectArgs,
)

from components.base.vocabulary import Cloud
from components.budget.contract import BudgetArgs
from components.budget.guard import GUARD, NUMBERS, SCRIPT, guard_spec, labels, openings, script
from components.namespaces.contract import BUDGET_NAMESPACE, pod_security_labels


class GuardObjects:
    """Everything of the guard that goes with the cluster."""

    def __init__(
        self,
        name: str,
        args: BudgetArgs,
        *,
        cloud: Cloud,
        identity: Iterable[Resource],
        numbers: Mapping[str, Input[str]],
        parent: Resource,
        rights: list[PolicyRuleArgs],
        state: str | None = None,
    ) -> None:
        """`rights` are of the whole cluster, or of the namespace where the guard only changes its `state` there."""
        self._name = name
        self._args = args
        self._parent = parent
        self._namespace = self._create_namespace()
        before = [*self._create_policies(), self._create_rights(rights, of_the_cluster=state is None), *identity]
        if state is not None:
            before.append(self._create_state(state))
        self._create_guard(cloud, numbers, before)

    def _inside(self) -> ResourceOptions:
        """Options of an object that needs no end of its own when the cluster goes."""
        return ResourceOptions(parent=self._parent, deleted_with=self._args.cluster_resource)

    def _metadata(self, name: str) -> ObjectMetaArgs:
        return ObjectMetaArgs(name=name, namespace=self._namespace.metadata["name"], labels=labels(name))

    def _create_namespace(self) -> Namespace:
        return Namespace(
            f"{self._name}-namespace",
            metadata=ObjectMetaArgs(
                name=BUDGET_NAMESPACE,
                labels={**labels(BUDGET_NAMESPACE), **pod_security_labels(self._args.kubernetes_minor)},
            ),
            opts=ResourceOptions(
                parent=self._parent,
                deleted_with=self._args.cluster_resource,
                protect=self._args.deletion_protection,
            ),
        )

    def _create_policies(self) -> list[Resource]:
        return [
            NetworkPolicy(f"{self._name}-{opening}", metadata=self._metadata(opening), spec=spec, opts=self._inside())
            for opening, spec in openings(self._args).items()
        ]

    def _create_rights(self, rules: list[PolicyRuleArgs], *, of_the_cluster: bool) -> Resource:
        name, opts = f"{self._name}-guard", self._inside()
        account = ServiceAccount(
            name,
            metadata=ObjectMetaArgs(
                annotations=self._args.account_annotations or None,
                labels=labels(GUARD),
                name=GUARD,
                namespace=self._namespace.metadata["name"],
            ),
            opts=opts,
        )
        subject = SubjectArgs(
            kind="ServiceAccount", name=account.metadata["name"], namespace=self._namespace.metadata["name"]
        )
        group = "rbac.authorization.k8s.io"
        if of_the_cluster:
            metadata = ObjectMetaArgs(name=GUARD, labels=labels())
            wide = ClusterRole(name, metadata=metadata, rules=rules, opts=opts)
            to_wide = RoleRefArgs(api_group=group, kind="ClusterRole", name=wide.metadata["name"])
            return ClusterRoleBinding(name, metadata=metadata, role_ref=to_wide, subjects=[subject], opts=opts)
        metadata = self._metadata(GUARD)
        role = Role(name, metadata=metadata, rules=rules, opts=opts)
        to_role = RoleRefArgs(api_group=group, kind="Role", name=role.metadata["name"])
        return RoleBinding(name, metadata=metadata, role_ref=to_role, subjects=[subject], opts=opts)

    def _create_state(self, name: str) -> Resource:
        """Make the object that holds the month in which the guard reduced the pools."""
        return ConfigMap(
            f"{self._name}-state",
            data={"reduced-in": ""},
            metadata=self._metadata(name),
            # Only the first value is ours; then the guard owns it (docs/adr/0019-the-guard-owns-the-limit.md).
            opts=ResourceOptions(
                parent=self._parent, deleted_with=self._args.cluster_resource, ignore_changes=["data"]
            ),
        )

    def _create_guard(self, cloud: Cloud, numbers: Mapping[str, Input[str]], before: list[Resource]) -> None:
        args = self._args
        decides_by = ConfigMap(
            f"{self._name}-numbers", data=dict(numbers), metadata=self._metadata(NUMBERS), opts=self._inside()
        )
        text = ConfigMap(
            f"{self._name}-guard", data={SCRIPT: script(cloud)}, metadata=self._metadata(GUARD), opts=self._inside()
        )
        CronJob(
            f"{self._name}-guard",
            metadata=self._metadata(GUARD),
            spec=guard_spec(args, numbers_name=decides_by.metadata["name"], script_name=text.metadata["name"]),
            opts=ResourceOptions(
                parent=self._parent, depends_on=[args.elastic_pool, *before], deleted_with=args.cluster_resource
            ),
        )

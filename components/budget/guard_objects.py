"""The guard inside a cluster whose elastic nodes are Karpenter's: namespace, openings, rights, numbers, the job."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi import Resource, ResourceOptions
from pulumi_kubernetes.batch.v1 import CronJob
from pulumi_kubernetes.core.v1 import ConfigMap, Namespace, ServiceAccount
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding, RoleRefArgs, SubjectArgs

from components.budget.contract import BudgetArgs
from components.budget.guard import GUARD, NUMBERS, SCRIPT, guard_spec, labels, numbers, openings, rights, script
from components.namespaces.contract import BUDGET_NAMESPACE, pod_security_labels


class GuardObjects:
    """Everything that goes with the cluster; `spending` is the file that asks the cloud (`guard.script`)."""

    def __init__(
        self,
        name: str,
        args: BudgetArgs,
        *,
        account_id: str,
        identity: Iterable[Resource],
        parent: Resource,
        spending: str | None = None,
    ) -> None:
        self._name = name
        self._args = args
        self._parent = parent
        self._namespace = self._create_namespace()
        before = [*self._create_policies(), *self._create_rights(), *identity]
        self._create_guard(account_id, spending, before)

    def _inside(self) -> ResourceOptions:
        """Options of what needs no end of its own when the cluster goes."""
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

    def _create_rights(self) -> list[Resource]:
        account = ServiceAccount(
            f"{self._name}-guard",
            metadata=ObjectMetaArgs(
                annotations=self._args.account_annotations or None,
                labels=labels(GUARD),
                name=GUARD,
                namespace=self._namespace.metadata["name"],
            ),
            opts=self._inside(),
        )
        role = ClusterRole(
            f"{self._name}-guard",
            metadata=ObjectMetaArgs(name=GUARD, labels=labels()),
            rules=rights(),
            opts=self._inside(),
        )
        binding = ClusterRoleBinding(
            f"{self._name}-guard",
            metadata=ObjectMetaArgs(name=GUARD, labels=labels()),
            role_ref=RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=role.metadata["name"]),
            subjects=[
                SubjectArgs(
                    kind="ServiceAccount",
                    name=account.metadata["name"],
                    namespace=self._namespace.metadata["name"],
                )
            ],
            opts=self._inside(),
        )
        return [binding]

    def _create_guard(self, account_id: str, spending: str | None, before: list[Resource]) -> None:
        args = self._args
        decides_by = ConfigMap(
            f"{self._name}-numbers",
            data=numbers(args, account_id=account_id),
            metadata=self._metadata(NUMBERS),
            opts=self._inside(),
        )
        text = ConfigMap(
            f"{self._name}-guard", data={SCRIPT: script(spending)}, metadata=self._metadata(GUARD), opts=self._inside()
        )
        CronJob(
            f"{self._name}-guard",
            metadata=self._metadata(GUARD),
            spec=guard_spec(args, numbers_name=decides_by.metadata["name"], script_name=text.metadata["name"]),
            opts=ResourceOptions(
                parent=self._parent, depends_on=[args.elastic_pool, *before], deleted_with=args.cluster_resource
            ),
        )

"""A region's budget on AWS: AWS Budgets over the stack's cost-allocation tag, alerts, and the guard."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions
from pulumi_kubernetes.batch.v1 import CronJob
from pulumi_kubernetes.core.v1 import ConfigMap, Namespace, ServiceAccount
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding, RoleRefArgs, SubjectArgs

from components.budget.aws_policies import guard_statement, key_policy, topic_policy
from components.budget.contract import BudgetArgs
from components.budget.guard import GUARD, NUMBERS, SCRIPT, guard_spec, labels, numbers, openings, rights, script
from components.cluster.aws_contract import WorkloadIdentity, WorkloadIdentityArgs
from components.namespaces.contract import BUDGET_NAMESPACE, pod_security_labels

ALERTS: dict[str, tuple[str, int]] = {
    "half": ("ACTUAL", 50),
    "most": ("ACTUAL", 80),
    "all": ("ACTUAL", 100),
    "forecast": ("FORECASTED", 100),
}
"""When people are told: by what is spent or forecast, and at which share of the amount."""
COST_TAG = "q2o-stack"
"""The cost-allocation tag; it counts once it is activated in the account (docs/how-to/budget-guard.md)."""
KEY_DELETION_DAYS = 7
"""The shortest there is: what it encrypts is read within minutes."""


@dataclass(frozen=True, kw_only=True)
class AwsBudgetArgs(BudgetArgs):
    """Arguments of a budget on AWS."""

    account_id: str
    cluster_name: Input[str]
    """From the cluster's output, so that the guard's identity is made once the cluster stands."""
    physical_cluster_name: str
    """The same name as known at plan time."""
    topic_name: str
    """Physical name of the topic and of its key's alias; unique in the account and location."""

    @property
    def budget_arn(self) -> str:
        """ARN of the budget; it has no location."""
        return f"arn:aws:budgets::{self.account_id}:budget/{self.budget_name}"


class AwsBudget(ComponentResource):
    """Meets `Budget`. Needs the providers `aws` and `kubernetes` in its options."""

    budget_name: Output[str]
    topic_id: Output[str]

    def __init__(self, name: str, args: AwsBudgetArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:budget:AwsBudget", name, None, opts)
        self._name = name
        self._args = args
        topic, policy = self._create_topic()
        budget = self._create_budget(topic, policy)
        self._namespace = self._create_namespace()
        self._create_guard([*self._create_policies(), *self._create_rights(), self._create_identity()])
        self.budget_name = budget.name
        self.topic_id = topic.arn
        self.register_outputs({"budget_name": self.budget_name, "topic_id": self.topic_id})

    def _inside(self) -> ResourceOptions:
        """Options of what needs no end of its own when the cluster goes."""
        return ResourceOptions(parent=self, deleted_with=self._args.cluster_resource)

    def _metadata(self, name: str) -> ObjectMetaArgs:
        return ObjectMetaArgs(name=name, namespace=self._namespace.metadata["name"], labels=labels(name))

    def _create_topic(self) -> tuple[aws.sns.Topic, Resource]:
        args, child = self._args, ResourceOptions(parent=self)
        key = aws.kms.Key(
            f"{self._name}-topic",
            deletion_window_in_days=KEY_DELETION_DAYS,
            description=f"Alerts of the budget {args.budget_name}",
            enable_key_rotation=True,
            policy=json.dumps(key_policy(account_id=args.account_id), sort_keys=True),
            opts=child,
        )
        aws.kms.Alias(f"{self._name}-topic", name=f"alias/{args.topic_name}", target_key_id=key.key_id, opts=child)
        topic = aws.sns.Topic(f"{self._name}-topic", kms_master_key_id=key.key_id, name=args.topic_name, opts=child)
        policy = topic_policy(account_id=args.account_id, topic_arn=topic.arn)
        return topic, aws.sns.TopicPolicy(
            f"{self._name}-topic", arn=topic.arn, policy=Output.json_dumps(policy, sort_keys=True), opts=child
        )

    def _create_budget(self, topic: aws.sns.Topic, policy: Resource) -> aws.budgets.Budget:
        args = self._args
        return aws.budgets.Budget(
            f"{self._name}-budget",
            budget_type="COST",
            cost_filters=[{"name": "TagKeyValue", "values": [f"user:{COST_TAG}${args.stack}"]}],
            # A credit pays the bill and does not make the region any cheaper.
            cost_types={"include_credit": False, "include_refund": False},
            limit_amount=str(args.amount_usd_per_month),
            limit_unit="USD",
            name=args.budget_name,
            notifications=[
                {
                    "comparison_operator": "GREATER_THAN",
                    "notification_type": kind,
                    "subscriber_email_addresses": list(args.recipients),
                    "subscriber_sns_topic_arns": [topic.arn],
                    "threshold": percent,
                    "threshold_type": "PERCENTAGE",
                }
                for kind, percent in ALERTS.values()
            ],
            time_unit="MONTHLY",
            # Budgets tries to publish when it is given a topic, and refuses one where it may not.
            opts=ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _create_namespace(self) -> Namespace:
        return Namespace(
            f"{self._name}-namespace",
            metadata=ObjectMetaArgs(
                name=BUDGET_NAMESPACE,
                labels={**labels(BUDGET_NAMESPACE), **pod_security_labels(self._args.kubernetes_minor)},
            ),
            opts=ResourceOptions(
                parent=self, deleted_with=self._args.cluster_resource, protect=self._args.deletion_protection
            ),
        )

    def _create_policies(self) -> list[Resource]:
        return [
            NetworkPolicy(f"{self._name}-{opening}", metadata=self._metadata(opening), spec=spec, opts=self._inside())
            for opening, spec in openings(self._args).items()
        ]

    def _create_rights(self) -> list[Resource]:
        account = ServiceAccount(f"{self._name}-guard", metadata=self._metadata(GUARD), opts=self._inside())
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

    def _create_identity(self) -> Resource:
        args = self._args
        return WorkloadIdentity(
            f"{self._name}-guard",
            WorkloadIdentityArgs(
                cluster_name=args.cluster_name,
                namespace=BUDGET_NAMESPACE,
                physical_cluster_name=args.physical_cluster_name,
                role=GUARD,
                service_account=GUARD,
                statements=(guard_statement(args.budget_arn),),
            ),
            ResourceOptions(parent=self),
        ).association

    def _create_guard(self, before: list[Resource]) -> None:
        args = self._args
        decides_by = ConfigMap(
            f"{self._name}-numbers",
            data=numbers(args, account_id=args.account_id),
            metadata=self._metadata(NUMBERS),
            opts=self._inside(),
        )
        text = ConfigMap(
            f"{self._name}-guard", data={SCRIPT: script()}, metadata=self._metadata(GUARD), opts=self._inside()
        )
        CronJob(
            f"{self._name}-guard",
            metadata=self._metadata(GUARD),
            spec=guard_spec(args, numbers_name=decides_by.metadata["name"], script_name=text.metadata["name"]),
            opts=ResourceOptions(
                parent=self, depends_on=[args.elastic_pool, *before], deleted_with=args.cluster_resource
            ),
        )

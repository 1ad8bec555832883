"""A region's budget on AWS: AWS Budgets over the stack's cost-allocation tag, alerts, and the guard."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from components.base.vocabulary import Cloud
from components.budget.aws_policies import guard_statement, key_policy, topic_policy
from components.budget.contract import BudgetArgs
from components.budget.guard import GUARD, numbers, rights
from components.budget.guard_objects import GuardObjects
from components.cluster.aws_contract import WorkloadIdentity, WorkloadIdentityArgs
from components.namespaces.contract import BUDGET_NAMESPACE

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
        GuardObjects(
            name,
            args,
            cloud=Cloud.AWS,
            identity=[self._create_identity()],
            numbers=numbers(args, account_id=args.account_id),
            parent=self,
            rights=rights(),
        )
        self.budget_name = budget.name
        self.topic_id = topic.arn
        self.register_outputs({"budget_name": self.budget_name, "topic_id": self.topic_id})

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

"""A region's budget on Google Cloud: a budget of the billing account over the stack's label, alerts, and the guard."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_gcp as gcp
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from clouds.gcp.limits import GOOGLE_RECIPIENTS
from components.base.errors import ComponentError
from components.base.vocabulary import Cloud
from components.budget.contract import BudgetArgs
from components.budget.gcp_guard import STATE, PoolBound, numbers, rights
from components.budget.guard import GUARD
from components.budget.guard_objects import GuardObjects
from components.cluster.gcp_contract import (
    ProjectRole,
    SubscriptionRole,
    WorkloadIdentity,
    WorkloadIdentityArgs,
    named,
    of_generation,
)
from components.namespaces.contract import BUDGET_NAMESPACE

ALERTS: dict[str, tuple[str, float]] = {
    "half": ("CURRENT_SPEND", 0.5),
    "most": ("CURRENT_SPEND", 0.8),
    "all": ("CURRENT_SPEND", 1.0),
    "forecast": ("FORECASTED_SPEND", 1.0),
}
"""When people are told: by what is spent or forecast, and at which share of the amount."""
COST_LABEL = "q2o-stack"
PUBLISHER = "serviceAccount:billing-budget-alert@system.gserviceaccount.com"
"""Who publishes for every budget of Google (Cloud Billing documentation, "Set up programmatic notifications")."""
KEPT_SECONDS = 604_800
"""Seven days, the longest that a subscription keeps what nobody took without paying for it."""


@dataclass(frozen=True, kw_only=True)
class GcpBudgetArgs(BudgetArgs):
    """Arguments of a budget on Google Cloud."""

    billing_account: str
    cluster_identifier: Input[str]
    """From the cluster's output, so that the guard's identity is given once the cluster stands."""
    cluster_path: str
    """The same, `projects/<project>/locations/<location>/clusters/<name>`, as known at plan time."""
    generation: int = 1
    """Part of the id of the guard's role, which no one gets back for 37 days after a deletion."""
    location: str
    """Where messages about the budget may lie."""
    physical_cluster_name: str
    pools: tuple[PoolBound, ...]
    """The node pools that the elastic nodes are spread over, and the most nodes of each, usually and reduced."""
    project_id: str
    project_number: Input[str]
    tags: dict[str, str]

    def __post_init__(self) -> None:
        super().__post_init__()
        GOOGLE_RECIPIENTS.check("budget.recipients", self.recipients, error=ComponentError)


class GcpBudget(ComponentResource):
    """Meets `Budget`. Needs the providers `gcp` and `kubernetes` in its options."""

    budget_name: Output[str]
    topic_id: Output[str]

    def __init__(self, name: str, args: GcpBudgetArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:budget:GcpBudget", name, None, opts)
        self._name = name
        self._args = args
        topic, published = self._create_topic()
        subscription = self._create_subscription(topic)
        budget = self._create_budget(published)
        GuardObjects(
            name,
            args,
            cloud=Cloud.GCP,
            identity=self._create_identity(subscription),
            numbers=numbers(args, cluster=args.cluster_path, pools=args.pools, subscription=subscription.id),
            parent=self,
            rights=rights(),
            state=STATE,
        )
        self.budget_name = budget.display_name.apply(str)
        self.topic_id = topic.id
        self.register_outputs({"budget_name": self.budget_name, "topic_id": self.topic_id})

    def _physical(self, kind: str, role: str, *more: str) -> str:
        return named(kind, self._args.physical_cluster_name, role, *more)

    def _create_topic(self) -> tuple[gcp.pubsub.Topic, Output[str]]:
        """Make the topic; return it, and its id once budgets may publish to it."""
        args, child = self._args, ResourceOptions(parent=self)
        topic = gcp.pubsub.Topic(
            f"{self._name}-topic",
            labels=dict(args.tags),
            # Otherwise a message lies wherever it was published, in the whole world.
            message_storage_policy={"allowed_persistence_regions": [args.location], "enforce_in_transit": False},
            name=self._physical("gcp-message", "budget"),
            project=args.project_id,
            opts=child,
        )
        publisher = gcp.pubsub.TopicIAMMember(
            f"{self._name}-topic",
            member=PUBLISHER,
            project=args.project_id,
            role="roles/pubsub.publisher",
            topic=topic.name,
            opts=child,
        )
        return topic, Output.all(topic.id, publisher.id).apply(lambda known: str(known[0]))

    def _create_subscription(self, topic: gcp.pubsub.Topic) -> gcp.pubsub.Subscription:
        return gcp.pubsub.Subscription(
            f"{self._name}-guard",
            ack_deadline_seconds=300,
            # It would be gone after a month without a guard, and with it the guard's ears.
            expiration_policy={"ttl": ""},
            labels=dict(self._args.tags),
            message_retention_duration=f"{KEPT_SECONDS}s",
            name=self._physical("gcp-message", "budget-guard"),
            project=self._args.project_id,
            topic=topic.id,
            opts=ResourceOptions(parent=self),
        )

    def _create_channels(self) -> list[Output[str]]:
        return [
            gcp.monitoring.NotificationChannel(
                f"{self._name}-{_key(address)}",
                description="Alerts of the budget",
                display_name=address,
                labels={"email_address": address},
                project=self._args.project_id,
                type="email",
                user_labels=dict(self._args.tags),
                opts=ResourceOptions(parent=self),
            ).id
            for address in self._args.recipients
        ]

    def _create_budget(self, topic: Output[str]) -> gcp.billing.Budget:
        args = self._args
        rules = [
            *ALERTS.values(),
            # Nobody asked to be told; the guard hears of it only this way.
            ("FORECASTED_SPEND", args.reduce_at_forecast_percent / 100),
        ]
        return gcp.billing.Budget(
            f"{self._name}-budget",
            all_updates_rule={
                "disable_default_iam_recipients": True,
                "monitoring_notification_channels": self._create_channels(),
                "pubsub_topic": topic,
                "schema_version": "1.0",
            },
            amount={"specified_amount": {"currency_code": "USD", "units": str(args.amount_usd_per_month)}},
            billing_account=args.billing_account,
            budget_filter={
                "calendar_period": "MONTH",
                # A credit pays the bill and does not make the region any cheaper.
                "credit_types_treatment": "EXCLUDE_ALL_CREDITS",
                "labels": {COST_LABEL: args.stack},
                "projects": [Output.concat("projects/", args.project_number)],
            },
            display_name=args.budget_name,
            threshold_rules=[
                {"spend_basis": basis, "threshold_percent": share} for basis, share in dict.fromkeys(rules)
            ],
            opts=ResourceOptions(parent=self),
        )

    def _create_identity(self, subscription: gcp.pubsub.Subscription) -> list[Resource]:
        args = self._args
        bounds = gcp.projects.IAMCustomRole(
            f"{self._name}-guard",
            description=f"Bounds the elastic node pools of {args.physical_cluster_name}",
            # GKE knows no right on one node pool, nor on its bounds alone.
            permissions=["container.clusters.get", "container.clusters.update", "container.operations.get"],
            project=args.project_id,
            # Role ids have letters, digits, dots and underscores.
            role_id=self._physical("gcp-role", "budget-guard", *of_generation(args.generation)).replace("-", "_"),
            title=self._physical("gcp-role", "budget-guard"),
            opts=ResourceOptions(parent=self),
        )
        identity = WorkloadIdentity(
            f"{self._name}-guard",
            WorkloadIdentityArgs(
                cluster_identifier=args.cluster_identifier,
                namespace=BUDGET_NAMESPACE,
                project_id=args.project_id,
                project_number=args.project_number,
                roles=(
                    ProjectRole(key="bounds", role=bounds.name),
                    SubscriptionRole(key="alerts", role="roles/pubsub.subscriber", subscription=subscription.name),
                ),
                service_account=GUARD,
            ),
            ResourceOptions(parent=self),
        )
        return list(identity.rights)


def _key(address: str) -> str:
    """Return a mail address in a-z, 0-9 and `-`."""
    return "".join(letter if letter.isalnum() else "-" for letter in address.lower()).strip("-")

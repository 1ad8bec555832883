"""A region's budget on Azure: a Consumption budget over the stack's tag, alerts, and the guard.

The budget is the subscription's, narrowed to the tag, because what costs stands in three resource groups: the
region's, its nodes' and its backups'.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi import ComponentResource, Input, Output, ResourceOptions
from pulumi_azure_native import consumption, monitor

from components.base.vocabulary import Cloud
from components.budget.contract import BudgetArgs
from components.budget.guard import GUARD, numbers, rights
from components.budget.guard_objects import GuardObjects
from components.cluster.azure_contract import (
    IDENTITY_ANNOTATION,
    IDENTITY_LABEL,
    OwnRole,
    Right,
    WorkloadIdentity,
    WorkloadIdentityArgs,
)
from components.namespaces.contract import BUDGET_NAMESPACE

ALERTS: dict[str, tuple[str, int]] = {
    "half": ("Actual", 50),
    "most": ("Actual", 80),
    "all": ("Actual", 100),
    "forecast": ("Forecasted", 100),
}
"""When people are told: by what is spent or forecast, and at which share of the amount. Azure takes five, and names a
forecast to the guard only where somebody is told of one."""
COST_TAG = "q2o-stack"
RIGHT = "budget"
SHORT_NAME_LENGTH = 12


@dataclass(frozen=True, kw_only=True)
class AzureBudgetArgs(BudgetArgs):
    """Arguments of a budget on Azure; what gives the guard its identity is filled in here."""

    group_name: str
    """Physical name of the group that is told."""
    issuer: Input[str]
    """The cluster's issuer of tokens."""
    location: str
    physical_cluster_name: str
    resource_group_name: Input[str]
    subscription_id: str
    tags: dict[str, str]


class AzureBudget(ComponentResource):
    """Meets `Budget`. Needs the providers `azure-native` and `kubernetes` in its options."""

    budget_name: Output[str]
    topic_id: Output[str]
    """Id of the action group."""

    def __init__(self, name: str, args: AzureBudgetArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:budget:AzureBudget", name, None, opts)
        self._name = name
        self._args = args
        identity = self._create_identity()
        group = self._create_group()
        budget = self._create_budget(group, identity)
        GuardObjects(
            name,
            replace(
                args, account_annotations={IDENTITY_ANNOTATION: identity.client_id}, pod_labels=dict(IDENTITY_LABEL)
            ),
            cloud=Cloud.AZURE,
            identity=[identity.credential],
            numbers=numbers(args, account_id=args.subscription_id),
            parent=self,
            rights=rights(),
        )
        self.budget_name = budget.name
        self.topic_id = group.id
        self.register_outputs({"budget_name": self.budget_name, "topic_id": self.topic_id})

    def _create_identity(self) -> WorkloadIdentity:
        """Let the guard look at budgets, and at nothing else."""
        args = self._args
        subscription = f"/subscriptions/{args.subscription_id}"
        role = OwnRole(
            actions=("Microsoft.Consumption/budgets/read",),
            description="Looks at budgets, and at nothing else.",
            scope=subscription,
        )
        return WorkloadIdentity(
            f"{self._name}-guard",
            WorkloadIdentityArgs(
                issuer=args.issuer,
                location=args.location,
                namespace=BUDGET_NAMESPACE,
                physical_cluster_name=args.physical_cluster_name,
                resource_group_name=args.resource_group_name,
                rights={RIGHT: Right(role=role, scope=subscription)},
                role=GUARD,
                service_account=GUARD,
                subscription_id=args.subscription_id,
                tags=args.tags,
            ),
            ResourceOptions(parent=self),
        )

    def _create_group(self) -> monitor.ActionGroup:
        """Make the group through which machines can hear of the alerts that people get by mail."""
        return monitor.ActionGroup(
            f"{self._name}-alerts",
            action_group_name=self._args.group_name,
            enabled=True,
            group_short_name="q2o-budget"[:SHORT_NAME_LENGTH],
            location="Global",
            resource_group_name=self._args.resource_group_name,
            tags=self._args.tags,
            opts=ResourceOptions(parent=self),
        )

    def _create_budget(self, group: monitor.ActionGroup, identity: WorkloadIdentity) -> consumption.Budget:
        args = self._args
        return consumption.Budget(
            f"{self._name}-budget",
            amount=args.amount_usd_per_month,
            budget_name=args.budget_name,
            category="Cost",
            filter={"tags": {"name": COST_TAG, "operator": "In", "values": [args.stack]}},
            notifications={
                alert: {
                    "contact_emails": list(args.recipients),
                    "contact_groups": [group.id],
                    "enabled": True,
                    "operator": "GreaterThan",
                    "threshold": percent,
                    "threshold_type": kind,
                }
                for alert, (kind, percent) in ALERTS.items()
            },
            scope=f"/subscriptions/{args.subscription_id}",
            time_grain="Monthly",
            time_period={"start_date": identity.rights[RIGHT].created_on.apply(first_of_month)},
            # Azure takes the first day of the current month and no earlier one. The program reads no clock, so it is
            # the month in which the guard got its right, beside the budget; later it is history. Of an identity Azure
            # does not say when it was made.
            opts=ResourceOptions(parent=self, ignore_changes=["timePeriod"]),
        )


def first_of_month(moment: str) -> str:
    """Return the first day of the month of a moment such as `2026-01-15T08:00:00Z`, as Azure writes it."""
    return f"{moment[:7]}-01T00:00:00Z"

"""What a region's budget is given and what it gives, whatever the cloud.

People are told, and a guard inside the cluster lowers the most nodes that the elastic pool may have. The guard owns
that number from birth (docs/adr/0019-the-guard-owns-the-limit.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Protocol

from pulumi import Input, Output, Resource

from components.base.errors import ComponentError, refused
from components.base.images import check_image
from components.cluster.contract import CredentialSource

MOST_RECIPIENTS = 10
"""AWS Budgets sends an alert to ten addresses at most (AWS Cost Management user guide, "Quotas and restrictions")."""


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """Arguments of a region's budget."""

    account_annotations: Mapping[str, Input[str]] = field(default_factory=dict)
    """On the guard's service account: which of the cloud's identities its pods take on, where the cloud reads it
    there."""
    amount_usd_per_month: int
    """What the region may cost in a calendar month."""
    budget_name: str
    """Physical name of the budget; unique in the account."""
    cluster_resource: Resource
    """The cluster itself: what is inside goes with it."""
    credential_source: CredentialSource | None
    """Where the guard's pods ask for their credentials (the cluster's)."""
    deletion_protection: bool = True
    """Whether the guard's namespace is protected."""
    elastic_pool: Resource
    """The pool whose limit is lowered."""
    image: str
    """Image of the guard, by digest: the cloud's command line, `curl` and a shell."""
    kubernetes_addresses: Sequence[IPv4Network]
    """Where the API server answers: usually the Services' range and the network."""
    kubernetes_minor: str
    nodes_reduced: int
    """Most nodes of the pool once the budget is spent; enough for the fewest pods of everything."""
    nodes_usual: int
    """Most nodes of the pool otherwise."""
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    """On the guard's pods: what gives them their credentials, where the cloud reads it there."""
    recipients: tuple[str, ...]
    """Mail addresses of the people who are told."""
    reduce_at_forecast_percent: int = 120
    """The limit is lowered when the month is forecast to cost this share of the amount. Above 100, because a forecast
    of the first days is often wrong, and a lowered limit stays for the month."""
    reduce_at_percent: int = 100
    """The limit is lowered when this share of the amount is spent."""
    stack: str
    """Value of the cost-allocation tag that tells this region's costs from others."""

    def __post_init__(self) -> None:
        check_image("budget.image", self.image, error=ComponentError)
        if self.amount_usd_per_month < 1:
            raise ComponentError(
                refused("budget.amount_usd_per_month", self.amount_usd_per_month, "1 USD or more", "name an amount")
            )
        if not 1 <= len(self.recipients) <= MOST_RECIPIENTS:
            raise ComponentError(
                refused(
                    "budget.recipients",
                    list(self.recipients),
                    f"1 to {MOST_RECIPIENTS} mail addresses",
                    "name the people, or a list of theirs, who act on an alert",
                )
            )
        if not 1 <= self.nodes_reduced <= self.nodes_usual:
            raise ComponentError(
                refused(
                    "budget.nodes_reduced",
                    self.nodes_reduced,
                    f"1 node or more, and at most budget.nodes_usual, which is {self.nodes_usual}",
                    "lower the one or raise the other",
                )
            )
        if not 0 < self.reduce_at_percent <= self.reduce_at_forecast_percent:
            raise ComponentError(
                refused(
                    "budget.reduce_at_forecast_percent",
                    self.reduce_at_forecast_percent,
                    f"at least budget.reduce_at_percent, which is {self.reduce_at_percent}",
                    "trust a forecast less than what was spent",
                )
            )


class Budget(Protocol):
    """Outputs that every cloud's budget has."""

    budget_name: Output[str]
    topic_id: Output[str]
    """Where machines hear of the alerts that people get by mail."""

"""What one cloud refuses of a setting that another takes, a row each. Settings and components hold theirs to it.

A row makes the refusal one of bad input, before anything is registered; the component asks the same row again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from components.base.errors import Q2OError, refused
from components.base.vocabulary import Cloud, NatMode

# CloudWatch Logs API reference, PutRetentionPolicy.
CLOUDWATCH_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
LONGEST_FLOW_LOG_DAYS = 365
"""Azure Network Watcher documentation, "Virtual network flow logs", Retention."""
LONGEST_CLOUD_LOGGING_DAYS = 3650
"""Cloud Logging documentation, "Configure custom retention": 1 to 3650 days."""
USUAL_ACCESS_LOG_DAYS = 90
"""What a region has that says nothing."""
MOST_CHANNELS = 5
"""A budget leads to five notification channels at most (Cloud Billing Budget API, `AllUpdatesRule`)."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What a value may be on a cloud."""

    takes: Callable[[Any], bool]
    allowed: str
    action: str

    def refusal(self, where: str, value: object) -> str | None:
        """Return the sentence that refuses `value`, or `None` where it is taken."""
        return None if self.takes(value) else refused(where, _shown(value), self.allowed, self.action)

    def check(self, where: str, value: object, *, error: type[Q2OError]) -> None:
        """Raise `error` for a value that is not taken."""
        if refusal := self.refusal(where, value):
            raise error(refusal)


CLOUDWATCH_KEEPS = Limit(
    takes=lambda days: days in CLOUDWATCH_DAYS,
    allowed=f"CloudWatch keeps logs for {', '.join(map(str, CLOUDWATCH_DAYS))} days",
    action="take one of these",
)
CLOUD_LOGGING_KEEPS = Limit(
    takes=lambda days: 1 <= days <= LONGEST_CLOUD_LOGGING_DAYS,
    allowed=f"Cloud Logging keeps logs for 1 to {LONGEST_CLOUD_LOGGING_DAYS} days",
    action="take a number in between",
)
AZURE_FLOW_LOGS = Limit(
    takes=lambda days: 1 <= days <= LONGEST_FLOW_LOG_DAYS,
    allowed=f"Azure keeps flow logs for 1 to {LONGEST_FLOW_LOG_DAYS} days",
    action="take a number in between",
)
AZURE_NAT = Limit(
    takes=lambda mode: mode is NatMode.SINGLE,
    allowed="on Azure a subnet has one NAT gateway and the nodes of all zones stand in one subnet; the gateway over "
    "all zones (StandardV2) is newer than the interface 2024-05-01 that the provider speaks",
    action="take single, and move the gateway when its zone is lost (docs/runbooks/zone-lost.md)",
)
AZURE_ACCESS_LOGS = Limit(
    takes=lambda days: days == USUAL_ACCESS_LOG_DAYS,
    allowed="on Azure the balancer knows no HTTP and writes no access logs that could be kept",
    action="leave it out; who came is in the flow logs, for network.flow_log_retention_days",
)
AZURE_WAF = Limit(
    takes=lambda enabled: not enabled,
    allowed="on Azure the balancer knows no HTTP, and a firewall stands in Front Door or Application Gateway only, "
    "from 330 USD a month (docs/adr/0030-tls-ends-in-the-gateway-on-azure.md)",
    action="leave it out, or run the region on a cloud whose balancer has one",
)
GOOGLE_RECIPIENTS = Limit(
    takes=lambda recipients: len(recipients) <= MOST_CHANNELS,
    allowed=f"1 to {MOST_CHANNELS} mail addresses on Google Cloud",
    action="name a list of yours that leads to more people",
)

LIMITS: dict[Cloud, dict[str, Limit]] = {
    Cloud.AWS: {"network.flow_log_retention_days": CLOUDWATCH_KEEPS},
    Cloud.AZURE: {
        "edge.access_log_retention_days": AZURE_ACCESS_LOGS,
        "edge.waf": AZURE_WAF,
        "network.flow_log_retention_days": AZURE_FLOW_LOGS,
        "network.nat": AZURE_NAT,
    },
    Cloud.GCP: {
        "budget.recipients": GOOGLE_RECIPIENTS,
        "edge.access_log_retention_days": CLOUD_LOGGING_KEEPS,
        "network.flow_log_retention_days": CLOUD_LOGGING_KEEPS,
    },
}
"""By cloud and by the setting's path."""


def _shown(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else value

"""What Azure refuses of a setting that another cloud takes."""

from __future__ import annotations

from clouds.limit import Limit
from components.base.vocabulary import NatMode

LONGEST_FLOW_LOG_DAYS = 365
"""Azure Network Watcher documentation, "Virtual network flow logs", Retention."""
USUAL_ACCESS_LOG_DAYS = 90
"""The default of the setting: the one value that says nothing, so the one that Azure takes."""

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

LIMITS: dict[str, Limit] = {
    "edge.access_log_retention_days": AZURE_ACCESS_LOGS,
    "edge.waf": AZURE_WAF,
    "network.flow_log_retention_days": AZURE_FLOW_LOGS,
    "network.nat": AZURE_NAT,
}
"""By the setting's path."""

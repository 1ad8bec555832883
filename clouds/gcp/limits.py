"""What Google Cloud refuses of a setting that another cloud takes."""

from __future__ import annotations

from clouds.limit import Limit

LONGEST_CLOUD_LOGGING_DAYS = 3650
"""Cloud Logging documentation, "Configure custom retention": 1 to 3650 days."""
MOST_CHANNELS = 5
"""A budget leads to five notification channels at most (Cloud Billing Budget API, `AllUpdatesRule`)."""

CLOUD_LOGGING_KEEPS = Limit(
    takes=lambda days: 1 <= days <= LONGEST_CLOUD_LOGGING_DAYS,
    allowed=f"Cloud Logging keeps logs for 1 to {LONGEST_CLOUD_LOGGING_DAYS} days",
    action="take a number in between",
)
GOOGLE_RECIPIENTS = Limit(
    takes=lambda recipients: len(recipients) <= MOST_CHANNELS,
    allowed=f"1 to {MOST_CHANNELS} mail addresses on Google Cloud",
    action="name a list of yours that leads to more people",
)

LIMITS: dict[str, Limit] = {
    "budget.recipients": GOOGLE_RECIPIENTS,
    "edge.access_log_retention_days": CLOUD_LOGGING_KEEPS,
    "network.flow_log_retention_days": CLOUD_LOGGING_KEEPS,
}
"""By the setting's path."""

"""What AWS refuses of a setting that another cloud takes."""

from __future__ import annotations

from clouds.limit import Limit

# CloudWatch Logs API reference, PutRetentionPolicy.
CLOUDWATCH_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

CLOUDWATCH_KEEPS = Limit(
    takes=lambda days: days in CLOUDWATCH_DAYS,
    allowed=f"CloudWatch keeps logs for {', '.join(map(str, CLOUDWATCH_DAYS))} days",
    action="take one of these",
)

LIMITS: dict[str, Limit] = {"network.flow_log_retention_days": CLOUDWATCH_KEEPS}
"""By the setting's path."""

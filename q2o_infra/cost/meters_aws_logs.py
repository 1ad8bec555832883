"""What is written into log groups and buckets of AWS, and kept there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from components.base.errors import CostError
from q2o_infra.cost.backups import backup_lines
from q2o_infra.cost.line import Group, Line
from q2o_infra.cost.quantity import HOURS_PER_MONTH, Quantity, always
from q2o_infra.cost.site import Site
from q2o_infra.plan.monitor import Registration

_DAYS_PER_MONTH = Decimal(365) / 12
_OTHER_CONTROL_PLANE_LOGS_GB = 3
"""API server, scheduler, controller manager and authenticator of a quiet cluster in a month; audit is far more."""
_LOG_FILE_MINUTES = 5
"""A balancer writes a file of its access log in each zone so often (Elastic Load Balancing user guide)."""


def log_group(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what is written into a log group and kept there."""
    sources = {"cluster": _control_plane_logs, "network": _flow_logs}
    if site.owner(row) not in sources:
        raise CostError(
            f"{row.type} {row.name}: it is not known who writes into this log group of {site.owner(row)}; "
            f"say in q2o_infra/cost/meters_aws_logs.py how much it is."
        )
    written, what, why = sources[site.owner(row)](site)
    infrequent = row.inputs.get("logGroupClass") == "INFREQUENT_ACCESS"
    days = row.inputs.get("retentionInDays")
    if not days:
        raise CostError(
            f"{row.type} {row.name}: its logs are kept for ever, which no bill can hold; give it retentionInDays."
        )
    yield site.line(
        row,
        Group.LOGS,
        what,
        written,
        "logs/infrequent-ingested" if infrequent else "logs/ingested",
        why=why,
    )
    yield site.line(
        row,
        Group.LOGS,
        f"{what}, kept",
        written * (Decimal(days) / _DAYS_PER_MONTH),
        "logs/stored",
        why=f"for {days} days",
    )


def _control_plane_logs(site: Site) -> tuple[Quantity, str, str]:
    audit = site.usage.audit_gb(site.pools.nodes)
    total = audit.each(lambda value: value + _OTHER_CONTROL_PLANE_LOGS_GB)
    return (
        total,
        "control-plane logs",
        f"{audit.expected:.0f} GB of audit records, {_OTHER_CONTROL_PLANE_LOGS_GB} GB of others",
    )


def _flow_logs(site: Site) -> tuple[Quantity, str, str]:
    return site.usage.flow_log_gb(site.pools.nodes), "flow logs", "records of requests and of idle nodes"


def bucket(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what a bucket holds and what is written into it."""
    if site.owner(row) == "recovery":
        yield from backup_lines(site, row, days=_kept_days(site, row))
    elif site.owner(row) == "edge":
        yield from _access_log_bucket(site, row)
    else:
        raise CostError(
            f"{row.type} {row.name}: it is not known what this bucket of {site.owner(row)} holds; "
            f"say in q2o_infra/cost/meters_aws_logs.py how much it is."
        )


def _kept_days(site: Site, row: Registration) -> int:
    """Return how long an object of a bucket is paid for: until it expires, and then as an earlier version."""
    for lifecycle in site.recording.of_type("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"):
        if lifecycle.inputs.get("bucket") == row.inputs.get("bucket"):
            rules = lifecycle.inputs["rules"]
            return max(
                int(rule["expiration"]["days"])
                + int((rule.get("noncurrentVersionExpiration") or {}).get("noncurrentDays", 0))
                for rule in rules
                if "expiration" in rule
            )
    raise CostError(f"{row.type} {row.name}: nothing in it expires, which no bill can hold; give it a lifecycle.")


def _access_log_bucket(site: Site, row: Registration) -> Iterator[Line]:
    days = site.facts.settings.edge.access_log_retention_days
    yield site.line(
        row,
        Group.LOGS,
        "access logs, kept",
        site.usage.access_log_gb * (Decimal(days) / _DAYS_PER_MONTH),
        "bucket",
        why=f"for {days} days",
    )
    files = HOURS_PER_MONTH * 60 / _LOG_FILE_MINUTES * site.facts.contract.zones
    yield site.line(
        row, Group.LOGS, "access logs, written", always(files / 1000), "bucket/writes", why="a file in each zone"
    )

"""What the backups of Redis amount to: sent, written and kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from components.redis.config import MAXMEMORY_PERCENT
from q2o_infra.cost.line import Group, Line
from q2o_infra.cost.quantity import Quantity, always
from q2o_infra.cost.site import Site
from q2o_infra.cost.usage import backup_volume
from q2o_infra.plan.monitor import Registration

STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
_MIB_PER_GIB = 1024


@dataclass(frozen=True, kw_only=True)
class Backups:
    """A month of backups."""

    sent_gb: Quantity
    kept_gb: Quantity
    writes: Quantity


def backups_of(site: Site, *, days: Decimal | int) -> Backups:
    """Return what is sent in a month and kept for `days`; a copy has a file of each shard."""
    shards = redis_shards(site)
    volume = backup_volume(
        site.usage,
        interval_minutes=site.backup_interval_minutes,
        kept_days=Decimal(days),
        memory_gib=Decimal(shards * site.facts.settings.redis.memory_mib * MAXMEMORY_PERCENT) / 100 / _MIB_PER_GIB,
    )
    return Backups(sent_gb=volume.sent_gb, kept_gb=volume.kept_gb, writes=always(volume.runs * shards))


def redis_shards(site: Site) -> int:
    """Return the shards of the Redis Cluster: a StatefulSet in each zone, each holding one primary."""
    return sum(site.owner(row) == "redis" for row in site.recording.of_type(STATEFUL_SET))


def backup_lines(site: Site, row: Registration, *, days: Decimal | int) -> Iterator[Line]:
    """Yield what a bucket of backups costs: what it keeps for `days`, what is written, what is sent to it."""
    found = backups_of(site, days=days)
    yield site.line(row, Group.BACKUPS, "backups, kept", found.kept_gb, "bucket", why=f"for {days} days")
    yield site.line(
        row, Group.BACKUPS, "backups, written", found.writes / 1000, "bucket/writes", why="a file of each shard"
    )
    yield site.line(
        row,
        Group.BACKUPS,
        "backups, sent",
        found.sent_gb,
        "between-regions",
        location=site.facts.location.name,
        why=f"every {site.backup_interval_minutes} minutes to {site.facts.recovery.name}",
    )

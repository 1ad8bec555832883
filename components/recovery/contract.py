"""What a place for backups is given and what it gives, whatever the cloud.

It stands in the region's recovery location and outlives the region: a destroy leaves it, and a region that comes back
takes it over (docs/adr/0018-backups-outlive-their-region.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pulumi import Output, Resource

from components.base.errors import ComponentError, refused

LONGEST_RETENTION_DAYS = 3650
"""Ten years; whoever keeps more keeps an archive, which is not what this is for."""


@dataclass(frozen=True, kw_only=True)
class RecoveryArgs:
    """Arguments of a place for backups; everything is known at plan time."""

    account_id: str
    """The account that owns the key and the bucket."""
    adopt_key_id: str | None = None
    """Id of the key that an earlier region left behind: it, its bucket and all that belongs to them are taken over.
    Without it they are made, which fails where the bucket stands already."""
    bucket_name: str
    """Physical name of the bucket; unique in the whole cloud, and the same for a region that comes back."""
    deletion_protection: bool = True
    """Whether bucket and key are protected: without the key no backup opens."""
    home: str
    """The cloud's own name of the place that the backups are of; never that of the bucket."""
    key_name: str
    """Physical name of the key's alias, without the cloud's prefix."""
    location: str
    """The cloud's own name of the place where the backups lie, for example `us-west-2`."""
    locked_days: int = 7
    """Days in which no version of an object can be deleted or overwritten, whoever asks; the time to notice that
    somebody tried. Longer costs storage that no mistake can be taken back from."""
    replaced_days: int = 7
    """Days that a version is kept after another took its place or it was deleted; each day costs storage."""
    retention_days: int = 35
    """Days that a backup is kept: a month, and some days to notice that it is needed. Each day costs storage."""

    def __post_init__(self) -> None:
        if self.location == self.home:
            raise ComponentError(
                refused(
                    "recovery.location",
                    self.location,
                    "the region lives there, and a backup beside its source is lost with it",
                    "choose another location of the same jurisdiction",
                )
            )
        if not 1 <= self.retention_days <= LONGEST_RETENTION_DAYS:
            raise ComponentError(
                refused(
                    "recovery.retention_days",
                    self.retention_days,
                    f"1 to {LONGEST_RETENTION_DAYS} days",
                    "choose a number in between",
                )
            )
        if not 1 <= self.locked_days <= self.retention_days:
            raise ComponentError(
                refused(
                    "recovery.locked_days",
                    self.locked_days,
                    f"1 day or more, and at most recovery.retention_days, which is {self.retention_days}",
                    "let the lock end before the retention does",
                )
            )
        if self.replaced_days < 1:
            raise ComponentError(
                refused(
                    "recovery.replaced_days",
                    self.replaced_days,
                    "1 day or more",
                    "keep replaced versions at least a day",
                )
            )


class Recovery(Protocol):
    """Outputs that every cloud's place for backups has."""

    bucket_name: Output[str]
    key_id: Output[str]
    """The cloud's own id of the key; a region that comes back takes everything over by it."""
    location: str
    resource: Resource
    """Depend on it before the first object is written: by then nothing but encrypted objects is taken."""

"""How long the record is kept and what that takes: series x samples x bytes.

Time ends a record, size must not: the cap on size is there for a volume that fills up, and the arithmetic here shows
that it cannot cut the days that a gate looks back on. The number of series is no estimate: each monitor has a limit
on its targets and on the samples of one target, and the sum of these is the bound.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.base.errors import ComponentError, refused

INTERVAL_SECONDS = 15
"""Between two scrapes, two probes and two evaluations of a rule."""
FEWEST_DAYS = 45
"""A gate looks at 30 days; with 45 a decision may be two weeks late, and a fault of the record may be found in time."""

BYTES_PER_SAMPLE = 2
"""Prometheus documentation, "Storage", operational aspects: 1 to 2 bytes on average; the upper one."""
CAP_PERCENT = 80
"""Share of the volume that blocks and the write-ahead log may take; the same page advises 80 to 85 percent."""
LEAST_MARGIN = 3
"""The record may become this many times larger than computed before the cap would cut it."""
SERIES_OF_A_TARGET = 5
"""What Prometheus itself writes for each target: `up` and four `scrape_` series."""
SERIES_OF_RULES = 100

_SECONDS_PER_DAY = 86_400
_GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What one monitor may bring: beyond either, Prometheus refuses the scrape, and the gap is seen as a gap."""

    targets: int
    samples: int
    """Of one target, counted after what is not on the monitor's list was dropped."""

    @property
    def series(self) -> int:
        """Most series at one time."""
        return self.targets * (self.samples + SERIES_OF_A_TARGET)


GATEWAY = Limit(targets=10, samples=120)
API = Limit(targets=150, samples=20)
"""Up to 50 pods and their surge, twice over while they are replaced; of each its users, its requests by class and the
buckets of their duration."""
REDIS = Limit(targets=12, samples=60)
PROBE = Limit(targets=1, samples=10)
RECORDER = Limit(targets=4, samples=10)
PROBES = 2

SERIES = GATEWAY.series + API.series + REDIS.series + PROBES * PROBE.series + RECORDER.series + SERIES_OF_RULES
"""Most series at one time, of everything that is recorded."""


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """How long, and on how much."""

    days: int = FEWEST_DAYS
    """Days that the record is kept."""
    volume_gib: int = 20
    """Volume of each replica, in GiB; large enough for the phases to come, because a claim's size is awkward to
    change: 20 GiB of gp3 cost 1.60 USD a month (us-east-1)."""

    def __post_init__(self) -> None:
        if self.days < FEWEST_DAYS:
            raise ComponentError(
                refused(
                    "observability.storage.days",
                    self.days,
                    f"{FEWEST_DAYS} or more",
                    "keep the 30 days of a gate and two weeks to decide in",
                )
            )
        if self.cap_gib * _GIB < LEAST_MARGIN * self.expected_bytes:
            raise ComponentError(
                refused(
                    "observability.storage.volume_gib",
                    self.volume_gib,
                    f"{CAP_PERCENT} % of it hold {LEAST_MARGIN} times {self.expected_bytes / _GIB:.1f} GiB",
                    "enlarge the volume, or the cap on size cuts the days short",
                )
            )

    @property
    def samples_per_series(self) -> int:
        """Samples of one series that is there all the time."""
        return self.days * _SECONDS_PER_DAY // INTERVAL_SECONDS

    @property
    def expected_bytes(self) -> int:
        """What the record takes at most: every series at its limit, all the time."""
        return SERIES * self.samples_per_series * BYTES_PER_SAMPLE

    @property
    def cap_gib(self) -> int:
        """Size at which Prometheus drops its oldest block."""
        return self.volume_gib * CAP_PERCENT // 100

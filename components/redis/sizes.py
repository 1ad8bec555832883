"""How large a Redis node is, and how often its data is copied away: the rules, and what follows from them."""

from __future__ import annotations

import math

from components.base.errors import Q2OError, SettingsError, refused

LEAST_MEMORY_MIB = 256
SHORTEST_BACKUP_MINUTES = 5
"""Each backup forks a replica and sends its data through the network; a shorter promise needs a stream."""

# A log is rewritten once it has doubled (`auto-aof-rewrite-percentage`), and the new one is written beside it.
_LOG_PER_DATA = 3
_MINUTES_PER_HOUR = 60
_MINUTES_PER_DAY = 24 * _MINUTES_PER_HOUR


def check_redis_size(where: str, *, memory_mib: int, storage_gib: int, error: type[Q2OError] = SettingsError) -> None:
    """Refuse a server without room beside its data, and a volume that its log outgrows."""
    if memory_mib < LEAST_MEMORY_MIB:
        raise error(
            refused(
                f"{where}.memory_mib",
                memory_mib,
                f"{LEAST_MEMORY_MIB} or more, because the backlog and the clients take their part beside the data",
                f"set it to {LEAST_MEMORY_MIB} or more",
            )
        )
    least = math.ceil(memory_mib * _LOG_PER_DATA / 1024)
    if storage_gib < least:
        raise error(
            refused(
                f"{where}.storage_gib",
                storage_gib,
                f"the log of a server of {memory_mib} MiB may grow to {_LOG_PER_DATA} times that, {least} GiB",
                f"set it to {least} or more",
            )
        )


def check_backup_interval(where: str, minutes: int, *, error: type[Q2OError] = SettingsError) -> None:
    """Refuse an interval that no schedule keeps evenly."""
    if minutes < _MINUTES_PER_HOUR:
        even = minutes >= SHORTEST_BACKUP_MINUTES and _MINUTES_PER_HOUR % minutes == 0
    else:
        even = minutes % _MINUTES_PER_HOUR == 0 and _MINUTES_PER_DAY % minutes == 0
    if not even:
        raise error(
            refused(
                where,
                minutes,
                f"{SHORTEST_BACKUP_MINUTES} minutes or more that divide an hour, or whole hours that divide a day",
                "choose for example 15, 30, 60, 120 or 1440",
            )
        )


def backup_schedule(minutes: int) -> str:
    """Return an interval that `check_backup_interval` takes, as cron writes it."""
    if minutes < _MINUTES_PER_HOUR:
        return f"*/{minutes} * * * *"
    hours = minutes // _MINUTES_PER_HOUR
    return "0 0 * * *" if minutes == _MINUTES_PER_DAY else f"0 */{hours} * * *"

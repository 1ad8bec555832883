"""How many pods a workload may have and what it asks for: the rules, and what follows from losing a zone.

Settings and components hold their own fields and call the same rules with the path of the field at fault.
"""

from __future__ import annotations

from collections.abc import Iterable

from components.base.errors import Q2OError, SettingsError, refused

LEAST_REDUNDANCY = 2
"""With one pod the loss of any node is an outage."""

MAX_SURGE_PERCENT = 25
"""Pods that a rolling update brings beside those that stand; Kubernetes rounds up."""

_LOAD_AFTER_ZONE_LOSS_PERCENT = 90


def check_range(
    where: str, *, minimum: int, maximum: int, redundancy: int, error: type[Q2OError] = SettingsError
) -> None:
    """Refuse a minimum below the redundancy that the phase promises, and a minimum above the maximum."""
    if minimum < redundancy:
        raise error(
            refused(
                f"{where}.minimum",
                minimum,
                f"{redundancy} or more, so that the loss of one node leaves a pod",
                f"raise it to at least {redundancy}",
            )
        )
    if minimum > maximum:
        raise error(
            refused(
                f"{where}.minimum",
                minimum,
                f"at most {where}.maximum, which is {maximum}",
                "lower the minimum or raise the maximum",
            )
        )


def check_requests(where: str, *, cpu_millicores: int, memory_mib: int, error: type[Q2OError] = SettingsError) -> None:
    """Refuse a workload that asks for nothing: it would be packed without limit and starved first."""
    for field, value, unit in (
        ("cpu_millicores", cpu_millicores, "thousandth of a core"),
        ("memory_mib", memory_mib, "MiB"),
    ):
        if value < 1:
            raise error(
                refused(
                    f"{where}.{field}",
                    value,
                    f"1 {unit} or more",
                    "give what one pod uses under its usual load",
                )
            )


def check_kinds(where: str, kinds: Iterable[str], *, error: type[Q2OError] = SettingsError) -> None:
    """Refuse a kind of agent that is listed twice: two Deployments would fight for one name."""
    seen: set[str] = set()
    for kind in kinds:
        if kind in seen:
            raise error(refused(where, str(kind), "each kind of agent is listed once", "merge the rows of this kind"))
        seen.add(kind)


def zone_share_percent(zones: int) -> int:
    """Return the share of a workload that one zone holds; of up to 100 pods it rounds up to one zone's pods."""
    return 100 // zones


def cpu_target_percent(zones: int) -> int:
    """Return the CPU use, in percent of the request, that the autoscaler aims at.

    When one zone is lost its load falls on the others. No new pod may be counted on in that minute, so the target
    leaves the survivors at 90 percent of their requests: 60 for three zones.
    """
    return _LOAD_AFTER_ZONE_LOSS_PERCENT * (zones - 1) // zones


def surge_pods(pods: int) -> int:
    """Return the most pods that a rolling update of `pods` pods brings beside them."""
    return -(-pods * MAX_SURGE_PERCENT // 100)

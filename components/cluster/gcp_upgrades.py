"""How a GKE cluster takes the upgrades that its release channel brings: patches by themselves, minors never.

`min_master_version` is a floor and no target, and node pools name no version at all, so a patch that GKE took is no
difference and nothing has to be ignored (docs/adr/0027-patches-of-gke-are-not-drift.md).
"""

from __future__ import annotations

import pulumi_gcp as gcp

from components.base.errors import ComponentError, refused

# A plan has no clock, so the day on which an exclusion begins is data: when each minor became available in the channel
# REGULAR (GKE documentation, "Release schedule"), by minor.
EXCLUDED_FROM: dict[str, str] = {"1.36": "2026-06-01T00:00:00Z"}

# Six hours in each of two nights: the least that GKE takes is 48 hours in 32 days. Of any week in the past: only the
# time of day and the length are read.
_WINDOW_START = "2026-01-03T03:00:00Z"
_WINDOW_END = "2026-01-03T09:00:00Z"
_WINDOW_DAYS = "FREQ=WEEKLY;BYDAY=SA,SU"


def maintenance_policy(kubernetes_minor: str) -> gcp.container.ClusterMaintenancePolicyArgs:
    """Return when GKE may upgrade, and that no minor is among it until the one that runs is out of support.

    Raises `ComponentError` for a minor whose first day is not known.
    """
    if kubernetes_minor not in EXCLUDED_FROM:
        raise ComponentError(
            refused(
                "cluster.kubernetes_minor",
                kubernetes_minor,
                f"one of {', '.join(EXCLUDED_FROM)}",
                "add the day it came into the channel REGULAR to components/cluster/gcp_upgrades.py",
            )
        )
    return gcp.container.ClusterMaintenancePolicyArgs(
        maintenance_exclusions=[
            gcp.container.ClusterMaintenancePolicyMaintenanceExclusionArgs(
                exclusion_name=f"minor-{kubernetes_minor.replace('.', '-')}-stays",
                exclusion_options=gcp.container.ClusterMaintenancePolicyMaintenanceExclusionExclusionOptionsArgs(
                    end_time_behavior="UNTIL_END_OF_SUPPORT", scope="NO_MINOR_UPGRADES"
                ),
                start_time=EXCLUDED_FROM[kubernetes_minor],
            )
        ],
        recurring_window=gcp.container.ClusterMaintenancePolicyRecurringWindowArgs(
            end_time=_WINDOW_END, recurrence=_WINDOW_DAYS, start_time=_WINDOW_START
        ),
    )

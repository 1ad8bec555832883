"""What a cluster's control plane says, and where it is kept: a Log Analytics workspace, in its cheaper plan.

The plan Basic takes 0.50 USD per GB where Analytics takes 2.30 (Azure Monitor pricing, November 2026); it is read with
simpler questions, which is what a trail needs. Of the audit log only what changes something is kept: reading is nine
tenths of it (AKS documentation, "AKS control plane/resource logs").
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Input, Output, Resource, ResourceOptions
from pulumi_azure_native import monitor, operationalinsights

from components.base.errors import ComponentError, refused
from components.cluster.azure_contract import named

CATEGORIES = (
    "cloud-controller-manager",
    "guard",
    "kube-apiserver",
    "kube-audit-admin",
    "kube-controller-manager",
    "kube-scheduler",
)
"""Kinds of logs; `guard` says who entered with which Entra identity."""
TABLES = ("AKSAuditAdmin", "AKSControlPlane")
"""Where they lie, one table for audits and one for the rest."""
BASIC_DAYS = 30
"""What the plan Basic keeps at hand, fixed; older days up to the retention are in the archive."""
LONGEST_DAYS = 730


def create_logs(
    name: str,
    *,
    cluster_id: Output[str],
    cluster_name: str,
    location: str,
    parent: Resource,
    resource_group_name: Input[str],
    retention_days: int,
    tags: Mapping[str, str],
) -> None:
    """Keep the control plane's logs. Raises `ComponentError` for days that Log Analytics refuses."""
    if not BASIC_DAYS <= retention_days <= LONGEST_DAYS:
        raise ComponentError(
            refused(
                "cluster.log_retention_days",
                retention_days,
                f"Log Analytics keeps logs for {BASIC_DAYS} to {LONGEST_DAYS} days",
                "take a number in between",
            )
        )
    workspace = operationalinsights.Workspace(
        f"{name}-logs",
        features={"disable_local_auth": True},
        location=location,
        resource_group_name=resource_group_name,
        retention_in_days=BASIC_DAYS,
        sku={"name": "PerGB2018"},
        tags=tags,
        workspace_name=named("workspace", cluster_name, "logs"),
        opts=ResourceOptions(parent=parent),
    )
    tables = [
        operationalinsights.Table(
            f"{name}-logs-{table.lower()}",
            plan="Basic",
            resource_group_name=resource_group_name,
            table_name=table,
            total_retention_in_days=retention_days,
            workspace_name=workspace.name,
            # Azure's own tables, which it refuses to delete.
            opts=ResourceOptions(parent=parent, deleted_with=workspace),
        )
        for table in TABLES
    ]
    monitor.DiagnosticSetting(
        f"{name}-logs",
        log_analytics_destination_type="Dedicated",
        logs=[{"category": category, "enabled": True} for category in CATEGORIES],
        name="control-plane",
        resource_uri=cluster_id,
        workspace_id=workspace.id,
        # What arrives before a table has its plan is billed at the dearer one.
        opts=ResourceOptions(parent=parent, depends_on=tables),
    )

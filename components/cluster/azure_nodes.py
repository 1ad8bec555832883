"""The nodes of an AKS cluster that never leave, and when all its nodes are made anew.

Elastic nodes are Karpenter's; what they are of is decided in `components/controllers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi import Output, Resource, ResourceOptions
from pulumi_azure_native import containerservice

from components.base.pods import CRITICAL_TAINT, POOL_LABEL, SYSTEM_POOL
from components.network.azure_contract import zone_number

if TYPE_CHECKING:
    from components.cluster.azure import AksClusterArgs

SYSTEM_POOL_NAME = "system"
# Sundays two hours after midnight, UTC: when the fewest users of any region work.
MAINTENANCE_DAY, MAINTENANCE_START, MAINTENANCE_HOURS = "Sunday", "02:00", 4


def system_pool(args: AksClusterArgs, subnet: Output[str]) -> containerservice.ManagedClusterAgentPoolProfileArgs:
    """Return the pool that AKS is made with: it takes no cluster without one, and it is all that never leaves."""
    return containerservice.ManagedClusterAgentPoolProfileArgs(
        availability_zones=[zone_number(zone) for zone in args.zones],
        count=args.system_pool.nodes,
        enable_auto_scaling=False,
        # Caches and temporary disks too; what lies on managed disks is encrypted anyway.
        enable_encryption_at_host=True,
        enable_node_public_ip=False,
        kubelet_disk_type="OS",
        max_pods=args.system_pool.instance_type.pods,
        mode="System",
        name=SYSTEM_POOL_NAME,
        node_labels={POOL_LABEL: SYSTEM_POOL},
        # AKS takes no other taint on a pool of its own pods (Azure/AKS#2578).
        node_taints=[f"{CRITICAL_TAINT}=true:NoSchedule"],
        orchestrator_version=args.kubernetes_minor,
        os_disk_size_gb=args.system_pool.disk_gib,
        os_disk_type="Managed",
        os_sku="AzureLinux3",
        os_type="Linux",
        security_profile=containerservice.AgentPoolSecurityProfileArgs(ssh_access="Disabled"),
        tags=args.tags,
        type="VirtualMachineScaleSets",
        upgrade_settings=containerservice.AgentPoolUpgradeSettingsArgs(
            max_surge="1", undrainable_node_behavior="Cordon"
        ),
        vm_size=args.system_pool.instance_type.name,
        vnet_subnet_id=subnet,
    )


def schedule_node_images(
    name: str, args: AksClusterArgs, *, cluster: containerservice.ManagedCluster, parent: Resource
) -> None:
    """Say when nodes may be made anew from the week's image; it holds for elastic nodes as well."""
    containerservice.MaintenanceConfiguration(
        f"{name}-node-images",
        config_name="aksManagedNodeOSUpgradeSchedule",
        maintenance_window=containerservice.MaintenanceWindowArgs(
            duration_hours=MAINTENANCE_HOURS,
            schedule=containerservice.ScheduleArgs(
                weekly=containerservice.WeeklyScheduleArgs(day_of_week=MAINTENANCE_DAY, interval_weeks=1)
            ),
            start_time=MAINTENANCE_START,
            utc_offset="+00:00",
        ),
        resource_group_name=args.resource_group_name,
        resource_name_=cluster.name,
        opts=ResourceOptions(parent=parent, deleted_with=cluster),
    )

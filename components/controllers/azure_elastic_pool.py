"""The elastic pool on Azure: what its machines are made of. AKS' own Karpenter buys them, with AKS' own rights.

A node takes the newest image of its family and is made anew when a newer one is there, in the cluster's maintenance
window: AKS has no pin for it (docs/adr/0029-aks-rolls-node-images.md).
"""

from __future__ import annotations

from typing import Any

import pulumi_kubernetes as kubernetes
from pulumi import Input, Resource

from components.controllers.contract import ControllersArgs
from components.controllers.elastic_pool import NodeClass, create_node_class, create_node_pool, pool_spec

AKS_NODE_CLASS = NodeClass(
    api_version="karpenter.azure.com/v1beta1", kind="AKSNodeClass", zone_label="topology.kubernetes.io/zone"
)
"""Azure/karpenter-provider-azure v1.14.2; what node auto-provisioning serves."""


def create_elastic_pool(
    name: str, args: ControllersArgs, *, parent: Resource, subnet_id: Input[str]
) -> kubernetes.apiextensions.CustomResource:
    """Declare the machines and the pool. The cluster brought their definitions, so whoever knows it comes after."""
    node_class = create_node_class(
        name,
        AKS_NODE_CLASS,
        node_class_spec(args, subnet_id=subnet_id),
        after=[args.cluster.resource],
        parent=parent,
    )
    spec = pool_spec(args.elastic_pool, AKS_NODE_CLASS, zones=args.zones)
    return create_node_pool(name, args.elastic_pool, spec, node_class=node_class, parent=parent)


def node_class_spec(args: ControllersArgs, *, subnet_id: Input[str]) -> dict[str, Any]:
    """Return the machines: image, disk, network."""
    return {
        "imageFamily": "AzureLinux",
        # One class serves them all, and AKS reserves memory for each pod that a node may have.
        "maxPods": min(machine.pods for machine in args.elastic_pool.instance_types),
        "osDiskSizeGB": args.elastic_pool.disk_gib,
        "security": {"encryptionAtHost": True},
        "tags": dict(args.tags),
        "vnetSubnetID": subnet_id,
    }

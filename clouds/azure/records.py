"""Azure as the sandbox simulates it: one row per resource type that the program uses.

Required properties: the schema of pulumi-azure-native 3.29. Replace-forcing properties: the parameters of a resource's
path (resource group, its own name, what it is part of), always; its location; what Azure's specification marks as
settable on creation only (`x-ms-mutability` in Azure/azure-rest-api-specs); and the provider's own list
(pulumi/pulumi-azure-native, `provider/pkg/gen/replacement.go`, read in November 2026). Times: medians of public
deployment logs (a cluster six minutes, its end five); they only matter when the sandbox is told to take realistic
times.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from clouds.azure import records_data, records_operations
from clouds.azure.rows import CREATED, Outputs, arm_id, row, scoped_id, uuid
from clouds.kind import Kind, Subject

PROVIDER_VERSION = "3.29.0"

_OWN = "resourceGroupName location"
"""What nothing in a resource group can change about itself."""
_NETWORK = "Microsoft.Network"


def _address(subject: Subject) -> Outputs:
    return {"ipAddress": f"203.0.113.{int(subject.token(2), 16)}", "provisioningState": "Succeeded"}


def _identity(subject: Subject) -> Outputs:
    return {
        "clientId": uuid(subject, "client"),
        "principalId": uuid(subject, "principal"),
        # As on Azure: when an identity was made, nobody is told.
        "systemData": None,
    }


def _cluster(subject: Subject) -> Outputs:
    inputs, location = subject.inputs, subject.inputs.get("location", subject.place.location)
    name, token = inputs.get("resourceName", subject.name), subject.token(8)
    private = bool((inputs.get("apiServerAccessProfile") or {}).get("enablePrivateCluster"))
    outside = f"{inputs.get('dnsPrefix', name)}-{token}.hcp.{location}.azmk8s.io"
    inside = f"{inputs.get('dnsPrefix', name)}-{token}.{uuid(subject, 'zone')}.privatelink.{location}.azmk8s.io"
    issuer = f"https://{location}.oic.prod-aks.azure.com/{uuid(subject, 'tenant')}/{uuid(subject, 'issuer')}/"
    return {
        "currentKubernetesVersion": f"{inputs.get('kubernetesVersion', '')}.3",
        "oidcIssuerProfile": {**(inputs.get("oidcIssuerProfile") or {}), "issuerURL": issuer},
        "provisioningState": "Succeeded",
        **({"privateFQDN": inside} if private else {"fqdn": outside}),
    }


_NETWORKS = (
    row(
        "network:VirtualNetwork",
        arm_id(f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}"),
        named="virtualNetworkName",
        required="resourceGroupName",
        replaces=f"{_OWN} virtualNetworkName",
        seconds=(4, 4, 11),
    ),
    row(
        "network:Subnet",
        arm_id(f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}/subnets/{{subnetName}}"),
        named="subnetName",
        required="resourceGroupName virtualNetworkName",
        replaces="resourceGroupName virtualNetworkName subnetName",
        seconds=(4, 4, 10),
    ),
    row(
        "network:PublicIPAddress",
        arm_id(f"{_NETWORK}/publicIPAddresses/{{publicIpAddressName}}"),
        _address,
        named="publicIpAddressName",
        required="resourceGroupName",
        replaces=f"{_OWN} publicIpAddressName publicIPAddressVersion publicIPPrefix sku",
        seconds=(3, 3, 11),
    ),
    row(
        "network:NatGateway",
        arm_id(f"{_NETWORK}/natGateways/{{natGatewayName}}"),
        named="natGatewayName",
        required="resourceGroupName",
        # Azure refuses another zone ("Azure NAT Gateway and availability zones"), so it takes another gateway.
        replaces=f"{_OWN} natGatewayName zones",
        seconds=(4, 4, 11),
    ),
    row(
        "network:NetworkSecurityGroup",
        arm_id(f"{_NETWORK}/networkSecurityGroups/{{networkSecurityGroupName}}"),
        named="networkSecurityGroupName",
        required="resourceGroupName",
        replaces=f"{_OWN} networkSecurityGroupName",
    ),
    row(
        "network:SecurityRule",
        arm_id(f"{_NETWORK}/networkSecurityGroups/{{networkSecurityGroupName}}/securityRules/{{securityRuleName}}"),
        named="securityRuleName",
        required="access direction networkSecurityGroupName priority protocol resourceGroupName",
        replaces="resourceGroupName networkSecurityGroupName securityRuleName",
    ),
    row(
        "network:FlowLog",
        arm_id(f"{_NETWORK}/networkWatchers/{{networkWatcherName}}/flowLogs/{{flowLogName}}"),
        named="flowLogName",
        required="networkWatcherName resourceGroupName storageId targetResourceId",
        replaces=f"{_OWN} networkWatcherName flowLogName",
        seconds=(12, 12, 12),
    ),
)

_GROUPS = (
    replace(
        row(
            "resources:ResourceGroup",
            lambda s: f"/subscriptions/{s.place.account}/resourceGroups/{s.inputs.get('resourceGroupName', s.name)}",
            lambda s: {"name": s.inputs.get("resourceGroupName", s.name), "type": "Microsoft.Resources/resourceGroups"},
            named="resourceGroupName",
            replaces="location resourceGroupName",
            seconds=(2, 2, 15),
        ),
        adoption="set recovery.adopt to the id of the key in it, and it is taken over",
    ),
    row(
        "authorization:ManagementLockByScope",
        scoped_id("Microsoft.Authorization/locks/{lockName}"),
        named="lockName",
        required="level scope",
        replaces="lockName scope",
    ),
)

_IDENTITIES = (
    row(
        "managedidentity:UserAssignedIdentity",
        arm_id("Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}"),
        _identity,
        named="resourceName",
        required="resourceGroupName",
        replaces=f"{_OWN} resourceName",
    ),
    row(
        "managedidentity:FederatedIdentityCredential",
        arm_id(
            "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}/federatedIdentityCredentials/"
            "{federatedIdentityCredentialResourceName}"
        ),
        named="federatedIdentityCredentialResourceName",
        required="audiences issuer resourceGroupName resourceName subject",
        replaces="resourceGroupName resourceName federatedIdentityCredentialResourceName",
    ),
    row(
        "authorization:RoleAssignment",
        scoped_id("Microsoft.Authorization/roleAssignments/{roleAssignmentName}"),
        # Azure RBAC documentation, "Assign Azure roles using the REST API", the answer.
        lambda _: {"createdOn": CREATED},
        named="roleAssignmentName",
        required="principalId roleDefinitionId scope",
        replaces="principalId roleAssignmentName scope",
        seconds=(22, 2, 4),
    ),
    row(
        "authorization:RoleDefinition",
        scoped_id("Microsoft.Authorization/roleDefinitions/{roleDefinitionId}"),
        named="roleDefinitionId",
        required="scope",
        replaces="roleDefinitionId scope",
        seconds=(6, 4, 4),
    ),
)

_CLUSTERS = (
    row(
        "containerservice:ManagedCluster",
        arm_id("Microsoft.ContainerService/managedClusters/{resourceName}"),
        _cluster,
        required="resourceGroupName",
        replaces=f"{_OWN} resourceName diskEncryptionSetID dnsPrefix fqdnSubdomain linuxProfile nodeResourceGroup "
        "windowsProfile networkProfile.dnsServiceIP networkProfile.networkDataplane networkProfile.networkMode "
        "networkProfile.networkPlugin networkProfile.networkPluginMode networkProfile.networkPolicy "
        "networkProfile.outboundType networkProfile.podCidr networkProfile.serviceCidr networkProfile.serviceCidrs",
        named="resourceName",
        seconds=(360, 240, 300),
    ),
    row(
        "containerservice:MaintenanceConfiguration",
        arm_id(
            "Microsoft.ContainerService/managedClusters/{resourceName}/maintenanceConfigurations/{configName}",
        ),
        named="configName",
        required="resourceGroupName resourceName",
        replaces="resourceGroupName resourceName configName",
    ),
)

KINDS: tuple[Kind, ...] = (
    *_NETWORKS,
    *_GROUPS,
    *_IDENTITIES,
    *_CLUSTERS,
    *records_data.KINDS,
    *records_operations.KINDS,
)


USER_CREDENTIALS = "azure-native:containerservice:listManagedClusterUserCredentials"


def answer(token: str, inputs: dict[str, Any]) -> dict[str, Any] | None:
    """Return what Azure answers when it is asked; `None` for a question that the simulated subscription does not know.

    A cluster tells its certificate authority to nobody who only looks at it: it is part of the answer to this action.
    """
    if token != USER_CREDENTIALS:
        return None
    kubeconfig = (
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: c2ltdWxhdGVk\n"
        f"    server: https://{inputs['resourceName']}.azmk8s.io:443\n  name: {inputs['resourceName']}\n"
    )
    encoded = base64.b64encode(kubeconfig.encode()).decode()
    return {"kubeconfigs": [{"name": "clusterUser", "value": encoded}]}

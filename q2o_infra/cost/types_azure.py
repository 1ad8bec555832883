"""Every resource type of the program on Azure: priced by a meter, or free with the reason."""

from __future__ import annotations

from q2o_infra.cost import meters_azure as meters
from q2o_infra.cost.treatment import Free, Priced, Treatment
from q2o_infra.cost.types_kubernetes import KUBERNETES

_IDENTITY = Free("identities and rights cost nothing")
_NETWORK = Free("networks and rules cost nothing; what goes through them is paid elsewhere")
_STORAGE = Free("a setting or a part of the account, which is priced")
_LOGS = Free("what is written into it is priced with the diagnostic setting; 30 days are included")

AZURE: dict[str, Treatment] = {
    "azure-native:authorization:ManagementLockByScope": _IDENTITY,
    "azure-native:authorization:RoleAssignment": _IDENTITY,
    "azure-native:authorization:RoleDefinition": _IDENTITY,
    "azure-native:consumption:Budget": Free("budgets cost nothing"),
    "azure-native:containerservice:MaintenanceConfiguration": Free("a part of the cluster, which is priced"),
    "azure-native:containerservice:ManagedCluster": Priced(
        meters.cluster, "the control plane by the hour, system machines and their disks"
    ),
    "azure-native:dns:RecordSet": Priced(meters.record, "queries for a name, and its zone"),
    "azure-native:keyvault:Key": Priced(meters.key, "its use"),
    "azure-native:keyvault:Vault": Free("a vault costs nothing; the use of its keys is priced"),
    "azure-native:managedidentity:FederatedIdentityCredential": _IDENTITY,
    "azure-native:managedidentity:UserAssignedIdentity": _IDENTITY,
    "azure-native:monitor:ActionGroup": Free("a few alerts a month; the first thousand mails cost nothing"),
    "azure-native:monitor:DiagnosticSetting": Priced(meters.diagnostics, "what the control plane writes"),
    "azure-native:network:FlowLog": Priced(meters.flow_log, "flow records, and what is kept of them"),
    "azure-native:network:NatGateway": Priced(meters.nat_gateway, "a gateway by the hour, and what goes through it"),
    "azure-native:network:NetworkSecurityGroup": _NETWORK,
    "azure-native:network:PublicIPAddress": Priced(
        meters.address, "an address by the hour; the balancer behind it, what goes through, what users get"
    ),
    "azure-native:network:SecurityRule": _NETWORK,
    "azure-native:network:Subnet": _NETWORK,
    "azure-native:network:VirtualNetwork": Priced(meters.network, "what crosses the border of a zone"),
    "azure-native:operationalinsights:Table": _LOGS,
    "azure-native:operationalinsights:Workspace": _LOGS,
    "azure-native:resources:ResourceGroup": Free("a folder"),
    "azure-native:storage:BlobContainer": _STORAGE,
    "azure-native:storage:BlobServiceProperties": _STORAGE,
    "azure-native:storage:ManagementPolicy": _STORAGE,
    "azure-native:storage:StorageAccount": Priced(meters.storage_account, "what it holds, what is written and sent"),
    "kubernetes:karpenter.azure.com/v1beta1:AKSNodeClass": Free("its machines and disks are priced with the node pool"),
    "kubernetes:karpenter.sh/v1:NodePool": Priced(meters.node_pool, "elastic machines and their disks"),
    **KUBERNETES,
}

"""How Azure says it."""

from __future__ import annotations

from typing import Any

from q2o_infra.parity.dialect import Dialect, Pool
from q2o_infra.parity.findings import Check, at
from q2o_infra.parity.inside import POOL_LABEL, SYSTEM_POOL, elastic_node_pool, is_true
from q2o_infra.plan.recorder import Recording

CLUSTER = "azure-native:containerservice:ManagedCluster"
NODE_CLASS = "kubernetes:karpenter.azure.com/v1beta1:AKSNodeClass"
ACCOUNT = "azure-native:storage:StorageAccount"
VAULT = "azure-native:keyvault:Vault"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"


def _system_profile(given: Any) -> dict[str, Any]:
    (profile,) = (row for row in given["agentPoolProfiles"] if at(row, "nodeLabels")[POOL_LABEL] == SYSTEM_POOL)
    return dict(profile)


def _system_pool(recording: Recording) -> Pool:
    (cluster,) = recording.of_type(CLUSTER)
    given = _system_profile(cluster.inputs)
    spot = given.get("scaleSetPriority") == "Spot"
    return Pool(
        nodes=0 if is_true(given.get("enableAutoScaling")) else int(given["count"]),
        zones=len(given["availabilityZones"]),
        label=str(given["nodeLabels"][POOL_LABEL]),
        is_tainted=bool(given.get("nodeTaints")),
        spot=spot,
        on_demand=not spot,
    )


DIALECT = Dialect(
    encryption=(
        Check(
            types=(CLUSTER,),
            is_kept=lambda given: (
                is_true(at(given, "securityProfile.azureKeyVaultKms.enabled"))
                and bool(at(given, "securityProfile.azureKeyVaultKms.keyId"))
            ),
            how="a Key Vault key for Kubernetes' secrets",
            wrong="its secrets are not encrypted under a key of ours",
        ),
        Check(
            types=(CLUSTER,),
            is_kept=lambda given: is_true(_system_profile(given).get("enableEncryptionAtHost")),
            how="encryption at host",
            wrong="what its machines keep on their own disks is not encrypted",
        ),
        Check(
            types=(NODE_CLASS,),
            is_kept=lambda given: is_true(at(given, "spec.security.encryptionAtHost")),
            how="encryption at host",
            wrong="what its machines keep on their own disks is not encrypted",
        ),
        # Managed disks are encrypted under the platform's keys, always (Azure, "Server-side encryption").
        Check(
            types=(STORAGE_CLASS,),
            is_kept=lambda given: given.get("provisioner") == "disk.csi.azure.com",
            how="managed disks, which Azure always encrypts",
            wrong="its volumes are of a kind that was not looked at",
        ),
        # Storage accounts are encrypted, always; the one of backups under a key of ours.
        Check(
            types=(ACCOUNT,),
            is_kept=lambda given: (
                is_true(given.get("enableHttpsTrafficOnly"))
                and at(given, "encryption.keySource") in {None, "Microsoft.Keyvault"}
            ),
            how="storage that Azure always encrypts, under a Key Vault key for backups",
            wrong="it takes what is not encrypted on the way",
        ),
    ),
    privacy=(
        Check(
            types=(CLUSTER,),
            is_kept=lambda given: (
                is_true(at(given, "apiServerAccessProfile.enablePrivateCluster"))
                and not is_true(_system_profile(given).get("enableNodePublicIP"))
            ),
            how="a private cluster, nodes without public addresses",
            wrong="the internet reaches its nodes or its API server",
        ),
        Check(
            types=("azure-native:network:Subnet",),
            is_kept=lambda given: given.get("defaultOutboundAccess") is False,
            how="a subnet without a way out of its own",
            wrong="machines in it leave by addresses of Azure's",
        ),
    ),
    identity=(
        Check(
            types=(CLUSTER,),
            is_kept=lambda given: (
                is_true(given.get("disableLocalAccounts"))
                and is_true(at(given, "oidcIssuerProfile.enabled"))
                and is_true(at(given, "securityProfile.workloadIdentity.enabled"))
            ),
            how="workload identity, and no local accounts of the cluster",
            wrong="its pods have no identity, or a certificate enters it",
        ),
        Check(
            types=("azure-native:managedidentity:FederatedIdentityCredential",),
            is_kept=lambda given: str(given.get("subject")).startswith("system:serviceaccount:"),
            how="one identity for one service account",
            wrong="it belongs to no service account",
        ),
        Check(
            types=(ACCOUNT,),
            is_kept=lambda given: given.get("allowSharedKeyAccess") is False,
            how="storage accounts without shared keys",
            wrong="whoever has its key enters",
        ),
    ),
    static_credentials=frozenset(
        {"azure-native:keyvault:Secret", "azuread:index/applicationPassword:ApplicationPassword"}
    ),
    protection=(
        Check(
            types=("azure-native:authorization:ManagementLockByScope",),
            is_kept=lambda given: given.get("level") == "CanNotDelete",
            how="locks on the cluster and on backups",
            wrong="it locks nothing against deletion",
        ),
        Check(
            types=(VAULT,),
            is_kept=lambda given: is_true(at(given, "properties.enablePurgeProtection")),
            how="vaults that cannot be purged",
            wrong="its keys can be purged",
        ),
    ),
    recovery={
        ACCOUNT: lambda recording: _lies(recording, ACCOUNT),
        VAULT: lambda recording: _lies(recording, VAULT),
    },
    system_pool=_system_pool,
    elastic_pool=elastic_node_pool,
    # Azure Resource Manager, "Use tags": names of 512 characters without <>%&\?/, of 128 on storage accounts.
    label_pattern=r"[^<>%&\\?/]{1,128}",
    label_field="tags",
    labels_come_from_the_provider=False,
    beyond_the_provider={
        NODE_CLASS: "spec.tags",
    },
    unlabelled={},
)


def _lies(recording: Recording, type_: str) -> str:
    (row,) = (found for found in recording.of_type(type_) if found.name.startswith("recovery"))
    return str(row.inputs["location"])

"""How Azure says it."""

from __future__ import annotations

from typing import Any

from q2o_infra.parity.dialect import Dialect, Pool
from q2o_infra.parity.findings import Beside, Check, at, each, pairs
from q2o_infra.parity.inside import (
    POOL_LABEL,
    STORAGE_CLASS,
    SYSTEM_POOL,
    elastic_node_pool,
    is_of_recovery,
    is_true,
)
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording

CLUSTER = "azure-native:containerservice:ManagedCluster"
NODE_CLASS = "kubernetes:karpenter.azure.com/v1beta1:AKSNodeClass"
ACCOUNT = "azure-native:storage:StorageAccount"
VAULT = "azure-native:keyvault:Vault"
KEY = "azure-native:keyvault:Key"
LOCK = "azure-native:authorization:ManagementLockByScope"


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


def _encrypted_account(account: Registration, recording: Recording) -> bool:
    """Return whether an account of backups is encrypted under a key of the plan; Azure encrypts any other by itself."""
    if not is_of_recovery(account):
        return True
    given = at(account.inputs, "encryption") or {}
    uri, name = (str(at(given, f"keyVaultProperties.{field}")) for field in ("keyVaultUri", "keyName"))
    return given.get("keySource") == "Microsoft.Keyvault" and any(
        row.inputs["keyName"] == name and uri.startswith(f"https://{row.inputs['vaultName']}.")
        for row in recording.of_type(KEY)
    )


def _locked(recording: Recording, kind: str, name: str) -> bool:
    """Return whether a lock against deletion lies on exactly this resource."""
    return any(
        row.inputs.get("level") == "CanNotDelete" and str(row.inputs.get("scope")).endswith(f"/{kind}/{name}")
        for row in recording.of_type(LOCK)
    )


def _locked_account(account: Registration, recording: Recording) -> bool:
    """Return whether an account of backups is locked; one of logs needs no lock."""
    return not is_of_recovery(account) or _locked(recording, "storageAccounts", account.inputs["accountName"])


def _kept_key(key: Registration, recording: Recording) -> bool:
    """Return whether a key lies in a vault of the plan that nobody can purge."""
    return any(
        row.inputs["vaultName"] == key.inputs["vaultName"] and _is_unpurgeable(row.inputs)
        for row in recording.of_type(VAULT)
    )


def _is_unpurgeable(given: Any) -> bool:
    return is_true(at(given, "properties.enableSoftDelete")) and is_true(at(given, "properties.enablePurgeProtection"))


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
        Beside(
            types=(ACCOUNT,),
            is_kept=_encrypted_account,
            how="storage that Azure always encrypts, under a Key Vault key for backups",
            wrong="backups in it are not encrypted under a key of ours",
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
        Beside(
            types=(CLUSTER,),
            is_kept=lambda row, recording: _locked(recording, "managedClusters", row.inputs["resourceName"]),
            how="a lock on the cluster",
            wrong="no lock keeps the cloud from deleting it",
        ),
        Beside(
            types=(ACCOUNT,),
            is_kept=_locked_account,
            how="and on backups",
            wrong="no lock keeps the cloud from deleting backups in it",
        ),
        Check(
            types=(VAULT,),
            is_kept=_is_unpurgeable,
            how="vaults that cannot be purged",
            wrong="its keys can be purged",
        ),
        Beside(
            types=(KEY,),
            is_kept=_kept_key,
            how="each key in such a vault",
            wrong="its vault is not in the plan, or can be purged",
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
        CLUSTER: lambda given: each(given, "agentPoolProfiles", "tags"),
        NODE_CLASS: lambda given: [at(given, "spec.tags")],
        STORAGE_CLASS: lambda given: [pairs(at(given, "parameters.tags"))],
    },
    unlabelled={},
)


def _lies(recording: Recording, type_: str) -> str:
    (row,) = (found for found in recording.of_type(type_) if found.name.startswith("recovery"))
    return str(row.inputs["location"])

"""Azure's stores of data and keys as the sandbox simulates them. Sources as in `azure.py`."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from clouds.azure.rows import Outputs, arm_id, row
from clouds.kind import Kind, Subject

_ACCOUNT = "Microsoft.Storage/storageAccounts/{accountName}"
_BLOBS = f"{_ACCOUNT}/blobServices/default"
_VAULT = "Microsoft.KeyVault/vaults/{vaultName}"


def _account(subject: Subject) -> Outputs:
    name = subject.inputs.get("accountName", subject.name)
    return {
        "creationTime": "2026-01-15T08:00:00.0000000Z",
        "primaryEndpoints": {"blob": f"https://{name}.blob.core.windows.net/"},
        "primaryLocation": subject.inputs.get("location", subject.place.location),
        "provisioningState": "Succeeded",
    }


def _vault(subject: Subject) -> Outputs:
    name = subject.inputs.get("vaultName", subject.name)
    return {"properties": {**subject.inputs["properties"], "vaultUri": f"https://{name}.vault.azure.net/"}}


def _key(subject: Subject) -> Outputs:
    uri = f"https://{subject.inputs['vaultName']}.vault.azure.net/keys/{subject.inputs.get('keyName', subject.name)}"
    return {"keyUri": uri, "keyUriWithVersion": f"{uri}/{subject.token(32, 'version')}"}


KINDS: tuple[Kind, ...] = (
    replace(
        row(
            "storage:StorageAccount",
            arm_id(_ACCOUNT),
            _account,
            named="accountName",
            required="kind resourceGroupName sku",
            replaces="resourceGroupName location accountName immutableStorageWithVersioning isHnsEnabled",
            seconds=(22, 4, 4),
        ),
        adoption="set recovery.adopt to the id of the key that it is encrypted with, and it is taken over",
    ),
    row(
        "storage:BlobServiceProperties",
        arm_id(_BLOBS),
        named=None,
        required="accountName resourceGroupName",
        replaces="accountName resourceGroupName blobServicesName",
    ),
    row(
        "storage:BlobContainer",
        arm_id(f"{_BLOBS}/containers/{{containerName}}"),
        named="containerName",
        required="accountName resourceGroupName",
        replaces="accountName resourceGroupName containerName",
    ),
    row(
        "storage:ManagementPolicy",
        arm_id(f"{_ACCOUNT}/managementPolicies/default"),
        named=None,
        required="accountName policy resourceGroupName",
        replaces="accountName resourceGroupName managementPolicyName",
    ),
    row(
        "keyvault:Vault",
        arm_id(_VAULT),
        _vault,
        named="vaultName",
        # 90 days with purge protection, which is for ever to whoever waits (Azure Key Vault documentation,
        # "Azure Key Vault soft-delete overview").
        name_kept_seconds=inf,
        required="properties resourceGroupName",
        replaces="resourceGroupName location vaultName",
        seconds=(30, 10, 10),
    ),
    row(
        "keyvault:Key",
        arm_id(f"{_VAULT}/keys/{{keyName}}"),
        _key,
        named="keyName",
        required="properties resourceGroupName vaultName",
        replaces="resourceGroupName vaultName keyName",
    ),
)

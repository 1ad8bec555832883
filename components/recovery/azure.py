"""Backups on Azure: a container whose blobs nobody can delete for days, in an account under a key of its own.

All of it but the lock stays when its region is destroyed, in a resource group of its own in the recovery location.
`adopt_key_id` takes it over again: names are made of the stack, and the key's address says which vault it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pulumi import ComponentResource, Output, Resource, ResourceOptions
from pulumi_azure_native import authorization, resources, storage

from components.base.errors import ComponentError, refused
from components.cluster.azure_contract import Right, Role, create_identity, grant, named
from components.keys.azure_contract import KeyArgs, create_key, key_scope
from components.recovery.contract import RecoveryArgs

LOCK_STATE = "Unlocked"
"""Nobody can delete or overwrite a version in its time, and only who may change the account can change that; `Locked`
could never be undone, by nobody."""
_KEY_URI = re.compile(r"https://(?P<vault>[a-z0-9-]+)\.vault\.azure\.net/keys/(?P<key>[a-z0-9-]+)")


@dataclass(frozen=True, kw_only=True)
class AzureRecoveryArgs(RecoveryArgs):
    """Arguments of a place for backups on Azure.

    `account_id` is the subscription, `bucket_name` the container, `key_name` the key in its vault, and `adopt_key_id`
    the key's address, `https://<vault>.vault.azure.net/keys/<key>`.
    """

    account_name: str
    """Physical name of the storage account; unique in all of Azure, and the same for a region that comes back."""
    cluster_name: str
    """Names of what is made begin with it."""
    tags: dict[str, str] = field(default_factory=dict)
    tenant_id: str
    vault_name: str
    """Physical name of the vault; it carries a generation (`components/keys/azure_contract.py`)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.adopt_key_id is None:
            return
        found = _KEY_URI.fullmatch(self.adopt_key_id)
        if found is None or found["key"] != self.key_name:
            raise ComponentError(
                refused(
                    "recovery.adopt",
                    self.adopt_key_id,
                    f"the address of a key, https://<vault>.vault.azure.net/keys/{self.key_name}",
                    "take what the last `up` gave as recovery_key_id",
                )
            )

    @property
    def standing_vault(self) -> str:
        """Name of the vault: that of the key that is taken over, or the one to be made."""
        found = _KEY_URI.fullmatch(self.adopt_key_id or "")
        return found["vault"] if found else self.vault_name


class AzureRecovery(ComponentResource):
    """Meets `Recovery`."""

    account_id: Output[str]
    """Id of the storage account."""
    account_name: Output[str]
    bucket_name: Output[str]
    """Name of the container."""
    key_id: Output[str]
    """Address of the key, without a version."""
    location: str
    resource: Resource

    def __init__(self, name: str, args: AzureRecoveryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:recovery:AzureRecovery", name, None, opts)
        self._name = name
        self._args = args
        # The group first: where one stands already and shall not be taken over, nothing else is left behind.
        self._group = self._create_group()
        account, key_id = self._create_account()
        settings = self._keep_versions(account)
        container = self._create_container(account, settings)
        self._expire(account)
        self._lock(account)
        self.account_id = account.id
        self.account_name = account.name
        self.bucket_name = container.name
        self.key_id = key_id
        self.location = args.location
        self.resource = container
        self.register_outputs(
            {
                "account_id": self.account_id,
                "account_name": self.account_name,
                "bucket_name": self.bucket_name,
                "key_id": self.key_id,
            }
        )

    @property
    def _group_id(self) -> str:
        return f"/subscriptions/{self._args.account_id}/resourceGroups/{self._group_name}"

    @property
    def _group_name(self) -> str:
        return named("resource-group", self._args.cluster_name, "recovery", self._args.location)

    @property
    def _account_id(self) -> str:
        return f"{self._group_id}/providers/Microsoft.Storage/storageAccounts/{self._args.account_name}"

    def _adopted(self, id_: str) -> str | None:
        return id_ if self._args.adopt_key_id else None

    def _options(self, id_: str, *, depends_on: list[Resource] | None = None, protect: bool = False) -> ResourceOptions:
        """Return options of something that stays; `id_` is what it is taken over by."""
        return ResourceOptions(
            parent=self,
            depends_on=depends_on,
            import_=self._adopted(id_),
            protect=protect and self._args.deletion_protection,
            retain_on_delete=True,
        )

    def _create_group(self) -> resources.ResourceGroup:
        return resources.ResourceGroup(
            f"{self._name}-group",
            location=self._args.location,
            resource_group_name=self._group_name,
            tags=self._args.tags,
            opts=self._options(self._group_id, protect=True),
        )

    def _create_account(self) -> tuple[storage.StorageAccount, Output[str]]:
        """Return the account and the address of the key that everything in it is encrypted with."""
        args, group = self._args, self._group.name
        providers = f"{self._group_id}/providers"
        identity_name = named("identity", args.cluster_name, "recovery")
        identity = create_identity(
            f"{self._name}-identity",
            identity_name,
            adopted_id=self._adopted(f"{providers}/Microsoft.ManagedIdentity/userAssignedIdentities/{identity_name}"),
            location=args.location,
            parent=self,
            resource_group_name=group,
            retained=True,
            tags=args.tags,
        )
        vault_id = f"{providers}/Microsoft.KeyVault/vaults/{args.standing_vault}"
        vault, key = create_key(
            self._name,
            KeyArgs(
                adopted_vault_id=self._adopted(vault_id),
                key_name=args.key_name,
                location=args.location,
                protected=args.deletion_protection,
                resource_group_name=group,
                retained=True,
                rotated=True,
                tags=args.tags,
                tenant_id=args.tenant_id,
                vault_name=args.standing_vault,
            ),
            parent=self,
        )
        may_use_key = grant(
            f"{self._name}-key",
            Right(role=Role.KEY_VAULT_CRYPTO_SERVICE_ENCRYPTION_USER, scope=key_scope(vault, key)),
            adopted_scope=self._adopted(f"{vault_id}/keys/{args.key_name}"),
            identity=identity,
            parent=self,
            retained=True,
            subscription_id=args.account_id,
            whole_name=f"{args.cluster_name}-{self._name}-key-{args.location}",
        )
        account = storage.StorageAccount(
            f"{self._name}-account",
            account_name=args.account_name,
            allow_blob_public_access=False,
            allow_cross_tenant_replication=False,
            # No keys of the account's own: who may do what is said by roles alone.
            allow_shared_key_access=False,
            enable_https_traffic_only=True,
            encryption={
                "encryption_identity": {"encryption_user_assigned_identity": identity.id},
                "key_source": "Microsoft.Keyvault",
                "key_vault_properties": {"key_name": key.name, "key_vault_uri": vault.properties.vault_uri},
                "services": {"blob": {"enabled": True, "key_type": "Account"}},
            },
            identity={
                "type": "UserAssigned",
                "user_assigned_identities": [identity.id],
            },
            immutable_storage_with_versioning={
                "enabled": True,
                "immutability_policy": {
                    "allow_protected_append_writes": False,
                    "immutability_period_since_creation_in_days": args.locked_days,
                    "state": LOCK_STATE,
                },
            },
            kind=storage.Kind.STORAGE_V2,
            location=args.location,
            minimum_tls_version="TLS1_2",
            resource_group_name=group,
            # Over the zones of the location, and never over two: Azure chooses the other, whoever's law it is under.
            sku={"name": "Standard_ZRS"},
            tags=args.tags,
            # An account whose identity may not use its key is refused.
            opts=self._options(self._account_id, depends_on=[may_use_key], protect=True),
        )
        return account, key.key_uri

    def _keep_versions(self, account: storage.StorageAccount) -> Resource:
        kept = storage.DeleteRetentionPolicyArgs(days=self._args.replaced_days, enabled=True)
        return storage.BlobServiceProperties(
            f"{self._name}-versions",
            account_name=account.name,
            blob_services_name="default",
            container_delete_retention_policy=kept,
            delete_retention_policy=kept,
            is_versioning_enabled=True,
            resource_group_name=self._group.name,
            opts=self._options(f"{self._account_id}/blobServices/default"),
        )

    def _create_container(self, account: storage.StorageAccount, settings: Resource) -> storage.BlobContainer:
        return storage.BlobContainer(
            f"{self._name}-container",
            account_name=account.name,
            container_name=self._args.bucket_name,
            public_access=storage.PublicAccess.NONE,
            resource_group_name=self._group.name,
            opts=self._options(
                f"{self._account_id}/blobServices/default/containers/{self._args.bucket_name}",
                depends_on=[settings],
                protect=True,
            ),
        )

    def _expire(self, account: storage.StorageAccount) -> None:
        """Have old backups deleted; what was deleted or replaced is kept for `replaced_days` more."""
        storage.ManagementPolicy(
            f"{self._name}-retention",
            account_name=account.name,
            management_policy_name="default",
            policy={
                "rules": [
                    {
                        "definition": {
                            "actions": {
                                "base_blob": {
                                    "delete": {"days_after_creation_greater_than": self._args.retention_days}
                                },
                                "version": {"delete": {"days_after_creation_greater_than": self._args.retention_days}},
                            },
                            "filters": {"blob_types": ["blockBlob"]},
                        },
                        "enabled": True,
                        "name": "retention",
                        "type": "Lifecycle",
                    }
                ]
            },
            resource_group_name=self._group.name,
            opts=self._options(f"{self._account_id}/managementPolicies/default"),
        )

    def _lock(self, account: storage.StorageAccount) -> None:
        """Have Azure refuse to delete the account, whoever asks, until the lock is taken away.

        It does not stay with the account: it would also hold every right below it, so no region could be destroyed. It
        goes with the protection, in the first step of a teardown; afterwards versions are kept by their immutability,
        and the key by a vault that nobody can purge.
        """
        if not self._args.deletion_protection:
            return
        authorization.ManagementLockByScope(
            f"{self._name}-lock",
            level="CanNotDelete",
            lock_name=named("lock", self._args.cluster_name, "recovery"),
            notes="Holds the region's backups, which outlive it.",
            scope=account.id,
            opts=ResourceOptions(parent=self),
        )

"""The key that a cluster's secrets are encrypted with, and the vault that keeps it.

A vault's name is never given back while what was deleted can still be had again, which purge protection makes 90 days.
So the name carries a generation: a region that is made anew within that time takes the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import Input, Output, Resource, ResourceOptions
from pulumi_azure_native import keyvault

from components.base.errors import ComponentError, refused
from components.base.names import physical_name

SOFT_DELETE_DAYS = 90
"""The longest that a vault offers: the key opens every secret of the cluster's backups."""
KEY_BITS = 3072
"""As strong as 128 bits until 2030 and beyond (NIST SP 800-57 part 1)."""


@dataclass(frozen=True, kw_only=True)
class KeyArgs:
    """Arguments of a vault with one key."""

    generation: int = 1
    """Part of the vault's name; raised by one when a vault of this name was deleted."""
    key_name: str
    location: str
    protected: bool
    resource_group_name: Input[str]
    retained: bool = False
    """Whether vault and key stay when the program forgets them."""
    rotated: bool = False
    """Whether Azure makes a new version each year; only for who names the key without its version."""
    tags: Mapping[str, str]
    tenant_id: str
    adopted_vault_id: str | None = None
    """Id of a vault that stands already, with its key; both are taken over."""
    vault_name: str


def vault_name(stack: str, role: str, *, generation: int, subscription_id: str) -> str:
    """Return the name of a vault, which all of Azure shares. Raises `ComponentError` for a generation below 1."""
    if generation < 1:
        raise ComponentError(
            refused("vault.generation", generation, "1 or more", "count the vaults that had this name before")
        )
    return physical_name("vault", stack, subscription_id, f"{role}-{generation}")


def create_key(name: str, args: KeyArgs, *, parent: Resource) -> tuple[keyvault.Vault, keyvault.Key]:
    """Make a vault that nobody can purge, and a key in it; who may use the key is said by roles on it."""
    vault = keyvault.Vault(
        f"{name}-vault",
        location=args.location,
        properties={
            "enable_purge_protection": True,
            # Roles and not lists of the vault's own: one place says who may do what.
            "enable_rbac_authorization": True,
            "enable_soft_delete": True,
            # Open to the network, because the services that use the key stand in none of ours; roles decide.
            "public_network_access": "Enabled",
            "sku": {"family": "A", "name": keyvault.SkuName.STANDARD},
            "soft_delete_retention_in_days": SOFT_DELETE_DAYS,
            "tenant_id": args.tenant_id,
        },
        resource_group_name=args.resource_group_name,
        tags=args.tags,
        vault_name=args.vault_name,
        opts=_options(args, parent, args.adopted_vault_id),
    )
    key_id = None if args.adopted_vault_id is None else f"{args.adopted_vault_id}/keys/{args.key_name}"
    key = keyvault.Key(
        f"{name}-key",
        key_name=args.key_name,
        properties=keyvault.KeyPropertiesArgs(
            key_size=KEY_BITS, kty="RSA", rotation_policy=_yearly() if args.rotated else None
        ),
        resource_group_name=args.resource_group_name,
        tags=args.tags,
        vault_name=vault.name,
        # A key is deleted through the vault itself, where who deploys has no right.
        opts=_options(args, parent, key_id, deleted_with=vault),
    )
    return vault, key


def _yearly() -> keyvault.RotationPolicyArgs:
    rotate = keyvault.ActionArgs(type=keyvault.KeyRotationPolicyActionType.ROTATE)
    return keyvault.RotationPolicyArgs(
        lifetime_actions=[
            keyvault.LifetimeActionArgs(action=rotate, trigger=keyvault.TriggerArgs(time_after_create="P1Y"))
        ]
    )


def key_scope(vault: keyvault.Vault, key: keyvault.Key) -> Output[str]:
    """Return the id by which a role is given on the key alone."""
    return Output.concat(vault.id, "/keys/", key.name)


def _options(
    args: KeyArgs, parent: Resource, adopted: str | None, *, deleted_with: Resource | None = None
) -> ResourceOptions:
    return ResourceOptions(
        parent=parent,
        deleted_with=deleted_with,
        import_=adopted,
        protect=args.protected,
        retain_on_delete=args.retained,
    )

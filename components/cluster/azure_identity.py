"""Who the control plane of an AKS cluster is to Azure, the key of its secrets, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi import Output, Resource
from pulumi_azure_native import managedidentity

from components.base.names import PREFIX
from components.cluster.azure_contract import OwnRole, Right, Role, create_identity, grant, named
from components.keys.azure_contract import KeyArgs, create_key, key_scope, vault_name

if TYPE_CHECKING:
    from components.cluster.azure import AksClusterArgs


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """What the cluster is made with."""

    identity: managedidentity.UserAssignedIdentity
    key_address: Output[str]
    """Address of the key that secrets in etcd are encrypted with, with its version."""
    rights: list[Resource]
    """Without them AKS refuses the identity, and takes nodes away by the same."""


def create_control_plane(name: str, args: AksClusterArgs, *, parent: Resource, subnet_id: Output[str]) -> ControlPlane:
    """Make the identity and the key, and give it its rights on key, subnet and the edge's address."""
    identity = create_identity(
        f"{name}-identity",
        named("identity", args.cluster_name, "control-plane"),
        location=args.location,
        parent=parent,
        resource_group_name=args.resource_group_name,
        tags=args.tags,
    )
    key_address, may_use_key = _create_key(name, args, parent)
    rights = {
        "secrets": may_use_key,
        "subnet": Right(role=Role.NETWORK_CONTRIBUTOR, scope=subnet_id),
        "address": Right(role=Role.NETWORK_CONTRIBUTOR, scope=args.balancer_address_id),
        "addresses": _may_find_addresses(args),
    }
    return ControlPlane(
        identity=identity,
        key_address=key_address,
        rights=[
            grant(
                f"{name}-{role}",
                right,
                identity=identity,
                parent=parent,
                subscription_id=args.subscription_id,
                whole_name=f"{args.cluster_name}-{name}-{role}",
            )
            for role, right in rights.items()
        ],
    )


def _create_key(name: str, args: AksClusterArgs, parent: Resource) -> tuple[Output[str], Right]:
    """Return the key's address with its version, and the right to use it."""
    vault, key = create_key(
        f"{name}-secrets",
        KeyArgs(
            key_name="secrets",
            location=args.location,
            protected=args.deletion_protection,
            resource_group_name=args.resource_group_name,
            tags=args.tags,
            tenant_id=args.tenant_id,
            vault_name=vault_name(
                args.cluster_name.removeprefix(f"{PREFIX}-"),
                "aks",
                generation=args.vault_generation,
                subscription_id=args.subscription_id,
            ),
        ),
        parent=parent,
    )
    return key.key_uri_with_version, Right(role=Role.KEY_VAULT_CRYPTO_USER, scope=key_scope(vault, key))


def _may_find_addresses(args: AksClusterArgs) -> Right:
    """Return the right to look for the balancer's address.

    AKS finds it by its name in a list of the whole group's (kubernetes-sigs/cloud-provider-azure,
    `pkg/provider/azure_publicip_repo.go`), and a right on the address alone lists nothing.
    """
    group = Output.concat(f"/subscriptions/{args.subscription_id}/resourceGroups/", args.resource_group_name)
    role = OwnRole(
        actions=("Microsoft.Network/publicIPAddresses/read",),
        description="Looks at public addresses, and at nothing else.",
        scope=group,
    )
    return Right(role=role, scope=group)

"""What neighbours on Azure may use of an AKS cluster beyond the contract: who its pods are to Azure, and what they may.

A pod's identity is a managed identity that trusts one service account of one cluster (Microsoft Entra Workload ID): the
pod shows the token that the cluster signed for it, and no secret is kept anywhere. No identity is shared between
workloads, and no pod uses its node's identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions
from pulumi_azure_native import authorization, managedidentity

from components.base.names import PREFIX, physical_name, stable_guid

TOKEN_AUDIENCE = "api://AzureADTokenExchange"  # noqa: S105  what a token is for, and no token
"""Whom the cluster's tokens must be meant for (Entra documentation, "Workload identity federation")."""
IDENTITY_ANNOTATION = "azure.workload.identity/client-id"
"""On a service account: which identity its pods take on."""
IDENTITY_LABEL = {"azure.workload.identity/use": "true"}
"""On a pod: AKS's webhook gives it the token and says where it lies (Azure/azure-workload-identity)."""


class Role(StrEnum):
    """Roles that Azure keeps, by their ids (Azure RBAC documentation, "Azure built-in roles"). Not roles of ours."""

    COST_MANAGEMENT_READER = "72fafb9e-0641-4937-9268-a91bfd8191a3"
    DNS_ZONE_CONTRIBUTOR = "befefa01-2a29-4197-83a8-272ff33ce314"
    KEY_VAULT_CRYPTO_SERVICE_ENCRYPTION_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
    KEY_VAULT_CRYPTO_USER = "12338af0-0e69-4776-bea7-57ae8d297424"
    NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
    STORAGE_BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"


@dataclass(frozen=True, kw_only=True)
class OwnRole:
    """A role that Azure does not keep: just these actions, to be given inside one scope."""

    actions: tuple[str, ...] = ()
    """What may be done with resources."""
    data_actions: tuple[str, ...] = ()
    """What may be done with what is in them."""
    description: str
    scope: Input[str]


@dataclass(frozen=True, kw_only=True)
class Right:
    """A role on one resource."""

    condition: Input[str] | None = None
    """What the role is narrowed to (Azure ABAC, version 2.0); `None`: all of the scope."""
    role: Role | OwnRole
    """One of Azure's own, or one that is made for this right alone."""
    scope: Input[str]
    """Id of the resource; never a whole subscription for what writes."""


@dataclass(frozen=True, kw_only=True)
class WorkloadIdentityArgs:
    """Arguments of a pod's identity."""

    issuer: Input[str]
    """The cluster's issuer of tokens, from its output, so that the identity is made once the cluster stands."""
    location: str
    namespace: str
    physical_cluster_name: str
    """Name of the cluster as known at plan time; the identity is named by it."""
    resource_group_name: Input[str]
    rights: Mapping[str, Right]
    """What it may do, by a word for each right that is part of the logical name."""
    role: str
    """What the identity is for, in a-z, 0-9 and `-`; part of its physical name."""
    service_account: str
    subscription_id: str
    tags: Mapping[str, str]


class WorkloadIdentity(ComponentResource):
    """A managed identity, what it may do, and its trust in one service account."""

    client_id: Output[str]
    """What the service account is annotated with; known once the identity has its rights and trusts the cluster."""
    credential: managedidentity.FederatedIdentityCredential
    """Pods started before it are refused, so whatever starts them depends on it."""
    rights: Mapping[str, authorization.RoleAssignment]
    """What it may do, by the words of the arguments."""

    def __init__(self, name: str, args: WorkloadIdentityArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:cluster:AzureWorkloadIdentity", name, None, opts)
        identity = create_identity(
            f"{name}-identity",
            named("identity", args.physical_cluster_name, args.role),
            location=args.location,
            parent=self,
            resource_group_name=args.resource_group_name,
            tags=args.tags,
        )
        self.rights = {
            word: grant(
                f"{name}-{word}",
                right,
                identity=identity,
                parent=self,
                subscription_id=args.subscription_id,
                whole_name=f"{args.physical_cluster_name}-{args.role}-{word}",
            )
            for word, right in args.rights.items()
        }
        # Without this edge a destroy takes the rights away first, and what still has to clean up with them is left
        # helpless.
        self.credential = managedidentity.FederatedIdentityCredential(
            f"{name}-credential",
            audiences=[TOKEN_AUDIENCE],
            federated_identity_credential_resource_name=named("identity", args.physical_cluster_name, args.role),
            issuer=args.issuer,
            resource_group_name=args.resource_group_name,
            resource_name_=identity.name,
            subject=f"system:serviceaccount:{args.namespace}:{args.service_account}",
            opts=ResourceOptions(parent=self, depends_on=list(self.rights.values())),
        )
        self.client_id = Output.all(identity.client_id, self.credential.id).apply(lambda known: str(known[0]))
        self.register_outputs({"client_id": self.client_id})


def create_identity(
    name: str,
    physical: str,
    *,
    location: str,
    parent: Resource,
    resource_group_name: Input[str],
    tags: Mapping[str, str],
    adopted_id: str | None = None,
    retained: bool = False,
) -> managedidentity.UserAssignedIdentity:
    """Make a managed identity that may do nothing yet, or take one over that an earlier region left."""
    return managedidentity.UserAssignedIdentity(
        name,
        location=location,
        resource_group_name=resource_group_name,
        resource_name_=physical,
        tags=tags,
        opts=ResourceOptions(parent=parent, import_=adopted_id, retain_on_delete=retained),
    )


def grant(
    name: str,
    right: Right,
    *,
    identity: managedidentity.UserAssignedIdentity,
    parent: Resource,
    subscription_id: str,
    whole_name: str,
    adopted_scope: str | None = None,
    retained: bool = False,
) -> authorization.RoleAssignment:
    """Give `identity` a right. Azure names it by a GUID, which is made of the subscription and `whole_name`.

    `adopted_scope` is the scope as known at plan time, where an earlier region left the right behind.
    """
    role, guid = right.role, stable_guid(subscription_id, whole_name)
    given = (
        role_id(subscription_id, role)
        if isinstance(role, Role)
        else _create_role(f"{name}-role", role, guid=stable_guid(guid, "role"), parent=parent, whole_name=whole_name)
    )
    adopted = f"{adopted_scope}/providers/Microsoft.Authorization/roleAssignments/{guid}" if adopted_scope else None
    return authorization.RoleAssignment(
        name,
        condition=right.condition,
        condition_version="2.0" if right.condition is not None else None,
        principal_id=identity.principal_id,
        # Said, because Azure would look for a new identity in a directory that does not know it yet.
        principal_type="ServicePrincipal",
        role_assignment_name=guid,
        role_definition_id=given,
        scope=right.scope,
        opts=ResourceOptions(parent=parent, import_=adopted, retain_on_delete=retained),
    )


def _create_role(name: str, role: OwnRole, *, guid: str, parent: Resource, whole_name: str) -> Output[str]:
    definition = authorization.RoleDefinition(
        name,
        assignable_scopes=[role.scope],
        description=role.description,
        permissions=[{"actions": list(role.actions), "data_actions": list(role.data_actions)}],
        role_definition_id=guid,
        # Unique in the whole tenant.
        role_name=f"{whole_name} ({guid[:8]})",
        role_type="CustomRole",
        scope=role.scope,
        opts=ResourceOptions(parent=parent),
    )
    return definition.id


def role_id(subscription_id: str, role: Role) -> str:
    """Return the id of one of Azure's own roles, as it is called inside a subscription."""
    return f"/subscriptions/{subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{role.value}"


def named(kind: str, cluster_name: str, *parts: str) -> str:
    """Return the physical name of something that belongs to a cluster."""
    return physical_name(kind, cluster_name.removeprefix(f"{PREFIX}-"), *parts)

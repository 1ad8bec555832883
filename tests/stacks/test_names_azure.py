"""Physical names on Azure: short enough, known as ours, each claimed once."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from q2o_infra.naming import LIMITS, PREFIX
from q2o_infra.plan.recorder import Recording
from q2o_infra.vocabulary import Cloud
from tests.support.assertions import assert_none
from tests.support.stacks import awkward_on, planned_on
from tests.support.titles import title

# Where a resource has its physical name, which limit of `naming.LIMITS` it is under, and its alphabet.
_DASHED = r"[a-z0-9]+(-[a-z0-9]+)*"
NAMES: dict[str, tuple[str, str, str]] = {
    "authorization:ManagementLockByScope": ("lockName", "lock", _DASHED),
    "consumption:Budget": ("budgetName", "consumption-budget", _DASHED),
    "containerservice:ManagedCluster": ("resourceName", "cluster", _DASHED),
    "keyvault:Vault": ("vaultName", "vault", r"[a-z][a-z0-9]*(-[a-z0-9]+)*"),
    "managedidentity:FederatedIdentityCredential": ("federatedIdentityCredentialResourceName", "identity", _DASHED),
    "managedidentity:UserAssignedIdentity": ("resourceName", "identity", _DASHED),
    "monitor:ActionGroup": ("actionGroupName", "action-group", _DASHED),
    "network:FlowLog": ("flowLogName", "network-resource", _DASHED),
    "network:NatGateway": ("natGatewayName", "network-resource", _DASHED),
    "network:NetworkSecurityGroup": ("networkSecurityGroupName", "network-resource", _DASHED),
    "network:PublicIPAddress": ("publicIpAddressName", "network-resource", _DASHED),
    "network:VirtualNetwork": ("virtualNetworkName", "network-resource", _DASHED),
    "operationalinsights:Workspace": ("workspaceName", "workspace", _DASHED),
    "resources:ResourceGroup": ("resourceGroupName", "resource-group", _DASHED),
    "storage:BlobContainer": ("containerName", "storage-container", _DASHED),
    "storage:StorageAccount": ("accountName", "storage-account", r"[a-z0-9]+"),
}
INSIDE = frozenset(
    {
        "authorization:RoleAssignment",
        "authorization:RoleDefinition",
        "containerservice:MaintenanceConfiguration",
        "dns:RecordSet",
        "keyvault:Key",
        "monitor:DiagnosticSetting",
        "network:SecurityRule",
        "network:Subnet",
        "operationalinsights:Table",
        "storage:BlobServiceProperties",
        "storage:ManagementPolicy",
    }
)
"""Named inside something of ours, by Azure, by a GUID or by the user's zone."""
PLANS = [lambda: planned_on(Cloud.AZURE), lambda: awkward_on(Cloud.AZURE)]


@pytest.mark.parametrize("plan", PLANS, ids=["short", "long"])
def test_physical_names_are_within_their_limits_and_known_as_ours(plan) -> None:
    recording: Recording = plan()
    wrong = []
    for row in recording.resources:
        type_ = row.type.removeprefix("azure-native:")
        if not row.type.startswith("azure-native:") or type_ in INSIDE:
            continue
        field, kind, alphabet = NAMES[type_]
        name = row.inputs[field]
        if len(name) > LIMITS[kind] or not re.fullmatch(alphabet, name) or not name.startswith(PREFIX):
            wrong.append(f"{title(row)}: {name}")
    assert_none(wrong, "Azure would refuse it, or nobody would know it as ours")


@pytest.mark.parametrize("plan", PLANS, ids=["short", "long"])
def test_the_group_that_aks_makes_itself_has_a_name_of_ours_too(plan) -> None:
    (cluster,) = plan().of_type("azure-native:containerservice:ManagedCluster")
    name = cluster.inputs["nodeResourceGroup"]
    # AKS documentation, "Can I provide my own name for the AKS node resource group": 80 characters.
    assert len(name) <= 80
    assert name not in {
        row.inputs["resourceGroupName"] for row in plan().of_type("azure-native:resources:ResourceGroup")
    }


@pytest.mark.parametrize("plan", PLANS, ids=["short", "long"])
def test_no_two_resources_have_one_id(plan) -> None:
    claims = Counter(
        (row.type, *(str(row.inputs.get(field)) for field in ("resourceGroupName", "scope", "resourceUri")), name)
        for row in plan().resources
        if (spec := NAMES.get(row.type.removeprefix("azure-native:"))) and (name := row.inputs[spec[0]])
    )
    assert_none([claim for claim, count in claims.items() if count > 1], "the second create fails")


def test_role_assignments_have_guids_that_no_other_has() -> None:
    names = [
        row.inputs["roleAssignmentName"]
        for plan in (planned_on(Cloud.AZURE), awkward_on(Cloud.AZURE))
        for row in plan.of_type("azure-native:authorization:RoleAssignment")
    ]
    assert len(names) == len(set(names)) > 0
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name) for name in names)

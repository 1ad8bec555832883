"""The tables of the simulated Azure: what they refuse, what a change means, what comes back."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
from typing import Any

import pytest
from pulumi import _types

from clouds.azure import records as azure_table
from clouds.catalogue import kind_of, place_of, replacing
from clouds.kind import Kind, Place, Subject
from components.base.errors import SandboxError
from q2o_infra.plan.simulation import simulate
from sandbox.providers.accounts import Accounts
from sandbox.providers.contract import Wanted
from sandbox.world import World

SUBSCRIPTION = "10000000-0000-4000-8000-000000000001"
HOME = Place(account=SUBSCRIPTION, location="eastus2")

# Written down a second time on purpose: the table is what the sandbox believes, this is what the provider does.
# pulumi/pulumi-azure-native, `provider/pkg/gen/replacement.go`, and the parameters of each resource's path.
FORCES_REPLACEMENT: dict[str, set[str]] = {
    "azure-native:network:VirtualNetwork": {"location", "resourceGroupName", "virtualNetworkName"},
    "azure-native:network:Subnet": {"resourceGroupName", "subnetName", "virtualNetworkName"},
    "azure-native:network:PublicIPAddress": {"location", "publicIPAddressVersion", "publicIPPrefix", "sku"},
    "azure-native:containerservice:ManagedCluster": {
        "diskEncryptionSetID",
        "dnsPrefix",
        "location",
        "nodeResourceGroup",
        "networkProfile.networkPolicy",
        "networkProfile.outboundType",
        "networkProfile.podCidr",
        "networkProfile.serviceCidr",
    },
    "azure-native:keyvault:Vault": {"location", "resourceGroupName", "vaultName"},
    "azure-native:keyvault:Key": {"keyName", "vaultName"},
    "azure-native:resources:ResourceGroup": {"location", "resourceGroupName"},
    "azure-native:storage:StorageAccount": {"accountName", "isHnsEnabled", "location"},
    "azure-native:storage:BlobContainer": {"accountName", "containerName"},
    "azure-native:authorization:RoleAssignment": {"principalId", "scope"},
}
CHANGED_IN_PLACE: dict[str, set[str]] = {
    "azure-native:network:VirtualNetwork": {"addressSpace", "tags"},
    "azure-native:network:Subnet": {"addressPrefix", "natGateway", "networkSecurityGroup", "serviceEndpoints"},
    "azure-native:network:PublicIPAddress": {"tags", "idleTimeoutInMinutes"},
    "azure-native:containerservice:ManagedCluster": {
        "agentPoolProfiles",
        "autoUpgradeProfile",
        "kubernetesVersion",
        "networkProfile.loadBalancerSku",
        "tags",
    },
    "azure-native:keyvault:Vault": {"properties", "tags"},
    "azure-native:resources:ResourceGroup": {"tags"},
    "azure-native:storage:StorageAccount": {"encryption", "networkRuleSet", "sku", "tags"},
    "azure-native:storage:BlobContainer": {"publicAccess"},
}
PAIRS = [(type_, name) for type_, names in FORCES_REPLACEMENT.items() for name in sorted(names)]
IN_PLACE = [(type_, name) for type_, names in CHANGED_IN_PLACE.items() for name in sorted(names)]


def arguments_of(type_: str) -> Any:
    """Return the class of a resource's inputs; where a part of another resource took its name, it is `InitArgs`."""
    _, module, name = type_.split(":")
    package = importlib.import_module(f"pulumi_azure_native.{module}")
    return getattr(package, f"{name}InitArgs", None) or getattr(package, f"{name}Args")


def required_by_the_sdk(type_: str) -> set[str]:
    """Return the inputs that the generated Python class takes without a default, in wire spelling."""
    arguments = arguments_of(type_)
    wire_names = _types.input_type_py_to_pulumi_names(arguments)
    return {
        wire_names[parameter.name]
        for parameter in inspect.signature(arguments.__init__).parameters.values()
        if parameter.default is inspect.Parameter.empty and parameter.name in wire_names
    }


def nested(path: str, value: str) -> dict[str, Any]:
    document: Any = value
    for part in reversed(path.split(".")):
        document = {part: document}
    return dict(document)


@pytest.mark.parametrize("kind", azure_table.KINDS, ids=lambda kind: kind.type)
def test_what_is_required_is_what_the_providers_schema_requires(kind: Kind) -> None:
    assert kind.required == required_by_the_sdk(kind.type)


@pytest.mark.parametrize("kind", azure_table.KINDS, ids=lambda kind: kind.type)
def test_a_row_names_only_inputs_that_the_provider_has(kind: Kind) -> None:
    known = set(_types.input_type_py_to_pulumi_names(arguments_of(kind.type)).values())
    assert {path.split(".")[0] for path in kind.replaces} <= known
    assert {kind.unique} <= known | {None}


@pytest.mark.parametrize(("type_", "path"), PAIRS, ids=lambda value: value.rsplit(":", 1)[-1])
def test_a_stateful_thing_is_replaced_where_the_provider_replaces_it(type_: str, path: str) -> None:
    assert replacing(kind_of(type_), nested(path, "old"), nested(path, "new")) == (path,)


@pytest.mark.parametrize(("type_", "path"), IN_PLACE, ids=lambda value: value.rsplit(":", 1)[-1])
def test_a_stateful_thing_is_changed_in_place_where_the_provider_can(type_: str, path: str) -> None:
    assert replacing(kind_of(type_), nested(path, "old"), nested(path, "new")) == ()


def test_the_version_is_that_of_the_installed_sdk() -> None:
    assert importlib.metadata.version("pulumi-azure-native") == azure_table.PROVIDER_VERSION


def subject(type_: str, inputs: dict[str, Any], **more: Any) -> Subject:
    urn = f"urn:pulumi:us-east::q2o-infra::azure-native:{type_}::thing"
    return Subject(urn=urn, type=f"azure-native:{type_}", inputs=inputs, place=HOME, **more)


def test_ids_are_those_of_azure_resource_manager() -> None:
    inside = {"resourceGroupName": "q2o", "virtualNetworkName": "net", "subnetName": "nodes"}
    found = simulate(subject("network:Subnet", inside), {})
    assert found.id == (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/q2o/providers/Microsoft.Network/virtualNetworks/net/subnets/nodes"
    )
    assert found.outputs["name"] == "nodes"
    assert found.outputs["type"] == "Microsoft.Network/virtualNetworks/subnets"


def test_what_is_said_of_another_resource_has_an_id_below_its() -> None:
    given = {"principalId": "p", "roleAssignmentName": "guid", "roleDefinitionId": "r", "scope": found_scope()}
    found = simulate(subject("authorization:RoleAssignment", given), {})
    assert found.id == f"{found_scope()}/providers/Microsoft.Authorization/roleAssignments/guid"


def found_scope() -> str:
    return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/q2o"


def test_a_provider_is_in_one_subscription_and_one_location() -> None:
    assert place_of("azure-native", {"location": "eastus2", "subscriptionId": SUBSCRIPTION}) == HOME
    with pytest.raises(
        SandboxError, match=r"^azure-native provider: location 'eastus' is not one of eastus2, centralus"
    ):
        place_of("azure-native", {"location": "eastus", "subscriptionId": SUBSCRIPTION})


def test_a_vault_s_name_is_never_given_back_and_the_next_generation_s_is_free(tmp_path) -> None:
    backend = Accounts(World(tmp_path))

    def wanted(name: str) -> Wanted:
        given = {"properties": {"tenantId": "t"}, "resourceGroupName": "q2o", "vaultName": name}
        urn = "urn:pulumi:us-east::q2o-infra::azure-native:keyvault:Vault::vault"
        return Wanted(urn=urn, type="azure-native:keyvault:Vault", wire_inputs=given, place=HOME)

    backend.create(wanted("q2o-1"))
    backend.delete(World(tmp_path).entries()[0])
    with pytest.raises(SandboxError, match=r"Vault q2o-1: the cloud never gives this name back after a deletion"):
        Accounts(World(tmp_path)).create(wanted("q2o-1"))
    assert Accounts(World(tmp_path)).create(wanted("q2o-2")).outputs["properties"]["vaultUri"] == (
        "https://q2o-2.vault.azure.net/"
    )

"""The network on Azure: what is made, what leads where, who is let in, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from components.base.errors import ComponentError
from components.base.vocabulary import NatMode
from components.network.addresses import SERVICE_ADDRESSES
from components.network.azure_contract import POD_ADDRESSES
from q2o_infra.locations import REGIONS
from q2o_infra.plan.recorder import Recording, record
from tests.support.azure import HERE, make_network, network_args

ADDRESS = "azure-native:network:PublicIPAddress"
FLOW_LOG = "azure-native:network:FlowLog"
NAT = "azure-native:network:NatGateway"
RULE = "azure-native:network:SecurityRule"
SUBNET = "azure-native:network:Subnet"


def recorded(**changes: Any) -> Recording:
    return record(make_network(**changes))


def test_all_nodes_stand_in_one_subnet_with_its_own_way_out_and_no_other() -> None:
    recording = recorded()
    (subnet,) = recording.of_type(SUBNET)
    (gateway,) = recording.of_type(NAT)
    assert subnet.inputs["addressPrefix"] == "10.16.64.0/18", "the first private quarter of the plan"
    assert recording.by_urn()[subnet.property_dependencies["natGateway"][0]].name == gateway.name
    assert subnet.inputs["defaultOutboundAccess"] is False
    assert gateway.inputs["zones"] == ["1"]


def test_public_addresses_outlive_a_zone_and_belong_to_the_program() -> None:
    recording = recorded()
    assert {row.name for row in recording.of_type(ADDRESS)} == {"network-nat", "network-public"}
    for row in recording.of_type(ADDRESS):
        assert row.inputs["zones"] == ["1", "2", "3"]
        assert (row.inputs["publicIPAllocationMethod"], row.inputs["sku"]["name"]) == ("Static", "Standard")


def test_pods_have_addresses_that_no_region_and_no_service_has() -> None:
    assert not any(place.addresses.overlaps(POD_ADDRESSES) for place in REGIONS.values())
    assert not SERVICE_ADDRESSES.overlaps(POD_ADDRESSES)
    assert POD_ADDRESSES.num_addresses // 256 >= 100, "a /24 for each node of the phase"


def test_nodes_hear_each_other_and_probes_and_nobody_from_a_peered_network() -> None:
    rules = sorted(recorded().of_type(RULE), key=lambda row: row.inputs["priority"])
    assert [
        (row.inputs["access"], row.inputs.get("sourceAddressPrefixes") or row.inputs["sourceAddressPrefix"])
        for row in rules
    ] == [
        ("Allow", ["10.16.0.0/16", "192.168.0.0/16"]),
        ("Allow", "AzureLoadBalancer"),
        ("Deny", "VirtualNetwork"),
    ]


def test_subnets_and_rules_are_resources_of_their_own() -> None:
    inline = {"subnets", "securityRules", "routes"}
    assert [row.name for row in recorded().resources if inline & row.inputs.keys()] == []


def test_flows_are_kept_as_long_as_asked_by_an_identity_and_without_keys() -> None:
    recording = recorded(flow_log_retention_days=90)
    log = recording.named(FLOW_LOG, "network-flow-logs").inputs
    account = recording.named("azure-native:storage:StorageAccount", "network-flow-logs").inputs
    assert log["retentionPolicy"] == {"days": 90, "enabled": True}
    assert (log["resourceGroupName"], log["networkWatcherName"]) == ("NetworkWatcherRG", "NetworkWatcher_eastus2")
    assert log["identity"]["type"] == "UserAssigned"
    assert (account["allowSharedKeyAccess"], account["allowBlobPublicAccess"]) == (False, False)
    assert account["sku"]["name"] == "Standard_ZRS", "never over two locations"


def test_image_layers_and_backups_do_not_go_through_the_gateway_unless_told_to() -> None:
    def endpoints(**changes: Any) -> list[str]:
        (subnet,) = recorded(**changes).of_type(SUBNET)
        return [row["service"] for row in subnet.inputs["serviceEndpoints"]]

    assert endpoints() == ["Microsoft.Storage.Global"]
    assert endpoints(registry_endpoints=False) == []


@pytest.mark.parametrize("protected", [True, False])
def test_what_cannot_be_had_back_is_protected_unless_told_otherwise(protected: bool) -> None:
    recording = recorded(deletion_protection=protected)
    wanted = {
        ADDRESS,
        SUBNET,
        "azure-native:network:VirtualNetwork",
        "azure-native:resources:ResourceGroup",
        "azure-native:storage:StorageAccount",
    }
    assert {row.type for row in recording.resources if row.protect} == (wanted if protected else set())


def test_everything_that_can_carry_tags_carries_them() -> None:
    without_tags = {RULE, SUBNET, "azure-native:authorization:RoleAssignment"}
    bare = [
        row.name
        for row in recorded().resources
        if row.type.startswith("azure-native:") and row.type not in without_tags and not row.inputs.get("tags")
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"location": "westeurope"},
            "network.addresses.zones: 'eastus2-1' is not allowed: westeurope has westeurope-1, westeurope-2, "
            "westeurope-3; plan the addresses with the zones of the location.",
        ),
        (
            {"nat": NatMode.PER_ZONE},
            "network.nat: 'per_zone' is not allowed: on Azure a subnet has one NAT gateway and the nodes of all zones "
            "stand in one subnet; the gateway over all zones (StandardV2) is newer than the interface 2024-05-01 that "
            "the provider speaks; take single, and move the gateway when its zone is lost "
            "(docs/runbooks/zone-lost.md).",
        ),
        (
            {"flow_log_retention_days": 400},
            "network.flow_log_retention_days: 400 is not allowed: Azure keeps flow logs for 1 to 365 days; "
            "take a number in between.",
        ),
    ],
    ids=["zones of another location", "a gateway in each zone", "days that Azure refuses"],
)
def test_bad_arguments_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        recorded(**changes)
    assert refusal.value.message == message


def test_a_cloud_s_own_zones_are_named_as_nodes_are_labelled() -> None:
    assert [subnets.zone for subnets in network_args().addresses.zones] == list(HERE.zones)

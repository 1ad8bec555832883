"""The address plan: room for every node when a zone is lost, and subnets that never meet."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest

from clouds.aws.machines import AWS_INSTANCE_TYPES
from components.base.errors import EXIT_BAD_INPUT, SettingsError
from components.network.addresses import SERVICE_ADDRESSES, addresses_per_zone, narrowest_prefix, plan_addresses
from q2o_infra.locations import REGIONS

ZONES = ("use1-az1", "use1-az2", "use1-az4")
KEPT_BY_AWS = 5
MOST_NODES_OF_A_VPC = 544


def test_a_hundred_nodes_on_the_largest_machines_need_3031_addresses_in_each_zone() -> None:
    # 50 nodes with 60 addresses each; 5 kept by AWS, 16 for the control plane, 8 for a load balancer, 2 endpoints.
    assert addresses_per_zone(nodes=100) == 50 * 60 + 5 + 16 + 8 + 2


def test_a_node_is_never_counted_as_half() -> None:
    assert addresses_per_zone(nodes=101) == addresses_per_zone(nodes=102)


def test_the_first_quarter_is_public_and_the_others_are_the_private_subnets() -> None:
    plan = plan_addresses(where="network.cidr", network=IPv4Network("10.16.0.0/16"), zones=ZONES, nodes=100)
    assert [(row.zone, str(row.private), str(row.public)) for row in plan.zones] == [
        ("use1-az1", "10.16.64.0/18", "10.16.0.0/24"),
        ("use1-az2", "10.16.128.0/18", "10.16.1.0/24"),
        ("use1-az4", "10.16.192.0/18", "10.16.2.0/24"),
    ]


@pytest.mark.parametrize("nodes", range(1, MOST_NODES_OF_A_VPC + 1, 7))
def test_every_size_that_is_accepted_has_room_with_a_zone_lost_and_no_overlap(nodes: int) -> None:
    largest = max(machine.addresses for machine in AWS_INSTANCE_TYPES.values())
    for prefix in range(16, narrowest_prefix(nodes=nodes) + 1):
        network = IPv4Network(f"10.48.0.0/{prefix}")
        plan = plan_addresses(where="network.cidr", network=network, zones=ZONES, nodes=nodes)
        subnets = [subnet for row in plan.zones for subnet in (row.private, row.public)]
        assert all(subnet.subnet_of(network) for subnet in subnets)
        assert not any(a.overlaps(b) for a, b in combinations(subnets, 2))
        for _lost, first, second in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
            left = (plan.zones[first], plan.zones[second])
            fitting = sum((row.private.num_addresses - KEPT_BY_AWS) // largest for row in left)
            assert fitting >= nodes, f"{nodes} nodes do not fit into two zones of {network}"


@pytest.mark.parametrize("nodes", [1, 3, 32, 33, 100, 134, 135, MOST_NODES_OF_A_VPC])
def test_the_narrowest_prefix_is_the_last_that_is_accepted(nodes: int) -> None:
    narrowest = narrowest_prefix(nodes=nodes)
    plan_addresses(where="x", network=IPv4Network(f"10.0.0.0/{narrowest}"), zones=ZONES, nodes=nodes)
    with pytest.raises(SettingsError):
        plan_addresses(where="x", network=IPv4Network(f"10.0.0.0/{narrowest + 1}"), zones=ZONES, nodes=nodes)


@pytest.mark.parametrize(
    ("network", "nodes", "message"),
    [
        (
            "10.16.0.0/24",
            100,
            "network.cidr: '10.16.0.0/24' is not allowed: 100 nodes and their pods need 3031 addresses in each zone "
            "once a zone is lost, which a /18 or larger has; give a range from /16 to /18.",
        ),
        (
            "10.16.0.0/19",
            100,
            "network.cidr: '10.16.0.0/19' is not allowed: 100 nodes and their pods need 3031 addresses in each zone "
            "once a zone is lost, which a /18 or larger has; give a range from /16 to /18.",
        ),
        (
            "10.16.0.0/12",
            100,
            "network.cidr: '10.16.0.0/12' is not allowed: AWS takes networks of /16 and smaller; give a /16 inside it.",
        ),
        (
            "10.16.0.0/16",
            545,
            "network.cidr: '10.16.0.0/16' is not allowed: 545 nodes and their pods need 16411 addresses in each zone "
            "once a zone is lost, and no network is that large; plan for fewer nodes.",
        ),
    ],
    ids=["far too small", "just too small", "larger than a VPC may be", "more nodes than any VPC holds"],
)
def test_a_network_without_room_is_refused(network: str, nodes: int, message: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        plan_addresses(where="network.cidr", network=IPv4Network(network), zones=ZONES, nodes=nodes)
    assert refusal.value.message == message
    assert refusal.value.exit_code == EXIT_BAD_INPUT


def test_no_two_regions_and_no_region_and_the_services_share_an_address() -> None:
    blocks = [place.addresses for place in REGIONS.values()]
    assert not any(a.overlaps(b) for a, b in combinations([*blocks, SERVICE_ADDRESSES], 2))


def test_every_region_has_room_for_its_home_and_its_recovery_network() -> None:
    assert all(place.addresses.prefixlen < 16 for place in REGIONS.values())

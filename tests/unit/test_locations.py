"""The places: no two regions share an address, every region has a home and a recovery location of its own law."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations, product

import pytest

from clouds.location import Location
from clouds.locations import LOCATIONS, locations_in
from components.base.vocabulary import Cloud, Jurisdiction, Region, RegionRole
from q2o_infra.locations import HOME, RECOVERY, REGIONS

EVERY_PLACE = list(product(Region, Cloud))


@pytest.mark.parametrize(("one", "other"), list(combinations(Region, 2)))
def test_blocks_of_two_regions_never_overlap(one: Region, other: Region) -> None:
    """Regions are peered in phase 4, and overlapping networks cannot be."""
    assert not REGIONS[one].addresses.overlaps(REGIONS[other].addresses)


@pytest.mark.parametrize("region", Region)
def test_a_block_is_private_and_has_room_for_a_home_and_a_recovery_network(region: Region) -> None:
    """Both are cut from it, as /16 each."""
    block = REGIONS[region].addresses

    assert block.subnet_of(IPv4Network("10.0.0.0/8"))
    assert len(list(block.subnets(new_prefix=16))) >= 2


@pytest.mark.parametrize(("region", "cloud"), EVERY_PLACE)
def test_home_and_recovery_lie_in_the_jurisdiction_of_the_region_and_apart(region: Region, cloud: Cloud) -> None:
    """Data of a region stays under one law, and a backup does not fall with its source."""
    home = LOCATIONS[cloud, HOME[region, cloud]]
    recovery = LOCATIONS[cloud, RECOVERY[region, cloud]]

    assert home.jurisdiction == recovery.jurisdiction == REGIONS[region].jurisdiction
    assert home != recovery


@pytest.mark.parametrize("location", list(LOCATIONS.values()), ids=lambda location: location.name)
def test_a_location_has_three_zones(location: Location) -> None:
    assert len(set(location.zones)) == 3


@pytest.mark.parametrize(
    "location", [row for row in LOCATIONS.values() if row.cloud is Cloud.AWS], ids=lambda location: location.name
)
def test_on_aws_zones_are_named_by_id(location: Location) -> None:
    """A zone's name means another building in another account; its id does not."""
    assert all("-az" in zone and not zone.startswith(location.name) for zone in location.zones)


def test_no_zone_belongs_to_two_locations() -> None:
    """A pasted zone id would put nodes of one region into another."""
    zones = [zone for location in LOCATIONS.values() for zone in location.zones]

    assert len(zones) == len(set(zones))


def test_the_zone_without_control_planes_is_left_out() -> None:
    """EKS refuses a cluster whose subnets lie in use1-az3."""
    assert "use1-az3" not in LOCATIONS[Cloud.AWS, "us-east-1"].zones


def test_the_regions_are_where_the_design_says() -> None:
    """us-east is primary, eu-west secondary and stays in the EU, apac is tertiary."""
    assert {place.region: place.role for place in REGIONS.values()} == {
        Region.US_EAST: RegionRole.PRIMARY,
        Region.EU_WEST: RegionRole.SECONDARY,
        Region.APAC: RegionRole.TERTIARY,
    }
    assert (HOME[Region.US_EAST, Cloud.AWS], RECOVERY[Region.US_EAST, Cloud.AWS]) == ("us-east-1", "us-west-2")
    assert (HOME[Region.EU_WEST, Cloud.AWS], RECOVERY[Region.EU_WEST, Cloud.AWS]) == ("eu-west-1", "eu-central-1")
    assert HOME[Region.APAC, Cloud.AWS] == "ap-southeast-1"
    assert REGIONS[Region.EU_WEST].jurisdiction is Jurisdiction.EU


@pytest.mark.parametrize(("jurisdiction", "cloud"), list(product(Jurisdiction, Cloud)))
def test_a_jurisdiction_lists_its_own_locations_and_no_others(jurisdiction: Jurisdiction, cloud: Cloud) -> None:
    """This list is what messages offer and what residency is checked against."""
    listed = locations_in(jurisdiction, cloud)

    assert set(listed) == {
        name for (owner, name), place in LOCATIONS.items() if owner is cloud and place.jurisdiction is jurisdiction
    }
    assert len(listed) >= 2

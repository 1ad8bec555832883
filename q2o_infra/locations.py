"""Which locations of the clouds each region of the platform uses.

Address blocks are given out here once, so that no two regions can ever overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from components.base.vocabulary import Cloud, Jurisdiction, Region, RegionRole


@dataclass(frozen=True, kw_only=True)
class RegionPlace:
    """What is fixed about a region, whatever cloud it runs on."""

    region: Region
    role: RegionRole
    jurisdiction: Jurisdiction
    addresses: IPv4Network
    """The block from which the region's home and recovery networks are cut; blocks never overlap."""


REGIONS: dict[Region, RegionPlace] = {
    place.region: place
    for place in (
        RegionPlace(
            region=Region.US_EAST,
            role=RegionRole.PRIMARY,
            jurisdiction=Jurisdiction.US,
            addresses=IPv4Network("10.16.0.0/12"),
        ),
        RegionPlace(
            region=Region.EU_WEST,
            role=RegionRole.SECONDARY,
            jurisdiction=Jurisdiction.EU,
            addresses=IPv4Network("10.32.0.0/12"),
        ),
        RegionPlace(
            region=Region.APAC,
            role=RegionRole.TERTIARY,
            jurisdiction=Jurisdiction.APAC,
            addresses=IPv4Network("10.48.0.0/12"),
        ),
    )
}

HOME: dict[tuple[Region, Cloud], str] = {
    (Region.US_EAST, Cloud.AWS): "us-east-1",
    (Region.EU_WEST, Cloud.AWS): "eu-west-1",
    (Region.APAC, Cloud.AWS): "ap-southeast-1",
    (Region.US_EAST, Cloud.GCP): "us-east4",
    (Region.EU_WEST, Cloud.GCP): "europe-west1",
    (Region.APAC, Cloud.GCP): "asia-southeast1",
    (Region.US_EAST, Cloud.AZURE): "eastus2",
    (Region.EU_WEST, Cloud.AZURE): "westeurope",
    (Region.APAC, Cloud.AZURE): "southeastasia",
}

# apac: docs/adr/0004-apac-recovers-in-tokyo.md
RECOVERY: dict[tuple[Region, Cloud], str] = {
    (Region.US_EAST, Cloud.AWS): "us-west-2",
    (Region.EU_WEST, Cloud.AWS): "eu-central-1",
    (Region.APAC, Cloud.AWS): "ap-northeast-1",
    (Region.US_EAST, Cloud.GCP): "us-central1",
    (Region.EU_WEST, Cloud.GCP): "europe-west3",
    (Region.APAC, Cloud.GCP): "asia-northeast1",
    (Region.US_EAST, Cloud.AZURE): "centralus",
    (Region.EU_WEST, Cloud.AZURE): "germanywestcentral",
    (Region.APAC, Cloud.AZURE): "japaneast",
}

"""Where the clouds have data centres, and which of them each region of the platform uses.

Zones are named as the nodes in them are labelled. On AWS that is their id, because a zone's name (`us-east-1a`) means
another building in another account.
Address blocks are given out here once, so that no two regions can ever overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from components.base.vocabulary import Cloud, Jurisdiction, Region, RegionRole


@dataclass(frozen=True, kw_only=True)
class Location:
    """One location of one cloud, with three zones that offer everything the program uses."""

    cloud: Cloud
    name: str
    jurisdiction: Jurisdiction
    zones: tuple[str, str, str]

    @property
    def zone_label(self) -> str:
        """Label of nodes that holds what `zones` names."""
        return ZONE_LABELS.get(self.cloud, "topology.kubernetes.io/zone")


ZONE_LABELS: dict[Cloud, str] = {Cloud.AWS: "topology.k8s.aws/zone-id"}
"""Clouds whose zones are told apart by a label of their own."""


@dataclass(frozen=True, kw_only=True)
class RegionPlace:
    """What is fixed about a region, whatever cloud it runs on."""

    region: Region
    role: RegionRole
    jurisdiction: Jurisdiction
    addresses: IPv4Network
    """The block from which the region's home and recovery networks are cut; blocks never overlap."""


def _aws(name: str, jurisdiction: Jurisdiction, *zones: str) -> Location:
    first, second, third = zones
    return Location(cloud=Cloud.AWS, name=name, jurisdiction=jurisdiction, zones=(first, second, third))


def _gcp(name: str, jurisdiction: Jurisdiction, letters: str = "abc") -> Location:
    first, second, third = (f"{name}-{letter}" for letter in letters)
    return Location(cloud=Cloud.GCP, name=name, jurisdiction=jurisdiction, zones=(first, second, third))


def _azure(name: str, jurisdiction: Jurisdiction) -> Location:
    first, second, third = (f"{name}-{number}" for number in (1, 2, 3))
    return Location(cloud=Cloud.AZURE, name=name, jurisdiction=jurisdiction, zones=(first, second, third))


# Zone ids: AWS RAM user guide, "Availability Zone IDs". use1-az3 is left out: EKS puts no control plane there
# (EKS user guide, "VPC and subnet requirements"), nor does it have the arm64 families.
_LOCATIONS: tuple[Location, ...] = (
    _aws("us-east-1", Jurisdiction.US, "use1-az1", "use1-az2", "use1-az4"),
    _aws("us-east-2", Jurisdiction.US, "use2-az1", "use2-az2", "use2-az3"),
    _aws("us-west-2", Jurisdiction.US, "usw2-az1", "usw2-az2", "usw2-az3"),
    _aws("eu-west-1", Jurisdiction.EU, "euw1-az1", "euw1-az2", "euw1-az3"),
    _aws("eu-central-1", Jurisdiction.EU, "euc1-az1", "euc1-az2", "euc1-az3"),
    _aws("ap-southeast-1", Jurisdiction.APAC, "apse1-az1", "apse1-az2", "apse1-az3"),
    _aws("ap-northeast-1", Jurisdiction.APAC, "apne1-az1", "apne1-az2", "apne1-az4"),
    # Zones: Google Cloud documentation, "Regions and zones"; europe-west1 has no zone a.
    _gcp("us-east4", Jurisdiction.US),
    _gcp("us-central1", Jurisdiction.US),
    _gcp("europe-west1", Jurisdiction.EU, "bcd"),
    _gcp("europe-west3", Jurisdiction.EU),
    _gcp("asia-southeast1", Jurisdiction.APAC),
    _gcp("asia-northeast1", Jurisdiction.APAC),
    # All have three availability zones (Azure documentation, "Azure regions list"). A node is labelled
    # `<location>-<number>` (AKS documentation, "Availability zones").
    _azure("eastus2", Jurisdiction.US),
    _azure("centralus", Jurisdiction.US),
    _azure("westeurope", Jurisdiction.EU),
    _azure("germanywestcentral", Jurisdiction.EU),
    _azure("southeastasia", Jurisdiction.APAC),
    _azure("japaneast", Jurisdiction.APAC),
)

LOCATIONS: dict[tuple[Cloud, str], Location] = {(place.cloud, place.name): place for place in _LOCATIONS}

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


def locations_in(jurisdiction: Jurisdiction, cloud: Cloud) -> tuple[str, ...]:
    """Return the names of `cloud`'s locations inside `jurisdiction`, in the order of the table."""
    return tuple(place.name for place in _LOCATIONS if place.cloud is cloud and place.jurisdiction is jurisdiction)

"""The locations of Google Cloud that the program knows, with three zones each."""

from __future__ import annotations

from clouds.location import Location
from components.base.vocabulary import Cloud, Jurisdiction


def _location(name: str, jurisdiction: Jurisdiction, letters: str = "abc") -> Location:
    first, second, third = (f"{name}-{letter}" for letter in letters)
    return Location(cloud=Cloud.GCP, name=name, jurisdiction=jurisdiction, zones=(first, second, third))


# Zones: Google Cloud documentation, "Regions and zones"; europe-west1 has no zone a.
GCP_LOCATIONS: tuple[Location, ...] = (
    _location("us-east4", Jurisdiction.US),
    _location("us-central1", Jurisdiction.US),
    _location("europe-west1", Jurisdiction.EU, "bcd"),
    _location("europe-west3", Jurisdiction.EU),
    _location("asia-southeast1", Jurisdiction.APAC),
    _location("asia-northeast1", Jurisdiction.APAC),
)

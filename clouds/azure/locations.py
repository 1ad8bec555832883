"""The locations of Azure that the program knows, with three zones each."""

from __future__ import annotations

from clouds.location import Location
from components.base.vocabulary import Cloud, Jurisdiction


def _location(name: str, jurisdiction: Jurisdiction) -> Location:
    first, second, third = (f"{name}-{number}" for number in (1, 2, 3))
    return Location(cloud=Cloud.AZURE, name=name, jurisdiction=jurisdiction, zones=(first, second, third))


# All have three availability zones (Azure documentation, "Azure regions list"). A node is labelled
# `<location>-<number>` (AKS documentation, "Availability zones").
AZURE_LOCATIONS: tuple[Location, ...] = (
    _location("eastus2", Jurisdiction.US),
    _location("centralus", Jurisdiction.US),
    _location("westeurope", Jurisdiction.EU),
    _location("germanywestcentral", Jurisdiction.EU),
    _location("southeastasia", Jurisdiction.APAC),
    _location("japaneast", Jurisdiction.APAC),
)

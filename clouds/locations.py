"""Where the clouds have data centres."""

from __future__ import annotations

from clouds.aws.locations import AWS_LOCATIONS
from clouds.azure.locations import AZURE_LOCATIONS
from clouds.gcp.locations import GCP_LOCATIONS
from clouds.location import Location
from components.base.vocabulary import Cloud, Jurisdiction

LOCATIONS: dict[tuple[Cloud, str], Location] = {
    (place.cloud, place.name): place for place in (*AWS_LOCATIONS, *GCP_LOCATIONS, *AZURE_LOCATIONS)
}


def locations_in(jurisdiction: Jurisdiction, cloud: Cloud) -> tuple[str, ...]:
    """Return the names of `cloud`'s locations inside `jurisdiction`, in the order of the table."""
    return tuple(
        place.name for place in LOCATIONS.values() if place.cloud is cloud and place.jurisdiction is jurisdiction
    )

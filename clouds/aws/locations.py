"""The locations of AWS that the program knows, with three zones each.

Zones are named by their id, because a zone's name (`us-east-1a`) means another building in another account.
"""

from __future__ import annotations

from clouds.location import Location
from components.base.vocabulary import Cloud, Jurisdiction


def _location(name: str, jurisdiction: Jurisdiction, *zones: str) -> Location:
    first, second, third = zones
    return Location(cloud=Cloud.AWS, name=name, jurisdiction=jurisdiction, zones=(first, second, third))


# Zone ids: AWS RAM user guide, "Availability Zone IDs". use1-az3 is left out: EKS puts no control plane there
# (EKS user guide, "VPC and subnet requirements"), nor does it have the arm64 families.
AWS_LOCATIONS: tuple[Location, ...] = (
    _location("us-east-1", Jurisdiction.US, "use1-az1", "use1-az2", "use1-az4"),
    _location("us-east-2", Jurisdiction.US, "use2-az1", "use2-az2", "use2-az3"),
    _location("us-west-2", Jurisdiction.US, "usw2-az1", "usw2-az2", "usw2-az3"),
    _location("eu-west-1", Jurisdiction.EU, "euw1-az1", "euw1-az2", "euw1-az3"),
    _location("eu-central-1", Jurisdiction.EU, "euc1-az1", "euc1-az2", "euc1-az3"),
    _location("ap-southeast-1", Jurisdiction.APAC, "apse1-az1", "apse1-az2", "apse1-az3"),
    _location("ap-northeast-1", Jurisdiction.APAC, "apne1-az1", "apne1-az2", "apne1-az4"),
)

"""The id of a DNS zone on Azure, taken apart. Settings and components hold theirs to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from components.base.errors import Q2OError, SettingsError, refused

_ZONE_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/Microsoft\.Network/dnsZones/"
    r"(?P<zone>[^/]+)"
)


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A DNS zone, taken apart."""

    group: str
    name: str
    subscription_id: str


def parse_zone(
    where: str, zone_id: str, *, subscription_id: str, zone_name: str, error: type[Q2OError] = SettingsError
) -> Zone:
    """Return the parts of a zone's id.

    Raises `error` for another text, for a zone of another name than `zone_name`, and for one of another subscription,
    which the stack's provider does not reach.
    """
    found = _ZONE_ID.fullmatch(zone_id)
    if found is None or found["zone"] != zone_name:
        raise error(
            refused(
                where,
                zone_id,
                f"the id of the zone {zone_name}, which ends in /providers/Microsoft.Network/dnsZones/{zone_name}",
                "copy it from `az network dns zone show`",
            )
        )
    if found["subscription"] != subscription_id:
        raise error(
            refused(
                where,
                zone_id,
                f"a zone in the stack's own subscription {subscription_id}",
                "delegate a zone to that subscription",
            )
        )
    return Zone(group=found["group"], name=found["zone"], subscription_id=found["subscription"])

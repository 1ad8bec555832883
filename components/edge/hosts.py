"""What a public host name may be, and which DNS zone it belongs to. Settings and components hold theirs to it."""

from __future__ import annotations

import re

from components.base.errors import Q2OError, SettingsError, refused

LONGEST_HOST = 64
"""ACM takes no longer name for a certificate (ACM user guide, "Request a public certificate")."""
HOST_PATTERN = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
"""RFC 1123, in the one spelling that everything compares equal: small letters, no dot at the end."""
HOST_WORDS = f"a host name of {LONGEST_HOST} characters at most, in small letters, with no scheme and no dot at the end"


def check_host(where: str, host: str, *, zone_name: str, error: type[Q2OError] = SettingsError) -> None:
    """Refuse what is no host name, and a name outside its zone: nobody could prove there that it is theirs."""
    if len(host) > LONGEST_HOST or not re.fullmatch(HOST_PATTERN, host):
        raise error(refused(where, host, HOST_WORDS, "write it as api.example.com"))
    if host != zone_name and not host.endswith(f".{zone_name}"):
        raise error(
            refused(
                where,
                host,
                f"it is not in zone {zone_name}, and a certificate for it could not be validated there",
                f"choose {zone_name} or a name below it",
            )
        )

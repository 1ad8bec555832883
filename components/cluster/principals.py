"""Who may administer a cluster, keyed by the principal itself; each cloud says how it writes one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from components.base.errors import ComponentError, refused
from components.base.names import principal_key

_WHERE = "cluster.administrators"


@dataclass(frozen=True, kw_only=True)
class Principals:
    """How one cloud writes the principals that it lets administer a cluster."""

    pattern: re.Pattern[str]
    """What one is written like; its group `name` is the principal's own name."""
    allowed: str
    form: str

    def by_key(self, principals: Iterable[str]) -> dict[str, str]:
        """Return the principals by a key that outlives reordering: their own names, in a-z, 0-9 and `-`.

        Raises `ComponentError` for what the cloud does not take and for two principals of one name.
        """
        found: dict[str, str] = {}
        for principal in principals:
            match = self.pattern.fullmatch(principal)
            if match is None:
                raise ComponentError(refused(_WHERE, principal, self.allowed, f"give {self.form}"))
            key = principal_key(match["name"])
            if key in found:
                raise ComponentError(
                    refused(_WHERE, principal, f"one principal named {key}", "name each administrator once")
                )
            found[key] = principal
        return found

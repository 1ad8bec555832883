"""What a value may be on a cloud, and the sentence that refuses another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from components.base.errors import Q2OError, refused


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What a value may be on a cloud."""

    takes: Callable[[Any], bool]
    allowed: str
    action: str

    def refusal(self, where: str, value: object) -> str | None:
        """Return the sentence that refuses `value`, or `None` where it is taken."""
        return None if self.takes(value) else refused(where, _shown(value), self.allowed, self.action)

    def check(self, where: str, value: object, *, error: type[Q2OError]) -> None:
        """Raise `error` for a value that is not taken."""
        if refusal := self.refusal(where, value):
            raise error(refusal)


def _shown(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else value

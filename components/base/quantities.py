"""Reads the quantities of Kubernetes (`250m`, `1Gi`) into the units that the arithmetic uses."""

from __future__ import annotations

import re
from decimal import Decimal

_SUFFIXES: dict[str, Decimal] = {
    "": Decimal(1),
    "m": Decimal(1) / 1000,
    "k": Decimal(10) ** 3,
    "M": Decimal(10) ** 6,
    "G": Decimal(10) ** 9,
    "T": Decimal(10) ** 12,
    "Ki": Decimal(2) ** 10,
    "Mi": Decimal(2) ** 20,
    "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40,
}


def _value(quantity: str) -> Decimal:
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)", quantity)
    if match is None or match[2] not in _SUFFIXES:
        raise ValueError(f"{quantity!r} is not a quantity such as 250m, 2 or 1.5Gi")
    return Decimal(match[1]) * _SUFFIXES[match[2]]


def millicores(quantity: str) -> int:
    """Return CPU in thousandths of a core. Raises `ValueError` for what is no quantity."""
    return int(_value(quantity) * 1000)


def mebibytes(quantity: str) -> int:
    """Return memory in MiB, rounded down. Raises `ValueError` for what is no quantity."""
    return int(_value(quantity) / 2**20)

"""Redis Cluster's 16,384 slots: which one a key falls into, and a key for each."""

from __future__ import annotations

import binascii
from functools import cache

SLOTS = 16384


def slot_of(tag: str) -> int:
    """Return the slot of every key with the hash tag `{tag}` (CRC16 XMODEM, Redis Cluster specification)."""
    return binascii.crc_hqx(tag.encode(), 0) % SLOTS


@cache
def tag_by_slot() -> tuple[str, ...]:
    """Return one hash tag for each slot, in the slots' order."""
    found: dict[int, str] = {}
    number = 0
    while len(found) < SLOTS:
        found.setdefault(slot_of(str(number)), str(number))
        number += 1
    return tuple(found[slot] for slot in range(SLOTS))

"""What pods ask for and machines have, in one value that adds up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Amount:
    """What pods ask for together, or what machines have for them."""

    cpu_millicores: int = 0
    memory_mib: int = 0
    pods: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            cpu_millicores=self.cpu_millicores + other.cpu_millicores,
            memory_mib=self.memory_mib + other.memory_mib,
            pods=self.pods + other.pods,
        )

    def __mul__(self, count: int) -> Amount:
        return Amount(
            cpu_millicores=self.cpu_millicores * count, memory_mib=self.memory_mib * count, pods=self.pods * count
        )

    def beyond(self, room: Amount) -> Amount:
        """Return what does not fit into `room`."""
        return Amount(
            cpu_millicores=max(0, self.cpu_millicores - room.cpu_millicores),
            memory_mib=max(0, self.memory_mib - room.memory_mib),
            pods=max(0, self.pods - room.pods),
        )

    def fits(self, room: Amount) -> bool:
        """Answer whether all of it fits into `room`."""
        return self.beyond(room) == Amount()

    def __str__(self) -> str:
        words = {
            "thousandths of a core": self.cpu_millicores,
            "MiB": self.memory_mib,
            "pods": self.pods,
        }
        *others, last = [f"{value} {unit}" for unit, value in words.items() if value] or ["nothing"]
        return f"{', '.join(others)} and {last}" if others else last

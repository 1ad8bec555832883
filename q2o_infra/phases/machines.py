"""The machines of the two pools."""

from __future__ import annotations

# 16 GiB for two cores: Redis and, from phase 2, search keep their data in memory.
SYSTEM_MACHINE = "r7g.large"
# The first is what the capacity arithmetic counts with; the others are what the autoscaler may fall back on.
ELASTIC_MACHINES = (
    "m7g.large",
    "m6g.large",
    "m8g.large",
    "c7g.xlarge",
    "c6g.xlarge",
    "c8g.xlarge",
    "m7g.xlarge",
    "m6g.xlarge",
    "m8g.xlarge",
    "r7g.large",
    "r6g.large",
    "r8g.large",
)

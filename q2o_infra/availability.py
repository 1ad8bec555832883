"""What a region promises about being there, computed from what its components are built with.

Which failures count and how often they happen is decided in `q2o_infra.capacity.availability`; here it learns the
region's own figures.
"""

from __future__ import annotations

from components.edge.contract import HEALTHY_CHECKS, HEALTH_INTERVAL_SECONDS, UNHEALTHY_CHECKS
from components.workloads.health import traffic_recovery_seconds
from q2o_infra.capacity.availability import Topology
from q2o_infra.capacity.failover import failover_seconds
from q2o_infra.region import RegionFacts

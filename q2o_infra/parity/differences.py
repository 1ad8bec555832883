"""What one cloud cannot do, or does another way: the explicit errors, and what stands in for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.base.vocabulary import Cloud


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One row."""

    cloud: Cloud
    wish: str
    """What somebody used to another cloud would ask for."""
    instead: str
    """What stands there instead."""
    setting: Mapping[str, Any] | None = None
    """Settings that ask for it, by top-level key; `None` where there is nothing to ask with."""
    refusal: str = ""
    """The beginning of the sentence that refuses them; "" where they are taken and mean what `instead` says."""


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        cloud=Cloud.AZURE,
        wish="a firewall that looks at each request",
        instead="nothing: the balancer knows no HTTP (docs/adr/0030-tls-ends-in-the-gateway-on-azure.md)",
        setting={"edge": {"waf": True, "zone_name": "us-east.q2o.example"}},
        refusal="edge.waf: True is not allowed: on Azure the balancer knows no HTTP",
    ),
    Difference(
        cloud=Cloud.AZURE,
        wish="access logs of the balancer for as long as one likes",
        instead="none are written: who came is in the network's flow logs, and requests in the proxies' metrics",
        setting={"edge": {"access_log_retention_days": 7, "zone_name": "us-east.q2o.example"}},
        refusal="edge.access_log_retention_days: 7 is not allowed: on Azure the balancer knows no HTTP",
    ),
    Difference(
        cloud=Cloud.AZURE,
        wish="a NAT gateway in each zone",
        instead="one gateway in one zone, moved when that zone is lost (docs/runbooks/zone-lost.md)",
        setting={"network": {"nat": "per_zone"}},
        refusal="network.nat: 'per_zone' is not allowed: on Azure a subnet has one NAT gateway",
    ),
    Difference(
        cloud=Cloud.AZURE,
        wish="flow logs for longer than a year",
        instead="a year at most",
        setting={"network": {"flow_log_retention_days": 400}},
        refusal="network.flow_log_retention_days: 400 is not allowed: Azure keeps flow logs for 1 to 365 days",
    ),
    Difference(
        cloud=Cloud.GCP,
        wish="a budget that tells more than five people",
        instead="five mail addresses, of which one may be a list",
        setting={"budget": {"recipients": [f"person-{number}@example.com" for number in range(6)]}},
        refusal="is not allowed: 1 to 5 mail addresses on Google Cloud",
    ),
    Difference(
        cloud=Cloud.GCP,
        wish="a NAT gateway in each zone",
        instead="one Cloud NAT for all zones, which stands in none: `per_zone` gives it an address for each "
        "(docs/adr/0026-gcp-is-regional-where-aws-is-zonal.md)",
        setting={"network": {"nat": "per_zone"}},
    ),
    Difference(
        cloud=Cloud.GCP,
        wish="one elastic pool of several machines",
        instead="a pool for each machine; what they may have together is bounded, and the guard bounds it further",
    ),
    Difference(
        cloud=Cloud.AZURE,
        wish="a cluster that the cloud refuses to delete by a property of its own",
        instead="a lock on it",
    ),
)

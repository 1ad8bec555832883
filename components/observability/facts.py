"""The facts that a gate will ask for: how each is computed from what is recorded, and how much of it was seen.

Every fact has three series, made at every evaluation:
the fact itself; `q2o:evidence:observed`, which is 1 while the fact is there; `q2o:evidence:missing`, which is 1 while
it is not. A fact that cannot be computed is absent. It is never 0: a gate that finds no value says "no evidence".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from components.observability.api_metrics import USERS_METRIC
from components.observability.monitors import API_JOB
from components.observability.retention import INTERVAL_SECONDS

OBSERVED = "q2o:evidence:observed"
MISSING = "q2o:evidence:missing"
GROUP = "q2o-evidence"
INSIDE = "inside"
OUTSIDE = "outside"
QUANTILES = {"p50": "0.5", "p95": "0.95", "p99": "0.99"}

_RATE = "5m"
_TOTAL = f"sum(rate(envoy_http_downstream_rq_total[{_RATE}]))"
_FAILED = f'sum(rate(envoy_http_downstream_rq_xx{{envoy_response_code_class="5"}}[{_RATE}]))'
_BUCKETS = f"sum by (le) (rate(envoy_http_downstream_rq_time_bucket[{_RATE}]))"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One figure that is recorded over time."""

    name: str
    """How observations and gaps name it."""
    record: str
    """Name of its series."""
    expression: str
    meaning: str
    labels: dict[str, str] = field(default_factory=dict)
    """Tell facts of one family apart."""

    @property
    def selector(self) -> str:
        """PromQL that finds its series."""
        inside = ",".join(f'{key}="{value}"' for key, value in sorted(self.labels.items()))
        return f"{self.record}{{{inside}}}" if inside else self.record

    def rules(self) -> list[dict[str, Any]]:
        """Return its three rules; those of one group run in order, so the second and third see the first."""
        return [
            {"expr": self.expression, "record": self.record, **({"labels": dict(self.labels)} if self.labels else {})},
            {"expr": f"group({self.selector})", "labels": {"fact": self.name}, "record": OBSERVED},
            {"expr": f"absent({self.selector})", "labels": {"fact": self.name}, "record": MISSING},
        ]


def _availability(vantage: str, meaning: str) -> Fact:
    return Fact(
        name=f"availability-{vantage}",
        record="q2o:availability:probe",
        expression=f'max(probe_success{{vantage="{vantage}"}})',
        labels={"vantage": vantage},
        meaning=meaning,
    )


AVAILABILITY = {
    INSIDE: _availability(INSIDE, "1 when the API's Service said it is ready, 0 when not"),
    OUTSIDE: _availability(OUTSIDE, "the same through the edge, with a valid certificate: what a user sees"),
}
REQUESTS = Fact(
    name="requests",
    record="q2o:requests:rate5m",
    expression=_TOTAL,
    meaning="requests a second at the gateway",
)
ERRORS = Fact(
    name="errors",
    record="q2o:errors:rate5m",
    # A class that no answer has had may have no series. That is 0 only where requests themselves are seen.
    expression=f"{_FAILED} or 0 * {_TOTAL}",
    meaning="answers a second at the gateway that say it is our fault (5xx)",
)
ERROR_RATIO = Fact(
    name="error-ratio",
    record="q2o:errors:ratio_rate5m",
    expression=f"{ERRORS.record} / ({REQUESTS.record} > 0)",
    meaning="share of requests that failed; absent while there are none",
)
LATENCY = {
    name: Fact(
        name=f"latency-{name}",
        record="q2o:latency_seconds:quantile_rate5m",
        # Envoy counts in milliseconds. Without requests the quantile is NaN, which is no latency.
        expression=f"(histogram_quantile({quantile}, {_BUCKETS}) >= 0) / 1000",
        labels={"quantile": quantile},
        meaning=f"time in which {float(quantile):.0%} of the requests were answered, in seconds",
    )
    for name, quantile in QUANTILES.items()
}
USERS = Fact(
    name="users",
    record="q2o:users:in_flight",
    # Only where every pod that is scraped says how many it serves: a sum over some of them is no sum.
    expression=f'sum({USERS_METRIC}) and count({USERS_METRIC}) == count(up{{job="{API_JOB}"}} == 1)',
    meaning="users with a request in flight, over all pods of the API",
)

FACTS = (*AVAILABILITY.values(), REQUESTS, ERRORS, ERROR_RATIO, *LATENCY.values(), USERS)


def rule_groups() -> list[dict[str, Any]]:
    """Return the groups of the PrometheusRule, which are those of a rule file as well."""
    return [
        {
            "interval": f"{INTERVAL_SECONDS}s",
            "name": GROUP,
            "rules": [rule for fact in FACTS for rule in fact.rules()],
        }
    ]

"""What every pod of the API says of itself: names and bounds, without anything that takes long to import."""

from __future__ import annotations

USERS_METRIC = "q2o_api_users_in_flight"
"""Gauge that every pod of the API exposes: users with a request in flight; without labels."""
REQUESTS_METRIC = "http_requests_total"
"""Counter that every pod of the API exposes: answers to requests of users, by class. The name is the field's own, so a
pod that is instrumented already mostly has it."""
REQUEST_CLASS_LABEL = "code"
"""Its only label, one of `REQUEST_CLASSES`: single codes would be as many series as an image thinks of."""
REQUEST_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
FAILED_CLASS = "5xx"
LATENCY_METRIC = "http_request_duration_seconds"
"""Histogram that every pod of the API exposes: seconds until a request of a user was answered; without labels."""
LATENCY_BUCKETS_MOST = 14
"""Buckets that it may have, that of everything among them; client libraries make 12."""

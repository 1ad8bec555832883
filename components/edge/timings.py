"""How fast the edge drops what does not answer, and how a proxy leaves without losing a request.

The order of a goodbye: the proxy fails its health check at once and goes on serving; the balancer stops sending
within `detection_seconds`; what is in flight has until `DRAIN_SECONDS`, on both sides alike.
"""

from __future__ import annotations

# The shortest that a target group takes (ELB API reference, CreateTargetGroup); two failures in a row, because one is
# lost to a pause.
HEALTH_INTERVAL_SECONDS = 5
HEALTH_TIMEOUT_SECONDS = 2
HEALTH_THRESHOLD = 2

REQUEST_SECONDS = 60
"""Longest that a request may take, and that a connection to the balancer may be silent."""
DRAIN_SECONDS = 60
"""Longest that a leaving proxy finishes what is in flight: the balancer's deregistration delay and Envoy's drain."""
LEAST_DRAIN_SECONDS = 30
"""A leaving proxy accepts connections this long at least, however idle: until nobody sends any more."""
HEADERS_SECONDS = 10
"""A client that takes longer to send its headers is holding a connection on purpose."""

IDLE_MARGIN_SECONDS = 15
"""How much longer a proxy keeps an idle connection than the balancer before it."""


def detection_seconds() -> int:
    """Return the longest time until the balancer sends nothing more to a proxy that has failed."""
    return HEALTH_INTERVAL_SECONDS * HEALTH_THRESHOLD + HEALTH_TIMEOUT_SECONDS

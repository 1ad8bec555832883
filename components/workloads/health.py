"""How fast a pod's trouble is noticed, and how long it may take to leave.

The promise is that traffic recovers within 10 seconds of a process failing. Traffic recovers when the pod is out of
its Service; a pod that hangs takes longer to come back itself. The figures are computed here, each on its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_kubernetes.core.v1 import HTTPGetActionArgs, ProbeArgs

PORT_NAME = "http"

# Time until every proxy has dropped an endpoint that is no longer ready: the EndpointSlice controller batches for up
# to 1 s, kube-proxy syncs at least once a second (kube-proxy configuration, minSyncPeriod), Envoy at once.
_ENDPOINT_REMOVAL_SECONDS = 2
# The kubelet looks for dead containers once a second (kubelet, generic PLEG relist period).
_CRASH_NOTICE_SECONDS = 1
# The kubelet grants 2 s more to a container whose grace ran out in its preStop hook (Kubernetes documentation,
# "Pod lifecycle", termination of pods).
_PRE_STOP_EXTENSION_SECONDS = 2

SPOT_NOTICE_SECONDS = 120
"""Warning before a spot machine is taken away (EC2 user guide, "Spot Instance interruption notices")."""

PRE_STOP_SECONDS = 10
"""A leaving pod goes on serving this long, so that every gateway has dropped it before it stops listening."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One probe of a container; all of them are HTTP requests to the workload's own port."""

    path: str
    period_seconds: int
    timeout_seconds: int = 1
    failures: int
    kill_grace_seconds: int | None = None
    """Grace of a pod that this probe kills; a hung process has nothing left to drain."""

    @property
    def detection_seconds(self) -> int:
        """Longest time from the failure to the probe's verdict: it failed right after a request that succeeded."""
        return self.period_seconds * self.failures + self.timeout_seconds

    def args(self) -> ProbeArgs:
        """Return the probe as Kubernetes wants it."""
        return ProbeArgs(
            http_get=HTTPGetActionArgs(path=self.path, port=PORT_NAME),
            period_seconds=self.period_seconds,
            timeout_seconds=self.timeout_seconds,
            failure_threshold=self.failures,
            termination_grace_period_seconds=self.kill_grace_seconds,
        )


# Liveness asks another question than readiness: a pod that waits for a dependency is not ready but must not be
# restarted. It is the slower of the two, so that traffic has left before the container is killed.
STARTUP = Probe(path="/health/started", period_seconds=1, failures=60)
READINESS = Probe(path="/health/ready", period_seconds=2, failures=2)
LIVENESS = Probe(path="/health/alive", period_seconds=2, failures=4, kill_grace_seconds=2)


def traffic_recovery_seconds() -> int:
    """Return the longest time until no request reaches a hung pod any more."""
    return READINESS.detection_seconds + _ENDPOINT_REMOVAL_SECONDS


def crash_recovery_seconds(*, start_seconds: int) -> int:
    """Return the longest time until a crashed container that starts in `start_seconds` is ready again.

    Holds for a first crash; from the second on Kubernetes waits 10 s and then twice as long each time.
    """
    return _CRASH_NOTICE_SECONDS + start_seconds + STARTUP.period_seconds + READINESS.period_seconds


def hang_recovery_seconds(*, start_seconds: int) -> int:
    """Return the longest time until a hung container that starts in `start_seconds` is killed and ready again."""
    killed = LIVENESS.detection_seconds + (LIVENESS.kill_grace_seconds or 0) + _PRE_STOP_EXTENSION_SECONDS
    return killed + start_seconds + STARTUP.period_seconds + READINESS.period_seconds


def grace_seconds(*, drain_seconds: int) -> int:
    """Return the grace of a pod that needs `drain_seconds` to end its work once it has stopped listening."""
    margin_seconds = 5
    return PRE_STOP_SECONDS + drain_seconds + margin_seconds

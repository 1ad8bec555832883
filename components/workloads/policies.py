"""Who may talk to whom: nobody, except through the openings named here.

The address of Pod Identity's agent (169.254.170.23) is closed: no workload has an identity in the cloud.
"""

from __future__ import annotations

from components.namespaces.contract import (
    AGENTS_NAMESPACE,
    API_NAMESPACE,
    DATA_NAMESPACE,
    EDGE_NAMESPACE,
    OBSERVABILITY_NAMESPACE,
    Openings,
    from_namespace,
    to_dns,
    to_namespace,
    to_the_internet,
)
from components.redis.contract import PORT as REDIS_PORT
from components.workloads.contract import PORT


def api_openings() -> Openings:
    """Return what the API may do: answer gateway, agents and recorder, hand work to the agents, resolve names."""
    return {
        "to-dns": to_dns(),
        "from-gateway": from_namespace(EDGE_NAMESPACE, PORT),
        "from-agents": from_namespace(AGENTS_NAMESPACE, PORT),
        "from-recorder": from_namespace(OBSERVABILITY_NAMESPACE, PORT),
        "to-agents": to_namespace(AGENTS_NAMESPACE, PORT),
        "to-redis": to_namespace(DATA_NAMESPACE, REDIS_PORT),
    }


def agents_openings() -> Openings:
    """Return what agents may do: take work from the API, report to it, call LLM providers, resolve names."""
    return {
        "to-dns": to_dns(),
        "from-api": from_namespace(API_NAMESPACE, PORT),
        "to-api": to_namespace(API_NAMESPACE, PORT),
        "to-redis": to_namespace(DATA_NAMESPACE, REDIS_PORT),
        "to-llm-providers": to_the_internet(),
    }

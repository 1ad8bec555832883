"""How tests name a resource, and tell objects in a cluster from the rest."""

from __future__ import annotations

from q2o_infra.plan.monitor import Registration

KUBERNETES = "kubernetes:"


def title(row: Registration) -> str:
    """Return what a person looks a resource up by."""
    return f"{row.type} {row.name}"

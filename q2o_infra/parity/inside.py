"""What is the same inside every cluster: how a node says which pool it belongs to, and Karpenter's pool."""

from __future__ import annotations

from components.base.pods import ELASTIC_POOL, POOL_LABEL, SYSTEM_POOL
from q2o_infra.parity.dialect import Pool
from q2o_infra.parity.findings import at
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording

NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"

__all__ = [
    "ELASTIC_POOL",
    "NODE_POOL",
    "POOL_LABEL",
    "STORAGE_CLASS",
    "SYSTEM_POOL",
    "elastic_node_pool",
    "is_of_recovery",
    "is_true",
]


def is_true(value: object) -> bool:
    """Return whether an input is switched on, as a boolean or as the text that some providers want."""
    return value is True or value == "true"


def is_of_recovery(row: Registration) -> bool:
    """Return whether a resource belongs to the place for backups, by its logical name."""
    return row.name.startswith("recovery")


def elastic_node_pool(recording: Recording) -> Pool:
    """Return Karpenter's pool of elastic nodes."""
    (pool,) = recording.of_type(NODE_POOL)
    template = at(pool.inputs, "spec.template")
    wanted = {row["key"]: row.get("values", []) for row in at(template, "spec.requirements")}
    zones: list[str] = next((values for key, values in wanted.items() if key.endswith(("zone-id", "/zone"))), [])
    kinds = wanted.get("karpenter.sh/capacity-type", [])
    return Pool(
        nodes=int(at(pool.inputs, "spec.limits.nodes") or 0),
        zones=len(zones),
        label=str(at(template, "metadata.labels")[POOL_LABEL]),
        is_tainted=bool(at(template, "spec.taints")),
        spot="spot" in kinds,
        on_demand="on-demand" in kinds,
    )

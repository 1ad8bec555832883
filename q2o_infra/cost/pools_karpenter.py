"""The elastic pool where Karpenter keeps it: which machines it may take, and how many."""

from __future__ import annotations

from dataclasses import dataclass

from components.base.errors import CostError
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording

NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
CAPACITY_TYPE = "karpenter.sh/capacity-type"
INSTANCE_TYPE = "node.kubernetes.io/instance-type"


@dataclass(frozen=True, kw_only=True)
class KarpenterPool:
    """What a NodePool says."""

    machines: tuple[str, ...]
    limit: int
    spot: bool


def karpenter_pool(recording: Recording) -> KarpenterPool:
    """Return the one pool of a plan. Raises `CostError` for none or several."""
    spec = the_one(recording, NODE_POOL).inputs["spec"]
    wanted = {row["key"]: row["values"] for row in spec["template"]["spec"]["requirements"]}
    return KarpenterPool(
        machines=tuple(wanted[INSTANCE_TYPE]), limit=int(spec["limits"]["nodes"]), spot="spot" in wanted[CAPACITY_TYPE]
    )


def the_one(recording: Recording, type_: str) -> Registration:
    """Return the only resource of a type. Raises `CostError` for none or several."""
    found = recording.of_type(type_)
    if len(found) != 1:
        raise CostError(
            f"plan: it has {len(found)} resources of {type_}, and nodes are counted for one system and one elastic "
            f"pool; teach q2o_infra/cost about the others."
        )
    return found[0]

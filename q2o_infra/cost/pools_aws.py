"""Which machines a plan on AWS has: its node group and its Karpenter pool."""

from __future__ import annotations

from typing import Any

from q2o_infra.cost.nodes import Pools, elastic_counts, hours
from q2o_infra.cost.quantity import Quantity
from q2o_infra.cost.volumes import gibibytes
from q2o_infra.errors import CostError
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
CAPACITY_TYPE = "karpenter.sh/capacity-type"
INSTANCE_TYPE = "node.kubernetes.io/instance-type"


def read_pools(recording: Recording, budgeted: int) -> Pools:
    """Return the pools of a plan on AWS. Raises `CostError` when it has not one of each."""
    group, pool = _one(recording, NODE_GROUP), _one(recording, NODE_POOL)
    template = recording.named(LAUNCH_TEMPLATE, group.name)
    node_class = _one(recording, NODE_CLASS)
    wanted = {row["key"]: row["values"] for row in pool.inputs["spec"]["template"]["spec"]["requirements"]}
    machines = tuple(wanted[INSTANCE_TYPE])
    return Pools(
        system_machine=str(template.inputs["instanceType"]),
        system_nodes=int(group.inputs["scalingConfig"]["desiredSize"]),
        system_disk_gib=sum(int(disk["ebs"]["volumeSize"]) for disk in template.inputs["blockDeviceMappings"]),
        elastic_machine=machines[0],
        elastic_machines=machines,
        elastic_disk_gib=sum(_gib(disk) for disk in node_class.inputs["spec"]["blockDeviceMappings"]),
        elastic_node_hours=_hours(recording, pool, budgeted),
        spot="spot" in wanted[CAPACITY_TYPE],
    )


def _hours(recording: Recording, pool: Registration, budgeted: int) -> Quantity:
    floor, expected, _ = elastic_counts(recording, budgeted)
    return hours((floor, expected, int(pool.inputs["spec"]["limits"]["nodes"])))


def _gib(disk: dict[str, Any]) -> int:
    return int(gibibytes(str(disk["ebs"]["volumeSize"])))


def _one(recording: Recording, type_: str) -> Registration:
    found = recording.of_type(type_)
    if len(found) != 1:
        raise CostError(
            f"plan: it has {len(found)} resources of {type_}, and nodes are counted for one system and one elastic "
            f"pool; teach q2o_infra/cost/pools_aws.py about the others."
        )
    return found[0]

"""Which machines a plan on AWS has: its node group and its Karpenter pool."""

from __future__ import annotations

from q2o_infra.cost.nodes import Pools, elastic_hours
from q2o_infra.cost.pools_karpenter import karpenter_pool, the_one
from q2o_infra.cost.volumes import gibibytes
from q2o_infra.plan.recorder import Recording
from q2o_infra.region import RegionFacts

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"


def read_pools(recording: Recording, facts: RegionFacts) -> Pools:
    """Return the pools of a plan on AWS. Raises `CostError` when it has not one of each."""
    group, elastic = the_one(recording, NODE_GROUP), karpenter_pool(recording)
    template = recording.named(LAUNCH_TEMPLATE, group.name)
    node_class = the_one(recording, NODE_CLASS)
    return Pools(
        system_machine=str(template.inputs["instanceType"]),
        system_nodes=int(group.inputs["scalingConfig"]["desiredSize"]),
        system_disk_gib=sum(int(disk["ebs"]["volumeSize"]) for disk in template.inputs["blockDeviceMappings"]),
        elastic_machine=elastic.machines[0],
        elastic_machines=elastic.machines,
        elastic_disk_gib=sum(
            int(gibibytes(str(disk["ebs"]["volumeSize"]))) for disk in node_class.inputs["spec"]["blockDeviceMappings"]
        ),
        elastic_node_hours=elastic_hours(facts, elastic.limit),
        spot=elastic.spot,
    )

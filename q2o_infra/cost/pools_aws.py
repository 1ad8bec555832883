"""Which machines a plan on AWS has: its node group and its Karpenter pool."""

from __future__ import annotations

from q2o_infra.cost.nodes import DeclaredPools
from q2o_infra.cost.pools_karpenter import karpenter_pool, the_one
from q2o_infra.cost.volumes import gibibytes
from q2o_infra.plan.recorder import Recording

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"


def read_pools(recording: Recording) -> DeclaredPools:
    """Return the pools of a plan on AWS. Raises `CostError` when it has not one of each."""
    group, elastic = the_one(recording, NODE_GROUP), karpenter_pool(recording)
    template = recording.named(LAUNCH_TEMPLATE, group.name)
    node_class = the_one(recording, NODE_CLASS)
    return DeclaredPools(
        system_machine=str(template.inputs["instanceType"]),
        system_nodes=int(group.inputs["scalingConfig"]["desiredSize"]),
        system_disk_gib=sum(int(disk["ebs"]["volumeSize"]) for disk in template.inputs["blockDeviceMappings"]),
        elastic_machines=elastic.machines,
        elastic_disk_gib=sum(
            int(gibibytes(str(disk["ebs"]["volumeSize"]))) for disk in node_class.inputs["spec"]["blockDeviceMappings"]
        ),
        elastic_limit=elastic.limit,
        spot=elastic.spot,
    )

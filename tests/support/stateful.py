"""What holds state, or whose loss is an outage: the one list that tests of protection and of replacement go by."""

from __future__ import annotations

STATEFUL: dict[str, str] = {
    "aws:ec2/eip:Eip": "others have it on their allow-lists; a new one is another address",
    "aws:ec2/subnet:Subnet": "everything stands in it",
    "aws:ec2/vpc:Vpc": "everything stands in it",
    "aws:eks/cluster:Cluster": "holds all objects",
    "aws:eks/nodeGroup:NodeGroup": "controllers and data services run on it",
    "aws:kms/key:Key": "opens the cluster's secrets and every backup of them",
    "aws:s3/bucket:Bucket": "holds what cannot be made again",
    "kubernetes:apps/v1:StatefulSet": "its pods hold data",
    "kubernetes:core/v1:Namespace": "takes everything in it along",
    "kubernetes:core/v1:PersistentVolumeClaim": "takes its volume along",
    "kubernetes:monitoring.coreos.com/v1:Prometheus": "nothing is recorded until it is back; its claims stay",
}
"""By type, with what is lost."""

EXEMPT: dict[tuple[str, str], str] = {
    ("kubernetes:core/v1:Namespace", "controllers-cert-manager"): "holds one release, which is made again as it was",
}
"""Resources of these types that hold nothing, by type and logical name."""

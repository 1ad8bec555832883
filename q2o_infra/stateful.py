"""What holds state, or whose loss is an outage: the one list that protection and the triage of replacements go by.

Types are Pulumi's. The version of an API is no part of the question, so one row holds for all of them.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

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
    # The edge
    "aws:lb/loadBalancer:LoadBalancer": "users reach the region through it; a new one has other addresses",
    # AWS, beyond phase 1
    "aws:ebs/volume:Volume": "holds what cannot be made again",
    "aws:globalaccelerator/accelerator:Accelerator": "users reach the platform at its addresses; a new one has others",
    "aws:route53/zone:Zone": "its name servers are delegated to; a new one has others",
    # Google Cloud
    "gcp:compute/address:Address": "others have it on their allow-lists; a new one is another address",
    "gcp:compute/disk:Disk": "holds what cannot be made again",
    "gcp:compute/globalAddress:GlobalAddress": "users reach the platform at it; a new one is another address",
    "gcp:compute/network:Network": "everything stands in it",
    "gcp:compute/subnetwork:Subnetwork": "everything stands in it",
    "gcp:container/cluster:Cluster": "holds all objects",
    "gcp:container/nodePool:NodePool": "controllers and data services run on it",
    "gcp:dns/managedZone:ManagedZone": "its name servers are delegated to; a new one has others",
    "gcp:kms/cryptoKey:CryptoKey": "opens the cluster's secrets and every backup of them",
    "gcp:kms/keyRing:KeyRing": "holds the keys that open secrets and backups",
    "gcp:storage/bucket:Bucket": "holds what cannot be made again",
    # Azure
    "azure-native:compute:Disk": "holds what cannot be made again",
    "azure-native:containerservice:AgentPool": "controllers and data services run on it",
    "azure-native:containerservice:ManagedCluster": "holds all objects",
    "azure-native:dns:Zone": "its name servers are delegated to; a new one has others",
    "azure-native:keyvault:Key": "opens the cluster's secrets and every backup of them",
    "azure-native:keyvault:Vault": "holds the keys that open secrets and backups",
    "azure-native:network:PublicIPAddress": "others have it on their allow-lists; a new one is another address",
    "azure-native:network:Subnet": "everything stands in it",
    "azure-native:network:VirtualNetwork": "everything stands in it",
    "azure-native:resources:ResourceGroup": "takes everything in it along",
    "azure-native:storage:BlobContainer": "holds what cannot be made again",
    "azure-native:storage:StorageAccount": "holds what cannot be made again",
    # Kubernetes
    "kubernetes:core/v1:PersistentVolume": "names the disk that data lie on; without it nothing finds them",
    "kubernetes:elasticsearch.k8s.elastic.co/v1:Elasticsearch": "its nodes hold the indices",
    "kubernetes:kafka.strimzi.io/v1:Kafka": "its brokers hold every topic",
    "kubernetes:kafka.strimzi.io/v1:KafkaNodePool": "its brokers hold their share of every topic",
    "kubernetes:kafka.strimzi.io/v1:KafkaTopic": "takes its events along",
    "kubernetes:monitoring.coreos.com/v1:Prometheus": "holds the evidence that a gate looks at",
}
"""By type, with what is lost."""

OUTAGES: dict[str, str] = {
    "aws:acm/certificate:Certificate": "clients find no valid certificate until the new one is issued",
    "aws:cloudwatch/logGroup:LogGroup": "the trail of who did what goes with it",
    "aws:lb/listener:Listener": "nobody gets in until the new one listens",
    "aws:lb/targetGroup:TargetGroup": "nobody gets through until its targets are registered and healthy again",
    "azure-native:network:LoadBalancer": "nobody gets in until the new one stands",
    "gcp:certificatemanager/certificate:Certificate": "clients find no valid certificate until the new one is issued",
    "gcp:compute/backendService:BackendService": "nobody gets through until its proxies are found healthy again",
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": "nobody gets in until the new one stands",
    "gcp:compute/routerNat:RouterNat": "private machines reach nothing outside until the new one stands",
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": "the trail of who did what goes with it",
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition": "takes every object of its kind along",
    "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding": "nobody gets through until its targets are back",
    "kubernetes:gateway.networking.k8s.io/v1:Gateway": "nobody gets in until the new one is programmed",
    "kubernetes:kafka.strimzi.io/v1:KafkaUser": "a new password or certificate locks its clients out",
    "kubernetes:karpenter.sh/v1:NodePool": "its nodes go, with every pod on them",
    "random:index/randomBytes:RandomBytes": "a new secret locks out who uses the old one",
    "random:index/randomPassword:RandomPassword": "a new password locks out who uses the old one",
    "tls:index/privateKey:PrivateKey": "nothing that it signed is trusted any more",
    "tls:index/selfSignedCert:SelfSignedCert": "clients trust it by its own bytes; a new one is unknown to them",
}
"""By type, with what is lost, for what the program can make again: an outage, not data. So it is not protected, for a
wanted change would then need two runs; a replacement is shouted all the same."""

EXEMPT: dict[tuple[str, str], str] = {
    ("aws:kms/key:Key", "budget-topic"): "what it encrypts is delivered within minutes",
    ("gcp:container/nodePool:NodePool", "controllers-*"): "its machines come and go with the load",
    ("kubernetes:core/v1:Namespace", "controllers-cert-manager"): "holds one release, which is made again as it was",
}
"""Resources of these types that hold nothing, by type and shell pattern of the logical name."""

RELEASE = "kubernetes:helm.sh/v3:Release"
_WITH_DEFINITIONS = re.compile(r"-crds?$")
_VERSION = re.compile(r"/v\d\w*(?=:)")


def lost_with(type_: str, name: str, *, chart: str = "") -> str:
    """Return what is lost with a resource, "" if nothing is: by its type, its logical name, and a release's chart."""
    known = _unversioned(type_)
    if any(known == type_ and fnmatchcase(name, pattern) for type_, pattern in _EXEMPT):
        return ""
    # Helm deletes what a chart's templates made, and charts of definitions have them there; a chart's `crds/` folder
    # it leaves alone (Helm documentation, "Custom Resource Definitions").
    if known == _unversioned(RELEASE) and _WITH_DEFINITIONS.search(chart.rpartition("/")[2]):
        return "takes its definitions along, and every object of their kinds"
    return _LOST.get(known, "")


def _unversioned(type_: str) -> str:
    return _VERSION.sub("", type_)


_LOST = {_unversioned(type_): lost for type_, lost in {**STATEFUL, **OUTAGES}.items()}
_EXEMPT = [(_unversioned(type_), pattern) for type_, pattern in EXEMPT]

"""Every resource type of the program on GCP: priced by a meter, or free with the reason."""

from __future__ import annotations

from q2o_infra.cost import meters_gcp as meters
from q2o_infra.cost.treatment import Free, Priced, Treatment
from q2o_infra.cost.types_kubernetes import KUBERNETES

_IAM = Free("IAM costs nothing")
_NETWORK = Free("networks and rules cost nothing; what goes through them is paid elsewhere")
_BALANCER = Free("a part of the balancer, which is priced with its forwarding rules")
_ALERTS = Free("a few alerts a month; the first 10 GB cost nothing")
_CERTIFICATE = Free("the first hundred certificates cost nothing")

GCP: dict[str, Treatment] = {
    "gcp:billing/budget:Budget": Free("budgets cost nothing"),
    "gcp:certificatemanager/certificate:Certificate": _CERTIFICATE,
    "gcp:certificatemanager/certificateMap:CertificateMap": _CERTIFICATE,
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": _CERTIFICATE,
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": _CERTIFICATE,
    "gcp:compute/address:Address": Priced(meters.address, "a public address by the hour"),
    "gcp:compute/backendService:BackendService": _BALANCER,
    "gcp:compute/firewall:Firewall": _NETWORK,
    "gcp:compute/globalAddress:GlobalAddress": Free("an address of a forwarding rule costs nothing"),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": Priced(
        meters.forwarding_rule, "up to five rules by the hour, what goes through, what users get"
    ),
    "gcp:compute/healthCheck:HealthCheck": _BALANCER,
    "gcp:compute/network:Network": Priced(meters.network, "what crosses the border of a zone"),
    "gcp:compute/router:Router": _NETWORK,
    "gcp:compute/routerNat:RouterNat": Priced(meters.nat, "NAT by machine and hour, and what goes through it"),
    "gcp:compute/sSLPolicy:SSLPolicy": _BALANCER,
    "gcp:compute/securityPolicy:SecurityPolicy": Priced(meters.security_policy, "the policy, its rules and requests"),
    "gcp:compute/subnetwork:Subnetwork": Free("its flow records are priced with the bucket that takes them"),
    "gcp:compute/targetHttpProxy:TargetHttpProxy": _BALANCER,
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy": _BALANCER,
    "gcp:compute/uRLMap:URLMap": _BALANCER,
    "gcp:container/cluster:Cluster": Priced(meters.cluster, "the control plane by the hour, extended support"),
    "gcp:container/nodePool:NodePool": Priced(meters.node_pool, "machines and their disks"),
    "gcp:dns/recordSet:RecordSet": Priced(meters.record, "queries for a name, and its zone"),
    "gcp:kms/cryptoKey:CryptoKey": Priced(meters.key, "versions by the month, and their use"),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": _IAM,
    "gcp:kms/keyRing:KeyRing": Free("a ring costs nothing; its keys are priced"),
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": Priced(
        meters.log_bucket, "what is written into it and kept beyond 30 days"
    ),
    "gcp:logging/projectExclusion:ProjectExclusion": Free("keeps logs out of a second bucket"),
    "gcp:logging/projectSink:ProjectSink": Free("routes logs; the bucket that takes them is priced"),
    "gcp:monitoring/notificationChannel:NotificationChannel": Free("mails of the budget cost nothing"),
    "gcp:projects/iAMCustomRole:IAMCustomRole": _IAM,
    "gcp:projects/iAMMember:IAMMember": _IAM,
    "gcp:projects/serviceIdentity:ServiceIdentity": _IAM,
    "gcp:pubsub/subscription:Subscription": _ALERTS,
    "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember": _IAM,
    "gcp:pubsub/topic:Topic": _ALERTS,
    "gcp:pubsub/topicIAMMember:TopicIAMMember": _IAM,
    "gcp:serviceaccount/account:Account": _IAM,
    "gcp:serviceaccount/iAMMember:IAMMember": _IAM,
    "gcp:storage/bucket:Bucket": Priced(meters.bucket, "what it holds, what is written and sent to it"),
    "gcp:storage/bucketIAMMember:BucketIAMMember": _IAM,
    **KUBERNETES,
}

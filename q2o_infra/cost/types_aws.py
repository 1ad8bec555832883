"""Every resource type of the program on AWS: priced by a meter, or free with the reason."""

from __future__ import annotations

from q2o_infra.cost import meters_aws as meters
from q2o_infra.cost import meters_aws_logs as logs
from q2o_infra.cost.treatment import Free, Priced, Treatment
from q2o_infra.cost.types_kubernetes import KUBERNETES

_IAM = Free("IAM costs nothing")
_NETWORK = Free("networks, routes and rules cost nothing; what goes through them is paid elsewhere")
_BUCKET = Free("a setting of the bucket, which is priced")
_BALANCER = Free("a part of the balancer, which is priced")
_EKS = Free("a part of the cluster, which is priced")
_EVENTS = Free("events of AWS services on the default bus cost nothing")

AWS: dict[str, Treatment] = {
    "aws:acm/certificate:Certificate": Free("public certificates cost nothing"),
    "aws:acm/certificateValidation:CertificateValidation": Free("a wait, not a thing"),
    "aws:budgets/budget:Budget": Free("budgets without actions cost nothing, nor does reading them"),
    "aws:cloudwatch/eventRule:EventRule": _EVENTS,
    "aws:cloudwatch/eventTarget:EventTarget": _EVENTS,
    "aws:cloudwatch/logGroup:LogGroup": Priced(logs.log_group, "what is written into it and kept"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _NETWORK,
    "aws:ec2/eip:Eip": Priced(meters.address, "a public address by the hour"),
    "aws:ec2/flowLog:FlowLog": Free("its records are priced with the log group that takes them"),
    "aws:ec2/internetGateway:InternetGateway": _NETWORK,
    "aws:ec2/launchTemplate:LaunchTemplate": Free("its machines and disks are priced with the node group"),
    "aws:ec2/natGateway:NatGateway": Priced(meters.nat_gateway, "a gateway by the hour, and what goes through it"),
    "aws:ec2/route:Route": _NETWORK,
    "aws:ec2/routeTable:RouteTable": _NETWORK,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _NETWORK,
    "aws:ec2/securityGroup:SecurityGroup": _NETWORK,
    "aws:ec2/subnet:Subnet": _NETWORK,
    "aws:ec2/vpc:Vpc": Priced(meters.vpc, "what crosses the border of a zone"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Priced(meters.interface_endpoint, "an interface endpoint by zone and hour"),
    "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": _NETWORK,
    "aws:eks/accessEntry:AccessEntry": _EKS,
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": _EKS,
    "aws:eks/addon:Addon": Free("add-ons of AWS cost nothing; their pods are paid through nodes"),
    "aws:eks/cluster:Cluster": Priced(meters.cluster, "the control plane by the hour, extended support"),
    "aws:eks/nodeGroup:NodeGroup": Priced(meters.node_group, "system machines and their disks"),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": _EKS,
    "aws:iam/instanceProfile:InstanceProfile": _IAM,
    "aws:iam/role:Role": _IAM,
    "aws:iam/rolePolicy:RolePolicy": _IAM,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _IAM,
    "aws:kms/alias:Alias": Free("a name of the key, which is priced"),
    "aws:kms/key:Key": Priced(meters.key, "a key by the month, and its use"),
    "aws:lb/listener:Listener": _BALANCER,
    "aws:lb/loadBalancer:LoadBalancer": Priced(
        meters.balancer, "the balancer by the hour, its capacity units and addresses, what it sends"
    ),
    "aws:lb/targetGroup:TargetGroup": _BALANCER,
    "aws:route53/record:Record": Priced(meters.record, "queries for a name, and its zone"),
    "aws:s3/bucket:Bucket": Priced(logs.bucket, "what it holds and what is written into it"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _BUCKET,
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": _BUCKET,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _BUCKET,
    "aws:s3/bucketPolicy:BucketPolicy": _BUCKET,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _BUCKET,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _BUCKET,
    "aws:s3/bucketVersioning:BucketVersioning": _BUCKET,
    "aws:sns/topic:Topic": Free("a few alerts a month; the first thousand mails cost nothing"),
    "aws:sns/topicPolicy:TopicPolicy": Free("a setting of the topic"),
    "aws:sqs/queue:Queue": Priced(meters.queue, "requests"),
    "aws:sqs/queuePolicy:QueuePolicy": Free("a setting of the queue, which is priced"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _NETWORK,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _NETWORK,
    "aws:wafv2/webAcl:WebAcl": Priced(meters.web_acl, "the list, its rules and requests"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Free("binds the firewall, which is priced"),
    "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding": _BALANCER,
    "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass": Free("its machines and disks are priced with the node pool"),
    "kubernetes:karpenter.sh/v1:NodePool": Priced(meters.node_pool, "elastic machines and their disks"),
    **KUBERNETES,
}

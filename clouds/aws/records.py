"""AWS as the sandbox simulates it: one row per resource type that the program uses.

Replace-forcing properties: terraform-provider-aws, `ForceNew` in each resource's schema, as bridged by
pulumi-aws 7.51. Times: medians of public `terraform apply` logs and the EKS user guide (control plane about ten
minutes, NAT gateway under two); they only matter when the sandbox is told to take realistic times.
"""

from __future__ import annotations

from clouds.aws import records_budget, records_edge, records_s3
from clouds.aws.rows import Outputs, arn
from clouds.aws.rows import ec2 as _ec2
from clouds.aws.rows import from_input as _input
from clouds.aws.rows import hex_id as _hex_id
from clouds.aws.rows import joined as _joined
from clouds.aws.rows import named as _named
from clouds.aws.rows import row as _row
from clouds.aws.rows import uuid as _uuid
from clouds.kind import Kind, Place, Subject
from clouds.locations import LOCATIONS
from components.base.vocabulary import Cloud

PROVIDER_VERSION = "7.51.1"


def zone_name(place: Place, zone_id: str) -> str:
    """Return the name that the simulated account gives to a zone id: letters in the order of the location's table."""
    zones = LOCATIONS[Cloud.AWS, place.location].zones
    return f"{place.location}{'abc'[zones.index(zone_id)]}" if zone_id in zones else f"{place.location}x"


def _subnet(subject: Subject) -> Outputs:
    zone_id = str(subject.inputs.get("availabilityZoneId", ""))
    return {**_ec2("subnet")(subject), "availabilityZone": zone_name(subject.place, zone_id)}


def _eip(subject: Subject) -> Outputs:
    last = int(subject.token(2), 16)
    return {**_ec2("elastic-ip")(subject), "allocationId": subject.id, "publicIp": f"198.51.100.{last}"}


def _role(subject: Subject) -> Outputs:
    return {
        **_named("iam", "role/", regional=False)(subject),
        "uniqueId": f"AROA{subject.token(17).upper()}",
    }


def _queue(subject: Subject) -> Outputs:
    name = subject.inputs["name"]
    url = f"https://sqs.{subject.place.location}.amazonaws.com/{subject.place.account}/{name}"
    return {"arn": arn(subject, "sqs", name), "url": url}


def _queue_url(subject: Subject) -> str:
    return str(_queue(subject)["url"])


def _key(subject: Subject) -> Outputs:
    return {"arn": arn(subject, "kms", f"key/{subject.id}"), "keyId": subject.id}


def _cluster(subject: Subject) -> Outputs:
    identity = subject.token(32, "oidc").upper()
    return {
        **_named("eks", "cluster/")(subject),
        "certificateAuthority": {"data": "c2ltdWxhdGVk"},
        "certificateAuthorities": [{"data": "c2ltdWxhdGVk"}],
        "endpoint": f"https://{identity}.gr7.{subject.place.location}.eks.amazonaws.com",
        "identities": [
            {"oidcs": [{"issuer": f"https://oidc.eks.{subject.place.location}.amazonaws.com/id/{identity}"}]}
        ],
        "platformVersion": "eks.1",
        "status": "ACTIVE",
        "vpcConfig": {
            **subject.inputs["vpcConfig"],
            "clusterSecurityGroupId": f"sg-{subject.token(17, 'cluster-security-group')}",
        },
    }


def _node_group(subject: Subject) -> Outputs:
    names = f"{subject.inputs['clusterName']}/{subject.inputs.get('nodeGroupName', subject.name)}"
    return {
        "arn": arn(subject, "eks", f"nodegroup/{names}/{_uuid(subject)}"),
        "resources": [{"autoscalingGroups": [{"name": f"eks-{subject.name}-{subject.token(8)}"}]}],
        "status": "ACTIVE",
    }


def _addon(subject: Subject) -> Outputs:
    return {"arn": arn(subject, "eks", f"addon/{subject.inputs['clusterName']}/{subject.inputs['addonName']}")}


_NETWORK = (
    _row(
        "ec2/vpc:Vpc",
        _hex_id("vpc"),
        lambda s: {
            **_ec2("vpc")(s),
            "defaultSecurityGroupId": f"sg-{s.token(17, 'default')}",
            "mainRouteTableId": f"rtb-{s.token(17, 'main')}",
        },
        replaces="cidrBlock ipv4IpamPoolId",
        seconds=(12, 2, 2),
    ),
    _row(
        "ec2/subnet:Subnet",
        _hex_id("subnet"),
        _subnet,
        required="vpcId",
        replaces="vpcId cidrBlock availabilityZone availabilityZoneId ipv6Native outpostArn",
        seconds=(2, 2, 2),
    ),
    _row("ec2/internetGateway:InternetGateway", _hex_id("igw"), _ec2("internet-gateway"), seconds=(1, 1, 12)),
    _row("ec2/eip:Eip", _hex_id("eipalloc"), _eip, replaces="address domain networkBorderGroup", seconds=(2, 1, 1)),
    _row(
        "ec2/natGateway:NatGateway",
        _hex_id("nat"),
        lambda s: {"networkInterfaceId": f"eni-{s.token(17, 'eni')}", "publicIp": "198.51.100.1"},
        replaces="allocationId connectivityType privateIp subnetId availabilityMode vpcId",
        seconds=(95, 5, 65),
    ),
    _row(
        "ec2/routeTable:RouteTable",
        _hex_id("rtb"),
        _ec2("route-table"),
        required="vpcId",
        replaces="vpcId",
    ),
    _row(
        "ec2/route:Route",
        lambda s: f"r-{s.inputs['routeTableId']}{s.token(10)}",
        lambda _: {"origin": "CreateRoute", "state": "active"},
        required="routeTableId",
        replaces="routeTableId destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId",
    ),
    _row(
        "ec2/routeTableAssociation:RouteTableAssociation",
        _hex_id("rtbassoc"),
        required="routeTableId",
        replaces="subnetId gatewayId",
    ),
    _row(
        "ec2/vpcEndpoint:VpcEndpoint",
        _hex_id("vpce"),
        lambda s: {
            **_ec2("vpc-endpoint")(s),
            "networkInterfaceIds": [f"eni-{s.token(17, str(i))}" for i, _ in enumerate(s.inputs.get("subnetIds", []))],
            "prefixListId": f"pl-{s.token(8)}",
            "state": "available",
        },
        required="vpcId",
        replaces="vpcId serviceName vpcEndpointType serviceRegion",
        seconds=(60, 10, 30),
    ),
    _row(
        "ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
        lambda s: f"a-{s.inputs['vpcEndpointId']}{s.token(10)}",
        required="routeTableId vpcEndpointId",
        replaces="routeTableId vpcEndpointId",
        seconds=(2, 1, 2),
    ),
    _row(
        "ec2/securityGroup:SecurityGroup",
        _hex_id("sg"),
        _ec2("security-group"),
        replaces="name namePrefix description vpcId",
        seconds=(2, 2, 2),
    ),
    _row("ec2/defaultSecurityGroup:DefaultSecurityGroup", _hex_id("sg"), _ec2("security-group"), replaces="vpcId"),
    _row(
        "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        _hex_id("sgr"),
        lambda s: {"arn": arn(s, "ec2", f"security-group-rule/{s.id}"), "securityGroupRuleId": s.id},
        required="ipProtocol securityGroupId",
        replaces="securityGroupId",
    ),
    _row(
        "ec2/flowLog:FlowLog",
        _hex_id("fl"),
        _ec2("vpc-flow-log"),
        replaces="vpcId subnetId eniId trafficType logDestination logDestinationType iamRoleArn logFormat "
        "maxAggregationInterval destinationOptions deliverCrossAccountRole transitGatewayId",
    ),
    _row(
        "ec2/launchTemplate:LaunchTemplate",
        _hex_id("lt"),
        lambda s: {**_ec2("launch-template")(s), "defaultVersion": 1 + s.revision, "latestVersion": 1 + s.revision},
        replaces="name namePrefix",
    ),
)

_IDENTITY = (
    _row(
        "iam/role:Role",
        _input("name"),
        _role,
        required="assumeRolePolicy",
        replaces="name namePrefix path",
        unique="name",
        seconds=(2, 1, 2),
    ),
    _row(
        "iam/rolePolicy:RolePolicy",
        lambda s: f"{s.inputs['role']}:{s.inputs.get('name', s.name)}",
        required="policy role",
        replaces="name namePrefix role",
    ),
    _row(
        "iam/rolePolicyAttachment:RolePolicyAttachment",
        _joined("-", "role", "policyArn"),
        required="policyArn role",
        replaces="policyArn role",
    ),
    _row(
        "iam/instanceProfile:InstanceProfile",
        _input("name"),
        _named("iam", "instance-profile/", regional=False),
        replaces="name namePrefix path",
        unique="name",
        seconds=(8, 1, 1),
    ),
    _row("kms/key:Key", _uuid, _key, replaces="customerMasterKeySpec keyUsage multiRegion", seconds=(15, 5, 1)),
    _row(
        "kms/alias:Alias",
        _input("name"),
        lambda s: {"arn": arn(s, "kms", str(s.inputs["name"])), "targetKeyArn": str(s.inputs["targetKeyId"])},
        required="targetKeyId",
        replaces="name namePrefix",
        unique="name",
    ),
)

_CLUSTER = (
    _row(
        "eks/cluster:Cluster",
        _input("name"),
        _cluster,
        required="roleArn vpcConfig",
        replaces="name roleArn encryptionConfig bootstrapSelfManagedAddons outpostConfig kubernetesNetworkConfig",
        unique="name",
        seconds=(540, 240, 180),
    ),
    _row(
        "eks/nodeGroup:NodeGroup",
        lambda s: f"{s.inputs['clusterName']}:{s.inputs.get('nodeGroupName', s.name)}",
        _node_group,
        required="clusterName nodeRoleArn scalingConfig subnetIds",
        replaces="clusterName nodeGroupName nodeGroupNamePrefix nodeRoleArn subnetIds amiType capacityType diskSize "
        "instanceTypes remoteAccess",
        seconds=(105, 120, 150),
    ),
    _row(
        "eks/addon:Addon",
        _joined(":", "clusterName", "addonName"),
        _addon,
        required="addonName clusterName",
        replaces="addonName clusterName",
        seconds=(25, 25, 10),
    ),
    _row(
        "eks/accessEntry:AccessEntry",
        _joined(":", "clusterName", "principalArn"),
        lambda s: {"accessEntryArn": arn(s, "eks", f"access-entry/{s.inputs['clusterName']}/{s.token(8)}")},
        required="clusterName principalArn",
        replaces="clusterName principalArn type",
    ),
    _row(
        "eks/accessPolicyAssociation:AccessPolicyAssociation",
        lambda s: f"{s.inputs['clusterName']}#{s.inputs['principalArn']}#{s.inputs['policyArn']}",
        required="accessScope clusterName policyArn principalArn",
        replaces="accessScope clusterName policyArn principalArn",
    ),
    _row(
        "eks/podIdentityAssociation:PodIdentityAssociation",
        lambda s: f"a-{s.token(17)}",
        lambda s: {"associationId": s.id},
        required="clusterName namespace roleArn serviceAccount",
        replaces="clusterName namespace serviceAccount",
    ),
)

_OPERATIONS = (
    _row(
        "cloudwatch/logGroup:LogGroup",
        _input("name"),
        _named("logs", "log-group:"),
        replaces="name namePrefix logGroupClass",
        unique="name",
    ),
    _row(
        "cloudwatch/eventRule:EventRule",
        _input("name"),
        _named("events", "rule/"),
        replaces="name namePrefix eventBusName",
        unique="name",
    ),
    _row(
        "cloudwatch/eventTarget:EventTarget",
        lambda s: f"{s.inputs['rule']}-{s.inputs.get('targetId', s.name)}",
        required="arn rule",
        replaces="rule targetId eventBusName",
    ),
    _row(
        "sqs/queue:Queue",
        _queue_url,
        _queue,
        replaces="name namePrefix fifoQueue",
        unique="name",
        name_kept_seconds=60,  # SQS API reference, CreateQueue: QueueDeletedRecently
        seconds=(25, 5, 1),
    ),
    _row(
        "sqs/queuePolicy:QueuePolicy",
        _input("queueUrl"),
        required="policy queueUrl",
        replaces="queueUrl",
        seconds=(25, 1, 1),
    ),
)

_ELSEWHERE = (*records_budget.KINDS, *records_edge.KINDS, *records_s3.KINDS)
KINDS: tuple[Kind, ...] = (*_NETWORK, *_IDENTITY, *_CLUSTER, *_OPERATIONS, *_ELSEWHERE)

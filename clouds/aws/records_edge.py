"""AWS at the edge: load balancers, certificates, DNS records, buckets, the web application firewall.

Sources are those of `aws.py`; times are medians of public `terraform apply` logs.
"""

from __future__ import annotations

from clouds.aws.rows import Outputs, arn, ec2, hex_id, joined, row, uuid
from clouds.kind import Kind, Subject


def _load_balancer_arn(subject: Subject) -> str:
    return arn(subject, "elasticloadbalancing", f"loadbalancer/app/{subject.inputs['name']}/{subject.token(16)}")


def _load_balancer(subject: Subject) -> Outputs:
    number = int(subject.token(8), 16)
    return {
        "arn": subject.id,
        "arnSuffix": subject.id.partition("loadbalancer/")[2],
        "dnsName": f"{subject.inputs['name']}-{number}.{subject.place.location}.elb.amazonaws.com",
        "zoneId": f"Z{subject.token(13, 'zone').upper()}",
    }


def _target_group_arn(subject: Subject) -> str:
    return arn(subject, "elasticloadbalancing", f"targetgroup/{subject.inputs['name']}/{subject.token(16)}")


def _target_group(subject: Subject) -> Outputs:
    return {"arn": subject.id, "arnSuffix": f"targetgroup/{subject.id.partition('targetgroup/')[2]}"}


def _listener_arn(subject: Subject) -> str:
    balancer = str(subject.inputs["loadBalancerArn"]).replace(":loadbalancer/", ":listener/")
    return f"{balancer}/{subject.token(16)}"


def _certificate(subject: Subject) -> Outputs:
    host = subject.inputs["domainName"]
    return {
        "arn": subject.id,
        "domainValidationOptions": [
            {
                "domainName": host,
                "resourceRecordName": f"_{subject.token(32, 'name')}.{host}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": f"_{subject.token(32, 'value')}.acm-validations.aws.",
            }
        ],
    }


def _web_acl(subject: Subject) -> Outputs:
    return {"arn": arn(subject, "wafv2", f"regional/webacl/{subject.inputs['name']}/{subject.id}"), "capacity": 925}


KINDS: tuple[Kind, ...] = (
    row(
        "lb/loadBalancer:LoadBalancer",
        _load_balancer_arn,
        _load_balancer,
        replaces="name namePrefix internal loadBalancerType customerOwnedIpv4Pool",
        unique="name",
        seconds=(150, 5, 15),
    ),
    row(
        "lb/listener:Listener",
        _listener_arn,
        lambda s: {"arn": s.id},
        required="defaultActions loadBalancerArn",
        replaces="loadBalancerArn",
    ),
    row(
        "lb/targetGroup:TargetGroup",
        _target_group_arn,
        _target_group,
        replaces="name namePrefix port protocol protocolVersion targetType vpcId ipAddressType",
        unique="name",
    ),
    row(
        "vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        hex_id("sgr"),
        lambda s: {**ec2("security-group-rule")(s), "securityGroupRuleId": s.id},
        required="ipProtocol securityGroupId",
        replaces="securityGroupId",
    ),
    row(
        "acm/certificate:Certificate",
        lambda s: arn(s, "acm", f"certificate/{uuid(s)}"),
        _certificate,
        replaces="domainName subjectAlternativeNames validationMethod validationOptions keyAlgorithm "
        "certificateAuthorityArn",
        seconds=(8, 1, 1),
    ),
    row(
        "acm/certificateValidation:CertificateValidation",
        lambda s: s.token(20),
        required="certificateArn",
        replaces="certificateArn validationRecordFqdns",
        seconds=(60, 1, 1),
    ),
    row(
        "route53/record:Record",
        joined("_", "zoneId", "name", "type"),
        lambda s: {"fqdn": str(s.inputs["name"]).rstrip(".")},
        required="name type zoneId",
        replaces="name zoneId",
        seconds=(35, 35, 35),
    ),
    row(
        "wafv2/webAcl:WebAcl",
        uuid,
        _web_acl,
        required="defaultAction scope visibilityConfig",
        replaces="name namePrefix scope",
        unique="name",
        seconds=(2, 2, 2),
    ),
    row(
        "wafv2/webAclAssociation:WebAclAssociation",
        joined(",", "webAclArn", "resourceArn"),
        required="resourceArn webAclArn",
        replaces="resourceArn webAclArn",
        seconds=(2, 1, 2),
    ),
)

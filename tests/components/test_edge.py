"""The edge on AWS: exactly what it is made of, who may reach whom, and what is refused."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from components.base.errors import ComponentError
from components.edge.aws_balancer import HABITS
from components.edge.timings import (
    DRAIN_SECONDS,
    LEAST_DRAIN_SECONDS,
    REQUEST_SECONDS,
    detection_seconds,
)
from components.workloads.health import SPOT_NOTICE_SECONDS
from tests.support.edges import TAGS, recorded_edge, usual_edge

ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
BINDING = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"
BUCKET = "aws:s3/bucket:Bucket"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LISTENER = "aws:lb/listener:Listener"
RECORD = "aws:route53/record:Record"
TARGETS = "aws:lb/targetGroup:TargetGroup"


def inputs(type_: str, name: str) -> dict[str, Any]:
    return usual_edge().named(type_, name).inputs


def test_it_is_made_of_exactly_these() -> None:
    parent = usual_edge().named("q2o:edge:AwsEdge", "edge").urn
    assert Counter(row.type for row in usual_edge().resources if row.parent == parent) == {
        BALANCER: 1,
        BINDING: 1,
        BUCKET: 1,
        EGRESS: 2,
        INGRESS: 4,
        LISTENER: 2,
        RECORD: 2,
        TARGETS: 1,
        "aws:acm/certificate:Certificate": 1,
        "aws:acm/certificateValidation:CertificateValidation": 1,
        "aws:ec2/securityGroup:SecurityGroup": 1,
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 1,
        "aws:s3/bucketPolicy:BucketPolicy": 1,
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 1,
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 1,
        "kubernetes:core/v1:Namespace": 1,
        "kubernetes:core/v1:ResourceQuota": 1,
        "kubernetes:gateway.envoyproxy.io/v1alpha1:BackendTrafficPolicy": 1,
        "kubernetes:gateway.envoyproxy.io/v1alpha1:ClientTrafficPolicy": 1,
        "kubernetes:gateway.envoyproxy.io/v1alpha1:EnvoyProxy": 1,
        "kubernetes:gateway.networking.k8s.io/v1:Gateway": 1,
        "kubernetes:gateway.networking.k8s.io/v1:GatewayClass": 1,
        "kubernetes:helm.sh/v3:Release": 1,
        "kubernetes:networking.k8s.io/v1:NetworkPolicy": 8,
    }


def test_the_world_reaches_the_balancer_on_two_ports_and_nothing_else() -> None:
    group = usual_edge().named("aws:ec2/securityGroup:SecurityGroup", "edge-balancer")
    assert {"ingress", "egress"}.isdisjoint(group.inputs), "inline rules take away what others add"
    world = [row.inputs for row in usual_edge().of_type(INGRESS) if "cidrIpv4" in row.inputs]
    assert {(rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) for rule in world} == {
        ("0.0.0.0/0", 80, 80),
        ("0.0.0.0/0", 443, 443),
    }
    assert all(rule["securityGroupId"].startswith("sg-") and rule["securityGroupId"] != "sg-nodes" for rule in world)


def test_the_balancer_reaches_the_proxies_on_traffic_and_health_and_nothing_else() -> None:
    out = [row.inputs for row in usual_edge().of_type(EGRESS)]
    into = [row.inputs for row in usual_edge().of_type(INGRESS) if "cidrIpv4" not in row.inputs]
    assert {(rule["referencedSecurityGroupId"], rule["fromPort"]) for rule in out} == {
        ("sg-nodes", 8080),
        ("sg-nodes", 19003),
    }
    assert {(rule["securityGroupId"], rule["fromPort"]) for rule in into} == {("sg-nodes", 8080), ("sg-nodes", 19003)}
    assert {rule["referencedSecurityGroupId"] for rule in into} == {rule["securityGroupId"] for rule in out}


def test_https_is_modern_and_http_only_points_at_it() -> None:
    https, http = inputs(LISTENER, "edge-https"), inputs(LISTENER, "edge-http")
    assert (https["port"], https["protocol"]) == (443, "HTTPS")
    assert https["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert https["routingHttpResponseStrictTransportSecurityHeaderValue"] == "max-age=31536000"
    assert http["defaultActions"] == [
        {"redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}, "type": "redirect"}
    ]


def test_targets_are_pods_that_are_looked_at_every_five_seconds() -> None:
    targets = inputs(TARGETS, "edge-proxies")
    assert (targets["targetType"], targets["port"], targets["protocol"]) == ("ip", 8080, "HTTP")
    assert targets["healthCheck"] == {
        "healthyThreshold": 2,
        "interval": 5,
        "matcher": "200",
        "path": "/ready",
        "port": "19003",
        "protocol": "HTTP",
        "timeout": 2,
        "unhealthyThreshold": 2,
    }
    assert detection_seconds() == 12


def test_balancer_and_proxy_grant_a_goodbye_of_the_same_length() -> None:
    proxy = inputs("kubernetes:gateway.envoyproxy.io/v1alpha1:EnvoyProxy", "edge-proxy")["spec"]
    assert inputs(TARGETS, "edge-proxies")["deregistrationDelay"] == DRAIN_SECONDS >= REQUEST_SECONDS
    assert proxy["shutdown"] == {"drainTimeout": f"{DRAIN_SECONDS}s", "minDrainDuration": f"{LEAST_DRAIN_SECONDS}s"}
    assert detection_seconds() < LEAST_DRAIN_SECONDS < DRAIN_SECONDS < SPOT_NOTICE_SECONDS


def test_a_proxy_is_never_the_first_to_close_an_idle_connection() -> None:
    assert inputs(BALANCER, "edge-public")["idleTimeout"] == REQUEST_SECONDS < HABITS.proxy_idle_seconds


def test_the_balancer_stands_in_every_public_subnet_and_writes_down_who_calls() -> None:
    balancer = inputs(BALANCER, "edge-public")
    assert balancer["subnets"] == ["subnet-1", "subnet-2", "subnet-3"]
    assert balancer["internal"] is False
    assert balancer["dropInvalidHeaderFields"] is True
    assert balancer["accessLogs"] == {"bucket": "q2o-us-east-access-logs-123456789012", "enabled": True}


def test_the_controller_may_touch_the_target_group_because_it_bears_every_tag() -> None:
    assert inputs(TARGETS, "edge-proxies")["tags"] == TAGS


def test_the_log_bucket_takes_the_balancers_logs_of_this_account_and_is_closed_otherwise() -> None:
    (policy,) = usual_edge().of_type("aws:s3/bucketPolicy:BucketPolicy")
    allowed, denied = json.loads(policy.inputs["policy"])["Statement"]
    assert allowed["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert allowed["Resource"] == "arn:aws:s3:::q2o-us-east-access-logs-123456789012/AWSLogs/123456789012/*"
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    (block,) = usual_edge().of_type("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    assert all(value is True for key, value in block.inputs.items() if key != "bucket")


@pytest.mark.parametrize("days", [1, 400])
def test_logs_are_deleted_when_their_time_is_over(days: int) -> None:
    recording = recorded_edge(access_log_retention_days=days)
    (life,) = recording.of_type("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
    assert life.inputs["rules"][0]["expiration"] == {"days": days}


def test_the_certificate_is_for_the_host_and_its_proof_is_written_into_the_zone() -> None:
    certificate = inputs("aws:acm/certificate:Certificate", "edge-certificate")
    assert (certificate["domainName"], certificate["validationMethod"]) == ("api.us-east.example.com", "DNS")
    proof = inputs(RECORD, "edge-validation")
    assert (proof["type"], proof["zoneId"]) == ("CNAME", "Z0EXAMPLE")
    assert proof["name"].endswith(".api.us-east.example.com.")


def test_the_name_leads_to_the_balancer_by_an_alias() -> None:
    host = inputs(RECORD, "edge-host")
    (alias,) = host["aliases"]
    assert (host["name"], host["type"]) == ("api.us-east.example.com", "A")
    assert alias["name"].startswith("q2o-us-east-public-")
    assert alias["evaluateTargetHealth"] is True


def test_the_binding_names_the_proxies_service_and_leaves_security_rules_to_the_program() -> None:
    spec = inputs(BINDING, "edge-binding")["spec"]
    arn = spec.pop("targetGroupARN")
    assert ":targetgroup/q2o-us-east-proxies/" in arn
    assert spec == {"ipAddressType": "ipv4", "serviceRef": {"name": "envoy", "port": 8080}, "targetType": "ip"}


def test_the_binding_waits_for_its_controller_its_listener_and_the_gateway() -> None:
    binding = usual_edge().named(BINDING, "edge-binding")
    names = {urn.rsplit("::", 1)[-1] for urn in binding.dependencies}
    assert {"load-balancing", "edge-https", "edge-gateway"} <= names
    assert not binding.deleted_with, "its finalizer must run"


def test_protection_is_one_switch() -> None:
    loose = recorded_edge(deletion_protection=False)
    assert inputs(BALANCER, "edge-public")["enableDeletionProtection"] is True
    assert inputs(BUCKET, "edge-access-logs")["forceDestroy"] is False
    assert loose.named(BALANCER, "edge-public").inputs["enableDeletionProtection"] is False
    assert loose.named(BUCKET, "edge-access-logs").inputs["forceDestroy"] is True
    protected = {row.name for row in usual_edge().resources if row.protect}
    assert protected == {"edge-access-logs", "edge-namespace", "edge-public"}
    assert not any(row.protect for row in loose.resources)


def test_a_firewall_is_there_only_for_who_asks_for_it() -> None:
    assert not usual_edge().of_type(ACL)
    guarded = recorded_edge(waf_enabled=True)
    (rules,), (association,) = guarded.of_type(ACL), guarded.of_type(ASSOCIATION)
    assert ":loadbalancer/app/q2o-us-east-public/" in association.inputs["resourceArn"]
    assert association.inputs["webAclArn"].startswith("arn:aws:wafv2:us-east-1:123456789012:regional/webacl/q2o-")
    assert rules.inputs["scope"] == "REGIONAL"
    groups = [row["statement"]["managedRuleGroupStatement"] for row in rules.inputs["rules"]]
    assert [group["name"] for group in groups] == [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesCommonRuleSet",
    ]


def test_the_firewall_lets_long_prompts_through() -> None:
    (rules,) = recorded_edge(waf_enabled=True).of_type(ACL)
    common = rules.inputs["rules"][-1]["statement"]["managedRuleGroupStatement"]
    assert common["ruleActionOverrides"] == [{"actionToUse": {"count": {}}, "name": "SizeRestrictions_BODY"}]


def test_its_outputs_are_where_users_and_routes_find_it() -> None:
    outputs = usual_edge().named("q2o:edge:AwsEdge", "edge").outputs
    assert outputs["url"] == "https://api.us-east.example.com"
    assert outputs["host"] == "api.us-east.example.com"
    assert (outputs["gateway_namespace"], outputs["gateway_name"]) == ("q2o-edge", "public")
    assert outputs["address"].endswith(".us-east-1.elb.amazonaws.com")
    assert outputs["load_balancer_id"].startswith("arn:aws:elasticloadbalancing:us-east-1:")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"host": "api.example.org"},
            "edge.host: 'api.example.org' is not allowed: it is not in zone us-east.example.com, and a certificate for "
            "it could not be validated there; choose us-east.example.com or a name below it.",
        ),
        (
            {"host": "fakeus-east.example.com"},
            "edge.host: 'fakeus-east.example.com' is not allowed: it is not in zone us-east.example.com, and a "
            "certificate for it could not be validated there; choose us-east.example.com or a name below it.",
        ),
        (
            {"host": "API.us-east.example.com"},
            "edge.host: 'API.us-east.example.com' is not allowed: a host name of 64 characters at most, in small "
            "letters, with no scheme and no dot at the end; write it as api.example.com.",
        ),
        (
            {"proxy_image": "docker.io/envoyproxy/envoy:distroless-v1.39.1"},
            "edge.proxy_image: 'docker.io/envoyproxy/envoy:distroless-v1.39.1' is not allowed: an image is pinned as "
            "name@sha256: and 64 hexadecimal digits; give the digest that the registry printed when the image was "
            "pushed.",
        ),
        (
            {"access_log_retention_days": 0},
            "edge.access_log_retention_days: 0 is not allowed: 1 or more; keep access logs at least a day.",
        ),
        (
            {"connections_maximum": 0},
            "edge.connections_maximum: 0 is not allowed: 1 or more; let clients in.",
        ),
        (
            {"zones": 1},
            "edge.zones: 1 is not allowed: 2 or more; spread the nodes over at least two zones.",
        ),
        (
            {"tags": {}},
            "edge.tags: {} is not allowed: the stack's cost-allocation tags; give them: without them no target can be "
            "registered.",
        ),
        (
            {"charts": {}},
            "edge.charts: [] is not allowed: a source for each of gateway-helm; name exactly these.",
        ),
    ],
    ids=[
        "foreign zone",
        "a name that ends alike",
        "capital letters",
        "tag",
        "retention",
        "connections",
        "zones",
        "tags",
        "charts",
    ],
)
def test_what_cannot_work_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        recorded_edge(**changes)

    assert refusal.value.message == message


def test_the_zone_itself_may_be_the_host() -> None:
    recording = recorded_edge(host="us-east.example.com")
    assert recording.named(RECORD, "edge-host").inputs["name"] == "us-east.example.com"

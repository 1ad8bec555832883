"""The load balancer on AWS: who may reach whom, what is listened for, and which proxies count as well.

It belongs to the program and not to a controller, so that its address is known and a destroy leaves nothing behind.
Rules of security groups are resources of their own: inline ones would take away what others add.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output, Resource, ResourceOptions

from components.cluster.aws_contract import named
from components.edge.contract import (
    HEALTH_PATH,
    HEALTH_PORT,
    HTTP_PORT,
    HTTPS_PORT,
    ONE_YEAR_SECONDS,
    TRAFFIC_PORT,
    BalancerHabits,
    EdgeArgs,
)
from components.edge.timings import (
    DRAIN_SECONDS,
    HEALTH_INTERVAL_SECONDS,
    HEALTH_THRESHOLD,
    HEALTH_TIMEOUT_SECONDS,
    IDLE_MARGIN_SECONDS,
    REQUEST_SECONDS,
)

ANYWHERE = "0.0.0.0/0"
# TLS 1.3 and 1.2 without CBC, keys also by a method that withstands quantum computers: what AWS's console proposes
# (ELB user guide, "Security policies for your Application Load Balancer").
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
TO_PROXIES = {"traffic": TRAFFIC_PORT, "health": HEALTH_PORT}
HABITS = BalancerHabits(proxy_idle_seconds=REQUEST_SECONDS + IDLE_MARGIN_SECONDS, trusted_hops=1)
"""It adds the client's address and closes what was silent for as long as a request may take (ELB user guide)."""


@dataclass(frozen=True, kw_only=True)
class Balancer:
    """What others need of it."""

    listener: aws.lb.Listener
    load_balancer: aws.lb.LoadBalancer
    target_group: aws.lb.TargetGroup


def create_balancer(
    name: str,
    args: EdgeArgs,
    *,
    certificate_arn: Input[str],
    log_bucket: Input[str],
    node_security_group_id: Input[str],
    parent: Resource,
) -> Balancer:
    """Make the balancer in the public subnets, and its one target group."""
    target_group = _create_target_group(name, args, parent)
    load_balancer = aws.lb.LoadBalancer(
        f"{name}-public",
        access_logs={"bucket": log_bucket, "enabled": True},
        # A header that is no header is how one request is smuggled inside another.
        drop_invalid_header_fields=True,
        enable_deletion_protection=args.deletion_protection,
        idle_timeout=REQUEST_SECONDS,
        internal=False,
        ip_address_type="ipv4",
        load_balancer_type="application",
        name=named("load-balancer", args.cluster_name, "public"),
        security_groups=[_create_security_group(name, args, node_security_group_id, parent)],
        subnets=args.public_subnet_ids,
        tags=dict(args.tags),
        opts=ResourceOptions(parent=parent, protect=args.deletion_protection),
    )
    _create_redirect(name, args, load_balancer, parent)
    listener = aws.lb.Listener(
        f"{name}-https",
        certificate_arn=certificate_arn,
        default_actions=[{"target_group_arn": target_group.arn, "type": "forward"}],
        load_balancer_arn=load_balancer.arn,
        port=HTTPS_PORT,
        protocol="HTTPS",
        routing_http_response_server_enabled=False,
        routing_http_response_strict_transport_security_header_value=f"max-age={ONE_YEAR_SECONDS}",
        ssl_policy=TLS_POLICY,
        tags=dict(args.tags),
        opts=ResourceOptions(parent=parent),
    )
    return Balancer(listener=listener, load_balancer=load_balancer, target_group=target_group)


def _create_target_group(name: str, args: EdgeArgs, parent: Resource) -> aws.lb.TargetGroup:
    return aws.lb.TargetGroup(
        f"{name}-proxies",
        deregistration_delay=DRAIN_SECONDS,
        health_check={
            "healthy_threshold": HEALTH_THRESHOLD,
            "interval": HEALTH_INTERVAL_SECONDS,
            "matcher": "200",
            "path": HEALTH_PATH,
            "port": str(HEALTH_PORT),
            "protocol": "HTTP",
            "timeout": HEALTH_TIMEOUT_SECONDS,
            "unhealthy_threshold": HEALTH_THRESHOLD,
        },
        name=named("target-group", args.cluster_name, "proxies"),
        port=TRAFFIC_PORT,
        protocol="HTTP",
        protocol_version="HTTP1",
        # All of them, by name: the controller may touch no target group that lacks one.
        tags=dict(args.tags),
        target_type="ip",
        vpc_id=args.network_id,
        opts=ResourceOptions(parent=parent),
    )


def _create_redirect(name: str, args: EdgeArgs, load_balancer: aws.lb.LoadBalancer, parent: Resource) -> None:
    aws.lb.Listener(
        f"{name}-http",
        default_actions=[
            {
                "redirect": {"port": str(HTTPS_PORT), "protocol": "HTTPS", "status_code": "HTTP_301"},
                "type": "redirect",
            }
        ],
        load_balancer_arn=load_balancer.arn,
        port=HTTP_PORT,
        protocol="HTTP",
        tags=dict(args.tags),
        opts=ResourceOptions(parent=parent),
    )


def _create_security_group(
    name: str, args: EdgeArgs, node_security_group_id: Input[str], parent: Resource
) -> Output[str]:
    """Let the world reach the balancer, and the balancer the proxies on their two ports and nothing else."""
    group = aws.ec2.SecurityGroup(
        f"{name}-balancer",
        description="Public load balancer",
        name=named("security-group", args.cluster_name, "balancer"),
        tags=dict(args.tags),
        vpc_id=args.network_id,
        opts=ResourceOptions(parent=parent),
    )
    for role, port in {"http": HTTP_PORT, "https": HTTPS_PORT}.items():
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-from-anywhere-{role}",
            cidr_ipv4=ANYWHERE,
            description=f"{role} from anywhere",
            from_port=port,
            ip_protocol="tcp",
            security_group_id=group.id,
            tags=dict(args.tags),
            to_port=port,
            opts=ResourceOptions(parent=parent),
        )
    for role, port in TO_PROXIES.items():
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-to-proxies-{role}",
            description=f"{role} of the proxies",
            from_port=port,
            ip_protocol="tcp",
            referenced_security_group_id=node_security_group_id,
            security_group_id=group.id,
            tags=dict(args.tags),
            to_port=port,
            opts=ResourceOptions(parent=parent),
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-from-balancer-{role}",
            description=f"{role} of the proxies",
            from_port=port,
            ip_protocol="tcp",
            referenced_security_group_id=group.id,
            security_group_id=node_security_group_id,
            tags=dict(args.tags),
            to_port=port,
            opts=ResourceOptions(parent=parent),
        )
    return group.id

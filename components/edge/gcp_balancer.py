"""The load balancer on Google Cloud, part by part: address, rules, proxies, map, backends, health.

It belongs to the program and not to a controller, so that its address is known and a destroy leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi_gcp as gcp
from pulumi import Input, Output, Resource, ResourceOptions

from components.cluster.gcp_contract import named
from components.edge.contract import HEALTH_PATH, HEALTH_PORT, TRAFFIC_PORT, EdgeArgs
from components.edge.timings import (
    DRAIN_SECONDS,
    HEALTH_INTERVAL_SECONDS,
    HEALTH_THRESHOLD,
    HEALTH_TIMEOUT_SECONDS,
    REQUEST_SECONDS,
)

BALANCER_RANGES = (IPv4Network("35.191.0.0/16"), IPv4Network("130.211.0.0/22"))
"""Where Google's front ends and health checks speak from, in the whole world (Cloud Load Balancing documentation,
"Firewall rules")."""
HTTP = "80"
HTTPS = "443"
SCHEME = "EXTERNAL_MANAGED"
ONE_YEAR_SECONDS = 31_536_000


@dataclass(frozen=True, kw_only=True)
class Balancer:
    """What others need of it."""

    address: Output[str]
    forwarding_rule: gcp.compute.GlobalForwardingRule
    service_name: str
    """Physical name of the backend service; its logs are found by it."""


def create_balancer(
    name: str,
    args: EdgeArgs,
    *,
    certificate_map: Input[str],
    endpoint_groups: Sequence[Input[str]],
    firewall: Input[str] | None,
    parent: Resource,
) -> Balancer:
    """Make the balancer before the endpoint groups."""
    child = ResourceOptions(parent=parent)

    def physical(role: str) -> str:
        return named("gcp-compute", args.cluster_name, role)

    service = _create_service(
        name, args, endpoint_groups=endpoint_groups, firewall=firewall, parent=parent, physical=physical("proxies")
    )
    address = gcp.compute.GlobalAddress(
        f"{name}-public",
        address_type="EXTERNAL",
        ip_version="IPV4",
        labels=dict(args.tags),
        name=physical("public"),
        opts=ResourceOptions(parent=parent, protect=args.deletion_protection),
    )
    routes = gcp.compute.URLMap(f"{name}-https", default_service=service.id, name=physical("https"), opts=child)
    # TLS 1.2 and 1.3 with the suites that are called modern (Cloud Load Balancing documentation, "SSL policies").
    policy = gcp.compute.SSLPolicy(
        f"{name}-tls", min_tls_version="TLS_1_2", name=physical("tls"), profile="MODERN", opts=child
    )
    front = gcp.compute.TargetHttpsProxy(
        f"{name}-https",
        certificate_map=certificate_map,
        name=physical("https"),
        ssl_policy=policy.id,
        url_map=routes.id,
        opts=child,
    )
    rule = _create_rule(name, args, "https", HTTPS, address=address, parent=parent, target=front.id)
    _create_redirect(name, args, address, parent=parent)
    return Balancer(address=address.address, forwarding_rule=rule, service_name=physical("proxies"))


def _create_service(
    name: str,
    args: EdgeArgs,
    *,
    endpoint_groups: Sequence[Input[str]],
    firewall: Input[str] | None,
    parent: Resource,
    physical: str,
) -> gcp.compute.BackendService:
    opts = ResourceOptions(parent=parent)
    health = gcp.compute.HealthCheck(
        f"{name}-proxies",
        check_interval_sec=HEALTH_INTERVAL_SECONDS,
        healthy_threshold=HEALTH_THRESHOLD,
        http_health_check={
            "port": HEALTH_PORT,
            # Not the endpoint's own: proxies answer for themselves beside what they carry.
            "port_specification": "USE_FIXED_PORT",
            "request_path": HEALTH_PATH,
        },
        name=physical,
        timeout_sec=HEALTH_TIMEOUT_SECONDS,
        unhealthy_threshold=HEALTH_THRESHOLD,
        opts=opts,
    )
    rule = gcp.compute.Firewall(
        f"{name}-from-balancer",
        allows=[{"ports": [str(TRAFFIC_PORT), str(HEALTH_PORT)], "protocol": "tcp"}],
        description="Google's front ends and health checks reach the proxies on their two ports",
        direction="INGRESS",
        name=named("gcp-compute", args.cluster_name, "from-balancer"),
        network=args.network_id,
        source_ranges=[str(block) for block in args.balancer_addresses],
        target_tags=[args.cluster_name],
        opts=opts,
    )
    return gcp.compute.BackendService(
        f"{name}-proxies",
        backends=[
            {
                "balancing_mode": "RATE",
                "capacity_scaler": 1.0,
                "group": group,
                # Beyond it Google prefers another zone; one proxy can carry everybody.
                "max_rate_per_endpoint": float(args.connections_maximum),
            }
            for group in endpoint_groups
        ],
        connection_draining_timeout_sec=DRAIN_SECONDS,
        custom_response_headers=[f"Strict-Transport-Security: max-age={ONE_YEAR_SECONDS}"],
        # Read with the rule: without the way through, every proxy would count as ill.
        health_checks=Output.all(health.id, rule.id).apply(lambda known: str(known[0])),
        load_balancing_scheme=SCHEME,
        log_config={"enable": True, "sample_rate": 1.0},
        name=physical,
        protocol="HTTP",
        security_policy=firewall,
        timeout_sec=REQUEST_SECONDS,
        opts=opts,
    )


def _create_redirect(name: str, args: EdgeArgs, address: gcp.compute.GlobalAddress, *, parent: Resource) -> None:
    opts = ResourceOptions(parent=parent)
    physical = named("gcp-compute", args.cluster_name, "http")
    routes = gcp.compute.URLMap(
        f"{name}-http",
        default_url_redirect={
            "https_redirect": True,
            "redirect_response_code": "MOVED_PERMANENTLY_DEFAULT",
            "strip_query": False,
        },
        name=physical,
        opts=opts,
    )
    front = gcp.compute.TargetHttpProxy(f"{name}-http", name=physical, url_map=routes.id, opts=opts)
    _create_rule(name, args, "http", HTTP, address=address, parent=parent, target=front.id)


def _create_rule(
    name: str,
    args: EdgeArgs,
    role: str,
    port: str,
    *,
    address: gcp.compute.GlobalAddress,
    parent: Resource,
    target: Input[str],
) -> gcp.compute.GlobalForwardingRule:
    return gcp.compute.GlobalForwardingRule(
        f"{name}-{role}",
        ip_address=address.id,
        ip_protocol="TCP",
        labels=dict(args.tags),
        load_balancing_scheme=SCHEME,
        name=named("gcp-compute", args.cluster_name, role),
        network_tier="PREMIUM",
        port_range=port,
        target=target,
        opts=ResourceOptions(parent=parent),
    )

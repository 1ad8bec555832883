"""The ways from a VPC to S3 and to the image registry that do not lead through a NAT gateway.

S3: a gateway endpoint, free, in every private route table; image layers come from S3, so nearly all of a pull is free.
Registry (ECR): two interface endpoints, one for the API and one for the Docker protocol. They stand in the zones that
have a NAT gateway and in no other: their names then fail with the same zone as the rest of the way out, and each zone
more costs 14.60 USD a month.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi_aws as aws
from pulumi import Output, Resource, ResourceOptions

from components.base.names import PREFIX, physical_name
from components.network.contract import NetworkArgs

HTTPS = 443
REGISTRY_SERVICES = ("ecr.api", "ecr.dkr")


def create_endpoints(
    name: str,
    args: NetworkArgs,
    *,
    parent: Resource,
    vpc: aws.ec2.Vpc,
    tables: Mapping[str, aws.ec2.RouteTable],
    subnet_ids: Mapping[str, Output[str]],
) -> list[Resource]:
    """Create the endpoints and return what nodes wait for: tables and subnets by zone are the private ones."""
    endpoints = _create_storage_endpoint(name, args, parent, vpc, tables)
    if args.registry_endpoints:
        endpoints += _create_registry_endpoints(name, args, parent, vpc, [subnet_ids[zone] for zone in args.nat_zones])
    return endpoints


def _create_storage_endpoint(
    name: str, args: NetworkArgs, parent: Resource, vpc: aws.ec2.Vpc, tables: Mapping[str, aws.ec2.RouteTable]
) -> list[Resource]:
    endpoint = aws.ec2.VpcEndpoint(
        f"{name}-s3",
        service_name=f"com.amazonaws.{args.location}.s3",
        tags={**args.tags, "Name": f"{args.cluster_name}-s3"},
        vpc_endpoint_type="Gateway",
        vpc_id=vpc.id,
        opts=ResourceOptions(parent=parent),
    )
    return [
        aws.ec2.VpcEndpointRouteTableAssociation(
            f"{name}-s3-{zone}",
            route_table_id=table.id,
            vpc_endpoint_id=endpoint.id,
            opts=ResourceOptions(parent=parent),
        )
        for zone, table in tables.items()
    ]


def _create_registry_endpoints(
    name: str, args: NetworkArgs, parent: Resource, vpc: aws.ec2.Vpc, subnet_ids: list[Output[str]]
) -> list[Resource]:
    group = aws.ec2.SecurityGroup(
        f"{name}-registry",
        description="Interface endpoints of the image registry",
        name=physical_name("security-group", args.cluster_name.removeprefix(f"{PREFIX}-"), name, "registry"),
        tags={**args.tags, "Name": f"{args.cluster_name}-registry"},
        vpc_id=vpc.id,
        opts=ResourceOptions(parent=parent),
    )
    rule = aws.vpc.SecurityGroupIngressRule(
        f"{name}-registry-https",
        cidr_ipv4=str(args.addresses.network),
        description="Image pulls from anywhere in the network",
        from_port=HTTPS,
        ip_protocol="tcp",
        security_group_id=group.id,
        tags={**args.tags, "Name": f"{args.cluster_name}-registry-https"},
        to_port=HTTPS,
        opts=ResourceOptions(parent=parent),
    )
    return [
        aws.ec2.VpcEndpoint(
            f"{name}-{service.replace('.', '-')}",
            private_dns_enabled=True,
            # Read from the rule: once the endpoint stands, its name takes every pull, so the way in comes first.
            security_group_ids=[rule.security_group_id],
            service_name=f"com.amazonaws.{args.location}.{service}",
            subnet_ids=subnet_ids,
            tags={**args.tags, "Name": f"{args.cluster_name}-{service.replace('.', '-')}"},
            vpc_endpoint_type="Interface",
            vpc_id=vpc.id,
            opts=ResourceOptions(parent=parent),
        )
        for service in REGISTRY_SERVICES
    ]

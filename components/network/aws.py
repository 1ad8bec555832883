"""A region's network on AWS: a VPC over three zones with public and private subnets.

Decides what is routed where. How the address range is cut comes in as an address plan; the S3 and registry endpoints
are in `aws_endpoints.py`, flow logs in `aws_flow_logs.py`.

Order is data flow throughout: a subnet's id is read from its route-table association, and the association's table
from the default route. So whoever is given a public subnet (a NAT gateway, a load balancer) is made after the
internet gateway and deleted before it; AWS refuses to detach a gateway while public addresses are mapped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pulumi_aws as aws
from pulumi import ComponentResource, Output, Resource, ResourceOptions

from components.base.vocabulary import Cloud
from components.network.aws_endpoints import create_endpoints
from components.network.aws_flow_logs import create_flow_logs
from components.network.contract import NetworkArgs, require_own_zones

ANYWHERE = "0.0.0.0/0"


class AwsNetwork(ComponentResource):
    """VPC, subnets, gateways, routes, endpoints and flow logs of one location."""

    network_id: Output[str]
    """Id of the VPC."""
    private_subnet_ids: Output[Sequence[str]]
    """Ids of the subnets of nodes and pods, in the order of the address subnets."""
    public_subnet_ids: Output[Sequence[str]]
    """Ids of the subnets of public load balancers; known once they lead to the internet gateway."""
    egress_addresses: Output[Sequence[str]]
    """Elastic IP addresses of the NAT gateways."""
    egress: Sequence[Resource]
    """What nodes need before they can pull images: the private subnets' way out, and the endpoints."""

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:network:AwsNetwork", name, None, opts)
        require_own_zones(args, Cloud.AWS)
        self._name = name
        self._args = args

        vpc = self._create_vpc()
        self._lock_default_security_group(vpc)
        public = self._create_public_subnets(vpc)
        private = self._create_private_subnets(vpc)
        addresses = self._create_nat_addresses()
        gateways = self._create_nat_gateways(addresses, public)
        tables = self._create_private_tables(vpc)
        ways_out = self._lead_out(private, tables, gateways)
        endpoints = create_endpoints(name, args, parent=self, vpc=vpc, tables=tables, subnet_ids=private)
        create_flow_logs(name, args, parent=self, vpc=vpc)

        self.network_id = vpc.id
        self.private_subnet_ids = Output.all(*private.values())
        self.public_subnet_ids = Output.all(*public.values())
        self.egress_addresses = Output.all(*(address.public_ip for address in addresses.values()))
        self.egress = (*ways_out, *endpoints)
        self.register_outputs(
            {
                "network_id": self.network_id,
                "private_subnet_ids": self.private_subnet_ids,
                "public_subnet_ids": self.public_subnet_ids,
                "egress_addresses": self.egress_addresses,
            }
        )

    def _child(self, *, protect: bool = False) -> ResourceOptions:
        return ResourceOptions(parent=self, protect=protect and self._args.deletion_protection)

    def _tags(self, role: str) -> dict[str, str]:
        return {**self._args.tags, "Name": f"{self._args.cluster_name}-{role}"}

    def _create_vpc(self) -> aws.ec2.Vpc:
        return aws.ec2.Vpc(
            f"{self._name}-vpc",
            cidr_block=str(self._args.addresses.network),
            # Both are conditions of private DNS names: the cluster's endpoint and the registry's.
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self._tags("vpc"),
            opts=self._child(protect=True),
        )

    def _lock_default_security_group(self, vpc: aws.ec2.Vpc) -> None:
        """Take every rule from the group that AWS gives to whatever names no group of its own."""
        aws.ec2.DefaultSecurityGroup(
            f"{self._name}-default", vpc_id=vpc.id, tags=self._tags("default-unused"), opts=self._child()
        )

    def _create_public_subnets(self, vpc: aws.ec2.Vpc) -> dict[str, Output[str]]:
        """Return the id of each zone's public subnet, as it is known once the subnet leads to the internet."""
        gateway = aws.ec2.InternetGateway(
            f"{self._name}-internet", vpc_id=vpc.id, tags=self._tags("internet"), opts=self._child()
        )
        table = aws.ec2.RouteTable(f"{self._name}-public", vpc_id=vpc.id, tags=self._tags("public"), opts=self._child())
        route = aws.ec2.Route(
            f"{self._name}-public",
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            route_table_id=table.id,
            opts=self._child(),
        )
        ids: dict[str, Output[str]] = {}
        for subnets in self._args.addresses.zones:
            subnet = aws.ec2.Subnet(
                f"{self._name}-public-{subnets.zone}",
                availability_zone_id=subnets.zone,
                cidr_block=str(subnets.public),
                map_public_ip_on_launch=False,
                tags={**self._tags(f"public-{subnets.zone}"), "kubernetes.io/role/elb": "1"},
                vpc_id=vpc.id,
                opts=self._child(protect=True),
            )
            association = aws.ec2.RouteTableAssociation(
                f"{self._name}-public-{subnets.zone}",
                route_table_id=route.route_table_id,
                subnet_id=subnet.id,
                opts=self._child(),
            )
            # Optional in the SDK only because gateways can be associated too.
            ids[subnets.zone] = cast("Output[str]", association.subnet_id)
        return ids

    def _create_private_subnets(self, vpc: aws.ec2.Vpc) -> dict[str, Output[str]]:
        ids: dict[str, Output[str]] = {}
        for subnets in self._args.addresses.zones:
            subnet = aws.ec2.Subnet(
                f"{self._name}-private-{subnets.zone}",
                availability_zone_id=subnets.zone,
                cidr_block=str(subnets.private),
                map_public_ip_on_launch=False,
                tags={
                    **self._tags(f"private-{subnets.zone}"),
                    "karpenter.sh/discovery": self._args.cluster_name,
                    "kubernetes.io/role/internal-elb": "1",
                },
                vpc_id=vpc.id,
                opts=self._child(protect=True),
            )
            ids[subnets.zone] = subnet.id
        return ids

    def _create_nat_addresses(self) -> dict[str, aws.ec2.Eip]:
        return {
            zone: aws.ec2.Eip(
                f"{self._name}-nat-{zone}",
                domain="vpc",
                tags=self._tags(f"nat-{zone}"),
                opts=self._child(protect=True),
            )
            for zone in self._args.nat_zones
        }

    def _create_nat_gateways(
        self, addresses: dict[str, aws.ec2.Eip], public: dict[str, Output[str]]
    ) -> dict[str, aws.ec2.NatGateway]:
        return {
            zone: aws.ec2.NatGateway(
                f"{self._name}-nat-{zone}",
                allocation_id=address.allocation_id,
                subnet_id=public[zone],
                tags=self._tags(f"nat-{zone}"),
                opts=self._child(),
            )
            for zone, address in addresses.items()
        }

    def _create_private_tables(self, vpc: aws.ec2.Vpc) -> dict[str, aws.ec2.RouteTable]:
        """Create a table for each zone even when all lead to one NAT gateway: a later switch then only edits routes."""
        return {
            subnets.zone: aws.ec2.RouteTable(
                f"{self._name}-private-{subnets.zone}",
                vpc_id=vpc.id,
                tags=self._tags(f"private-{subnets.zone}"),
                opts=self._child(),
            )
            for subnets in self._args.addresses.zones
        }

    def _lead_out(
        self,
        private: dict[str, Output[str]],
        tables: dict[str, aws.ec2.RouteTable],
        gateways: dict[str, aws.ec2.NatGateway],
    ) -> list[Resource]:
        """Join each private subnet to a table that leads to its zone's NAT gateway, or to the only one."""
        only = gateways[self._args.nat_zones[0]]
        joined: list[Resource] = []
        for zone, table in tables.items():
            route = aws.ec2.Route(
                f"{self._name}-private-{zone}",
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=gateways.get(zone, only).id,
                route_table_id=table.id,
                opts=self._child(),
            )
            joined.append(
                aws.ec2.RouteTableAssociation(
                    f"{self._name}-private-{zone}",
                    route_table_id=route.route_table_id,
                    subnet_id=private[zone],
                    opts=self._child(),
                )
            )
        return joined

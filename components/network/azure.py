"""A region's network on Azure: a resource group, a virtual network, one subnet for the nodes of all zones.

Decides what is routed where, and who may speak to a node. A subnet spans all zones here, so the address plan's first
private quarter is the nodes' and the rest stays free; pods have an overlay of their own (`azure_contract.py`), and
Azure's load balancer stands in no subnet. Flow logs are in `azure_flow_logs.py`.

The balancer's public address is made here, before the cluster, because it can be deleted only after it: the load
balancer that holds it goes with the cluster's node resource group.
"""

from __future__ import annotations

from collections.abc import Sequence

from pulumi import ComponentResource, Output, Resource, ResourceOptions
from pulumi_azure_native import network, resources

from clouds.azure.limits import AZURE_NAT
from components.base.errors import ComponentError
from components.base.vocabulary import Cloud
from components.cluster.azure_contract import named
from components.network.azure_contract import POD_ADDRESSES, AzureNetworkArgs, zone_number
from components.network.azure_flow_logs import create_flow_logs
from components.network.contract import require_own_zones

NAT_IDLE_MINUTES = 4
"""The shortest there is: a port of a connection that nobody uses is free again after it."""
# Priorities of security rules run from 100 to 4096, the lowest first; the edge's openings stand before these.
OWN_PRIORITY, PROBES_PRIORITY, ELSEWHERE_PRIORITY = 3900, 3910, 4000


class AzureNetwork(ComponentResource):
    """Resource group, virtual network, node subnet, ways in and out, and flow logs of one location; meets `Network`."""

    balancer_address: network.PublicIPAddress
    """Where users come in; it stands before the cluster and falls after it."""
    egress: Sequence[Resource]
    """What the cluster needs before it can be made, and what goes after it: the subnet's way out, its rules, and the
    balancer's address."""
    egress_addresses: Output[Sequence[str]]
    """Public address of the NAT gateway."""
    network_id: Output[str]
    """Id of the virtual network."""
    private_subnet_ids: Output[Sequence[str]]
    """Id of the one subnet of nodes: it spans the zones."""
    public_subnet_ids: Output[Sequence[str]]
    """None: Azure's load balancer stands in no subnet."""
    resource_group_name: Output[str]
    """What everything of the region stands in, but for its backups."""
    security_group_name: Output[str]
    """The group on the subnet; whoever is to be let in adds a rule of its own."""

    def __init__(self, name: str, args: AzureNetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:network:AzureNetwork", name, None, opts)
        _refuse(args)
        self._name = name
        self._args = args

        group = self._create_group()
        self.resource_group_name = group.name
        virtual_network = self._create_virtual_network()
        security_group, rules = self._create_security_group()
        egress_address = self._create_address("nat")
        subnet = self._create_subnet(virtual_network, security_group, self._create_nat_gateway(egress_address))
        self.balancer_address = self._create_address("public")
        create_flow_logs(name, args, parent=self, group=group, network_id=virtual_network.id)

        self.network_id = virtual_network.id
        self.private_subnet_ids = Output.all(subnet.id)
        self.public_subnet_ids = Output.from_input([])
        self.egress_addresses = Output.all(egress_address.ip_address.apply(str))
        self.egress = (subnet, *rules, self.balancer_address)
        self.security_group_name = security_group.name
        self.register_outputs(
            {
                "egress_addresses": self.egress_addresses,
                "network_id": self.network_id,
                "private_subnet_ids": self.private_subnet_ids,
                "public_subnet_ids": self.public_subnet_ids,
                "resource_group_name": self.resource_group_name,
                "security_group_name": self.security_group_name,
            }
        )

    def _child(self, *, protect: bool = False) -> ResourceOptions:
        return ResourceOptions(parent=self, protect=protect and self._args.deletion_protection)

    def _named(self, *parts: str) -> str:
        return named("network-resource", self._args.cluster_name, *parts)

    def _create_group(self) -> resources.ResourceGroup:
        return resources.ResourceGroup(
            f"{self._name}-group",
            location=self._args.location,
            resource_group_name=named("resource-group", self._args.cluster_name),
            tags=self._args.tags,
            opts=self._child(protect=True),
        )

    def _create_virtual_network(self) -> network.VirtualNetwork:
        # Its subnets are resources of their own; inline ones would take away what others add.
        return network.VirtualNetwork(
            f"{self._name}-network",
            address_space={"address_prefixes": [str(self._args.addresses.network)]},
            location=self._args.location,
            resource_group_name=self.resource_group_name,
            tags=self._args.tags,
            virtual_network_name=self._named("network"),
            opts=self._child(protect=True),
        )

    def _create_security_group(self) -> tuple[network.NetworkSecurityGroup, list[Resource]]:
        """Let nodes and pods speak among themselves, and the balancer ask whether they live; and nobody else in."""
        group = network.NetworkSecurityGroup(
            f"{self._name}-nodes",
            location=self._args.location,
            network_security_group_name=self._named("nodes"),
            resource_group_name=self.resource_group_name,
            tags=self._args.tags,
            opts=self._child(),
        )
        own = [str(self._args.addresses.network), str(POD_ADDRESSES)]
        rules: list[Resource] = [
            self._create_rule(group, "own", "Allow", OWN_PRIORITY, sources=own),
            # Part of the tag VirtualNetwork too, so it must be let in before that is shut out.
            self._create_rule(group, "probes", "Allow", PROBES_PRIORITY, sources=["AzureLoadBalancer"]),
            # Azure's own rule lets every peered network in.
            self._create_rule(group, "elsewhere", "Deny", ELSEWHERE_PRIORITY, sources=["VirtualNetwork"]),
        ]
        return group, rules

    def _create_rule(
        self, group: network.NetworkSecurityGroup, role: str, access: str, priority: int, *, sources: list[str]
    ) -> network.SecurityRule:
        # One tag stands alone, ranges in a list: Azure refuses tags in lists of ranges.
        one = sources[0] if len(sources) == 1 else None
        return network.SecurityRule(
            f"{self._name}-from-{role}",
            access=access,
            destination_address_prefix="*",
            destination_port_range="*",
            direction="Inbound",
            network_security_group_name=group.name,
            priority=priority,
            protocol="*",
            resource_group_name=self.resource_group_name,
            security_rule_name=f"from-{role}",
            source_address_prefix=one,
            source_address_prefixes=None if one else sources,
            source_port_range="*",
            opts=self._child(),
        )

    def _create_address(self, role: str) -> network.PublicIPAddress:
        return network.PublicIPAddress(
            f"{self._name}-{role}",
            location=self._args.location,
            public_ip_address_name=self._named(role),
            public_ip_address_version="IPv4",
            public_ip_allocation_method="Static",
            resource_group_name=self.resource_group_name,
            sku={"name": "Standard", "tier": "Regional"},
            tags=self._args.tags,
            # Of all zones, so that it outlives any of them and every gateway that it is joined to.
            zones=[zone_number(subnets.zone) for subnets in self._args.addresses.zones],
            opts=self._child(protect=True),
        )

    def _create_nat_gateway(self, address: network.PublicIPAddress) -> network.NatGateway:
        zone = self._args.nat_zones[0]
        return network.NatGateway(
            f"{self._name}-nat-{zone}",
            idle_timeout_in_minutes=NAT_IDLE_MINUTES,
            location=self._args.location,
            nat_gateway_name=self._named("nat", zone),
            public_ip_addresses=[{"id": address.id}],
            resource_group_name=self.resource_group_name,
            sku={"name": "Standard"},
            tags=self._args.tags,
            zones=[zone_number(zone)],
            opts=self._child(),
        )

    def _create_subnet(
        self,
        virtual_network: network.VirtualNetwork,
        security_group: network.NetworkSecurityGroup,
        nat_gateway: network.NatGateway,
    ) -> network.Subnet:
        storage = network.ServiceEndpointPropertiesFormatArgs(service="Microsoft.Storage.Global")
        return network.Subnet(
            f"{self._name}-nodes",
            address_prefix=str(self._args.addresses.zones[0].private),
            # Off: a node without the gateway would be seen from an address that nobody has on a list.
            default_outbound_access=False,
            nat_gateway={"id": nat_gateway.id},
            network_security_group={"id": security_group.id},
            resource_group_name=self.resource_group_name,
            service_endpoints=[storage] if self._args.registry_endpoints else [],
            subnet_name="nodes",
            virtual_network_name=virtual_network.name,
            opts=self._child(protect=True),
        )


def _refuse(args: AzureNetworkArgs) -> None:
    """Raise `ComponentError` for zones of another location, and for what a subnet of all zones cannot do."""
    require_own_zones(args, Cloud.AZURE)
    AZURE_NAT.check("network.nat", args.nat, error=ComponentError)

"""A region's network on Google Cloud: a VPC in custom mode with one regional subnet, and its way out.

Decides which ranges are nodes', pods' and Services', and what is routed where. How the range is cut comes in as an
address plan; flow logs go where `gcp_contract.py` leads them.

A subnet here spans its region's zones, so the plan's three private quarters become two ranges: the first is the
nodes', the second and third, one block, are the pods'. What the plan calls public is used by nothing: the load balancer
is global and stands in no subnet of ours.

Cloud NAT is of a region and stands in no zone: no zone's loss cuts the way out, in either mode. `nat` therefore decides
the number of addresses alone (docs/adr/0026-gcp-is-regional-where-aws-is-zonal.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses

import pulumi_gcp as gcp
from pulumi import ComponentResource, Output, Resource, ResourceOptions

from components.base.errors import ComponentError, refused
from components.base.vocabulary import Cloud
from components.cluster.gcp_contract import named
from components.network.contract import NetworkArgs, require_own_zones
from components.network.gcp_contract import LogArgs, create_logs

PODS_RANGE = "pods"
"""Name of the subnet's range for pods."""
SERVICES_RANGE = "services"
"""Name of the subnet's range for Services: GKE asks for it there, though nothing routes it."""
FLOW_LOG_INTERVAL = "INTERVAL_10_MIN"
"""Few records, and the same as on AWS."""
FLOW_LOG_SHARE = 0.5
"""Share of packets' records that are kept, besides the sampling that nobody can change (VPC documentation)."""
NAT_PORTS_LEAST = 64
NAT_PORTS_MOST = 4096
"""Ports of one node on one address: 64,512 of an address serve 15 nodes at the most and 1,008 at the least."""


@dataclass(frozen=True, kw_only=True)
class GcpNetworkArgs(NetworkArgs):
    """Arguments of a network on Google Cloud."""

    generation: int = 1
    """Part of the name of the flow logs' bucket, which no one gets back for seven days after a deletion."""
    project_id: str
    service_addresses: IPv4Network
    """Addresses of Kubernetes Services; never routed, and still a range of the subnet."""


class GcpNetwork(ComponentResource):
    """VPC, subnet, router, NAT and flow logs of one location; meets `Network`."""

    network_id: Output[str]
    """`projects/<project>/global/networks/<name>`."""
    private_subnet_ids: Output[Sequence[str]]
    """The one subnet, which spans all zones."""
    public_subnet_ids: Output[Sequence[str]]
    """None: a global load balancer stands in no subnet."""
    egress_addresses: Output[Sequence[str]]
    egress: Sequence[Resource]
    """The NAT: without it a node pulls no image that lies outside Google."""
    pods: IPv4Network
    """Range of the pods; what load balancers and network policies know them by."""

    def __init__(self, name: str, args: GcpNetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:network:GcpNetwork", name, None, opts)
        require_own_zones(args, Cloud.GCP)
        self._name = name
        self._args = args
        nodes, self.pods = node_and_pod_ranges(args)

        network = self._create_network()
        subnet = self._create_subnet(network, nodes)
        addresses = self._create_addresses()
        nat = self._create_nat(network, subnet, addresses)
        create_logs(
            f"{name}-flow-logs",
            LogArgs(
                cluster_name=args.cluster_name,
                filter_=(
                    f'logName="projects/{args.project_id}/logs/compute.googleapis.com%2Fvpc_flows" AND '
                    f'resource.labels.subnetwork_name="{self._physical("nodes")}"'
                ),
                generation=args.generation,
                location=args.location,
                project_id=args.project_id,
                retention_days=args.flow_log_retention_days,
                role="flow-logs",
                where="network.flow_log_retention_days",
            ),
            parent=self,
        )

        self.network_id = network.id
        self.private_subnet_ids = Output.all(subnet.id)
        self.public_subnet_ids = Output.all()
        self.egress_addresses = Output.all(*(address.address for address in addresses.values()))
        self.egress = (nat,)
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

    def _physical(self, role: str) -> str:
        return named("gcp-compute", self._args.cluster_name, role)

    def _create_network(self) -> gcp.compute.Network:
        return gcp.compute.Network(
            f"{self._name}-network",
            # A subnet in every location of the world comes with the other mode, from ranges that are not ours.
            auto_create_subnetworks=False,
            name=self._physical("network"),
            routing_mode="REGIONAL",
            opts=self._child(protect=True),
        )

    def _create_subnet(self, network: gcp.compute.Network, nodes: IPv4Network) -> gcp.compute.Subnetwork:
        return gcp.compute.Subnetwork(
            f"{self._name}-nodes",
            ip_cidr_range=str(nodes),
            log_config={
                "aggregation_interval": FLOW_LOG_INTERVAL,
                "flow_sampling": FLOW_LOG_SHARE,
                "metadata": "INCLUDE_ALL_METADATA",
            },
            name=self._physical("nodes"),
            network=network.id,
            # Registries, storage and logs of Google are reached without NAT, and so without its price.
            private_ip_google_access=True,
            region=self._args.location,
            secondary_ip_ranges=[
                {"ip_cidr_range": str(self.pods), "range_name": PODS_RANGE},
                {"ip_cidr_range": str(self._args.service_addresses), "range_name": SERVICES_RANGE},
            ],
            opts=self._child(protect=True),
        )

    def _create_addresses(self) -> dict[str, gcp.compute.Address]:
        """Reserve one address, or as many as there are zones; keys count, because an address is in no zone."""
        return {
            f"{number}": gcp.compute.Address(
                f"{self._name}-nat-{number}",
                address_type="EXTERNAL",
                labels=dict(self._args.tags),
                name=self._physical(f"nat-{number}"),
                network_tier="PREMIUM",
                region=self._args.location,
                opts=self._child(protect=True),
            )
            for number, _ in enumerate(self._args.nat_zones, start=1)
        }

    def _create_nat(
        self, network: gcp.compute.Network, subnet: gcp.compute.Subnetwork, addresses: dict[str, gcp.compute.Address]
    ) -> gcp.compute.RouterNat:
        router = gcp.compute.Router(
            f"{self._name}-router",
            name=self._physical("router"),
            network=network.id,
            region=self._args.location,
            opts=self._child(),
        )
        return gcp.compute.RouterNat(
            f"{self._name}-nat",
            enable_dynamic_port_allocation=True,
            # Dynamic allocation and independent mapping exclude each other (Cloud NAT documentation).
            enable_endpoint_independent_mapping=False,
            log_config={"enable": True, "filter": "ERRORS_ONLY"},
            max_ports_per_vm=NAT_PORTS_MOST,
            min_ports_per_vm=NAT_PORTS_LEAST,
            name=self._physical("nat"),
            nat_ip_allocate_option="MANUAL_ONLY",
            nat_ips=[address.self_link for address in addresses.values()],
            region=self._args.location,
            router=router.name,
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                {
                    "name": subnet.self_link,
                    "secondary_ip_range_names": [PODS_RANGE],
                    "source_ip_ranges_to_nats": ["PRIMARY_IP_RANGE", "LIST_OF_SECONDARY_IP_RANGES"],
                }
            ],
            opts=self._child(),
        )


def node_and_pod_ranges(args: NetworkArgs) -> tuple[IPv4Network, IPv4Network]:
    """Return the ranges of nodes and of pods: the plan's first private quarter, and the block of the others.

    Raises `ComponentError` where the others are no one block.
    """
    first, *others = (subnets.private for subnets in args.addresses.zones)
    block = list(collapse_addresses(others))
    if len(block) != 1:
        raise ComponentError(
            refused(
                "network.addresses.zones",
                [str(found) for found in others],
                "private ranges that make one block from the second on",
                "cut the network with plan_addresses",
            )
        )
    return first, block[0]

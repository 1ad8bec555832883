"""How a region's network is cut into subnets, and whether its nodes and their pods fit in.

Pods take addresses of the private subnets (VPC CNI), so these get three quarters of the network. Room is counted for
the day that one zone is lost: two subnets then hold every node.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from clouds.aws.machines import AWS_INSTANCE_TYPES
from components.base.errors import SettingsError, refused

SERVICE_ADDRESSES = IPv4Network("172.20.0.0/16")
"""Addresses of Kubernetes Services; outside every region's block, never routed."""

_ZONES_LEFT = 2
"""Zones that must hold everything when one of three is lost."""

# What a private subnet holds beside nodes and pods.
_KEPT_BY_AWS = 5  # the first four and the last (VPC user guide, "Subnet CIDR blocks")
_CONTROL_PLANE = 16  # EKS user guide, "Networking requirements for VPC and subnets": six at least, 16 recommended
_LOAD_BALANCER = 8  # free addresses that one load balancer asks for (ELB user guide, "Subnets for your load balancer")
_REGISTRY_ENDPOINTS = 2  # ecr.api and ecr.dkr, one interface each
_BESIDE_NODES = _KEPT_BY_AWS + _CONTROL_PLANE + _LOAD_BALANCER + _REGISTRY_ENDPOINTS

_WIDEST_PREFIX = 16
"""The largest range that a VPC takes (VPC user guide, "VPC CIDR blocks")."""
_NARROWEST_PREFIX = 20
"""Below this the first quarter no longer holds three public subnets."""
_PUBLIC_PREFIX = 24
"""251 addresses per zone: one application load balancer grows to 100 at most, a NAT gateway takes one."""


@dataclass(frozen=True, kw_only=True)
class ZoneSubnets:
    """The two subnets of one zone."""

    zone: str
    private: IPv4Network
    public: IPv4Network


@dataclass(frozen=True, kw_only=True)
class AddressPlan:
    """One region's network, cut up; zones keep the order of the location's table."""

    network: IPv4Network
    zones: tuple[ZoneSubnets, ...]


def addresses_per_zone(*, nodes: int) -> int:
    """Return how many addresses one private subnet needs when two zones share `nodes` nodes evenly.

    Each node counts with as many addresses as the largest machine of the catalogue may take: the CNI keeps whole
    network interfaces of addresses warm, so a node holds more than it has pods.
    """
    per_node = max(machine.addresses for machine in AWS_INSTANCE_TYPES.values())
    return -(-nodes // _ZONES_LEFT) * per_node + _BESIDE_NODES


def narrowest_prefix(*, nodes: int) -> int:
    """Return the longest prefix whose quarters hold `addresses_per_zone`; below 16 when no VPC is large enough."""
    quarter_bits = (addresses_per_zone(nodes=nodes) - 1).bit_length()
    return min(32 - 2 - quarter_bits, _NARROWEST_PREFIX)


def plan_addresses(*, where: str, network: IPv4Network, zones: tuple[str, str, str], nodes: int) -> AddressPlan:
    """Cut `network` into one large private and one small public subnet per zone.

    `where` is the settings path that error messages name. The first quarter holds the public subnets and is otherwise
    free, the other three quarters are the private ones. Raises `SettingsError` when AWS takes no such network, or
    when `nodes` nodes and their pods would not fit with a zone lost.
    """
    _refuse_unfit(where, network, nodes)
    quarters = list(network.subnets(prefixlen_diff=2))
    public = list(quarters[0].subnets(new_prefix=_PUBLIC_PREFIX))
    return AddressPlan(
        network=network,
        zones=tuple(
            ZoneSubnets(zone=zone, private=quarters[index + 1], public=public[index])
            for index, zone in enumerate(zones)
        ),
    )


def _refuse_unfit(where: str, network: IPv4Network, nodes: int) -> None:
    narrowest = narrowest_prefix(nodes=nodes)
    needed = addresses_per_zone(nodes=nodes)
    room = f"{nodes} nodes and their pods need {needed} addresses in each zone once a zone is lost"
    if narrowest < _WIDEST_PREFIX:
        raise SettingsError(
            refused(where, str(network), f"{room}, and no network is that large", "plan for fewer nodes")
        )
    if network.prefixlen < _WIDEST_PREFIX:
        raise SettingsError(
            refused(
                where,
                str(network),
                f"AWS takes networks of /{_WIDEST_PREFIX} and smaller",
                f"give a /{_WIDEST_PREFIX} inside it",
            )
        )
    if network.prefixlen > narrowest:
        raise SettingsError(
            refused(
                where,
                str(network),
                f"{room}, which a /{narrowest} or larger has",
                f"give a range from /{_WIDEST_PREFIX} to /{narrowest}",
            )
        )

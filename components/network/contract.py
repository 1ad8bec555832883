"""What a network is given and what it gives, whatever the cloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pulumi import Output, Resource

from clouds.locations import LOCATIONS
from components.base.errors import ComponentError, refused
from components.base.vocabulary import Cloud, NatMode
from components.network.addresses import AddressPlan


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Arguments of a network; everything is known at plan time."""

    addresses: AddressPlan
    """The network and its subnets, by zone id."""
    cluster_name: str
    """Physical name of the cluster that load balancers and Karpenter find subnets by; unique in the account."""
    deletion_protection: bool = True
    """Whether the network, its subnets and its public addresses are protected: losing one is an outage."""
    flow_log_retention_days: int = 30
    """Days that accepted and rejected flows are kept; each day costs storage."""
    location: str
    """The cloud's own name of the place, for example `us-east-1`."""
    nat: NatMode
    """One NAT gateway, or one in each zone: about 36 USD a month each with its address (docs/reference/nat.md)."""
    registry_endpoints: bool = True
    """Whether the image registry is reached inside the network instead of through NAT.

    On AWS two interface endpoints in each zone with a NAT gateway, 14.60 USD a month and zone; they carry no image
    layers (those come through the S3 endpoint, which is free), so they buy a private path, not a lower bill.
    """
    tags: dict[str, str]
    """Cost-allocation tags, set on everything that can carry them."""

    def __post_init__(self) -> None:
        if self.flow_log_retention_days < 1:
            raise ComponentError(
                refused(
                    "network.flow_log_retention_days",
                    self.flow_log_retention_days,
                    "1 day or more",
                    "keep flow logs at least a day",
                )
            )

    @property
    def nat_zones(self) -> tuple[str, ...]:
        """Zones with a NAT gateway: the first alone, or all of them."""
        zones = tuple(subnets.zone for subnets in self.addresses.zones)
        return zones[:1] if self.nat is NatMode.SINGLE else zones


class Network(Protocol):
    """Outputs that every cloud's network has; sequences keep the order of the address plan's zones."""

    network_id: Output[str]
    private_subnet_ids: Output[Sequence[str]]
    public_subnet_ids: Output[Sequence[str]]
    """Known only once the subnets are joined to the internet, so that whoever uses one comes after that."""
    egress_addresses: Output[Sequence[str]]
    """Public addresses that private machines are seen from; others put them on their allow-lists."""
    egress: Sequence[Resource]
    """What must stand before a private machine reaches the internet, and fall after the last of them."""


def require_own_zones(args: NetworkArgs, cloud: Cloud) -> None:
    """Raise `ComponentError` unless every zone is of the location: the cloud would refuse it, minutes later."""
    here = LOCATIONS.get((cloud, args.location))
    zones = here.zones if here else ()
    for subnets in args.addresses.zones:
        if subnets.zone not in zones:
            raise ComponentError(
                refused(
                    "network.addresses.zones",
                    subnets.zone,
                    f"{args.location} has {', '.join(zones) or 'no zones that this program knows'}",
                    "plan the addresses with the zones of the location",
                )
            )

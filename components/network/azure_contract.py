"""What neighbours on Azure may use of a network beyond the contract: where things go, and how they are named."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from components.network.contract import NetworkArgs

POD_ADDRESSES = IPv4Network("192.168.0.0/16")
"""Addresses of pods: an overlay that no router outside the cluster knows, a /24 for each node, so 256 nodes.

Outside 10.0.0.0/8, from which every region's block is cut, and outside 172.20.0.0/16, the Services'; so a pod can reach
a peered region, and its own address never stands for somebody else's. All clusters use the same range.
"""
WATCHER_GROUP = "NetworkWatcherRG"
"""Where Azure puts the network watcher of each location, one in a subscription, when the first network is made
(Azure Network Watcher documentation, "Create an Azure Network Watcher instance")."""


@dataclass(frozen=True, kw_only=True)
class AzureNetworkArgs(NetworkArgs):
    """Arguments of a network on Azure."""

    subscription_id: str
    """Part of the names that are shared by all of Azure."""


def watcher_name(location: str) -> str:
    """Return the name that Azure gives to the network watcher of a location."""
    return f"NetworkWatcher_{location}"


def zone_number(zone: str) -> str:
    """Return how Azure's own interface names a zone that nodes know as `<location>-<number>`."""
    return zone.rpartition("-")[2]

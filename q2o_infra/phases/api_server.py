"""Where pods find the cluster's API server, which policies of closed namespaces have to open."""

from __future__ import annotations

from ipaddress import IPv4Network

from components.base.vocabulary import Cloud
from components.network.addresses import SERVICE_ADDRESSES
from q2o_infra.region import RegionFacts

EVERYWHERE = IPv4Network("0.0.0.0/0")


def api_server_addresses(facts: RegionFacts) -> tuple[IPv4Network, ...]:
    """Return the ranges that the API server answers in, seen from a pod.

    Usually that is the Service `kubernetes` and, behind it, an address of the network. A public API server on Azure has
    no address in the network: the Service leads to a public one, which Azure chooses and which may change, and Cilium
    holds a policy against where the Service leads to. So there it is everywhere; only the API server's port is opened.
    """
    if facts.settings.cloud is Cloud.AZURE and facts.settings.cluster.public_access_ranges:
        return (EVERYWHERE,)
    return (SERVICE_ADDRESSES, facts.addresses.network)

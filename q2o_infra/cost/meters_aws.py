"""What each priced resource of AWS costs, and the traffic that goes through it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from q2o_infra.cost.backups import backups_of
from q2o_infra.cost.line import Group, Line
from q2o_infra.cost.machines import elastic_nodes, system_nodes
from q2o_infra.cost.quantity import HOURS_PER_MONTH, Quantity, all_month, always
from q2o_infra.cost.site import Site
from q2o_infra.cost.traffic import MILLION, between_zones, firewall, names, through_nat, to_llm_providers, to_users
from q2o_infra.cost.volumes import root_disks
from q2o_infra.plan.monitor import Registration

_TEN_THOUSAND = Decimal(10**4)
_POLL_SECONDS = 20
"""Karpenter asks its queue with long polls of this length."""
_ROTATED_KEYS = 2
"""Key material that is kept after a rotation is billed for the first two rotations (AWS KMS pricing)."""
_READERS = 2
"""Karpenter runs in two replicas."""
_BOTH_ENDS = 2


def cluster(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the control plane, and what it costs once its version is out of standard support."""
    yield site.line(row, Group.CONTROL_PLANE, "control plane", all_month(1), "cluster", why="one cluster")
    extended = (row.inputs.get("upgradePolicy") or {}).get("supportType") != "STANDARD"
    yield site.line(
        row,
        Group.CONTROL_PLANE,
        "extended support",
        Quantity(Decimal(0), Decimal(0), HOURS_PER_MONTH if extended else Decimal(0)),
        "cluster/extended-support",
        why=(
            "the upgrade policy lets a version grow old"
            if extended
            else "the upgrade policy is STANDARD: AWS raises the version when its support ends, so this is never paid"
        ),
    )


def node_group(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the machines of the system pool and their disks."""
    yield from system_nodes(site, row)
    yield from root_disks(site, row, elastic=False)


def node_pool(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the machines of the elastic pool and their disks."""
    yield from elastic_nodes(site, row)
    yield from root_disks(site, row, elastic=True)


def vpc(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what crosses the border of a zone; AWS takes the price from sender and receiver.

    Between an application load balancer and its targets nothing is taken (Elastic Load Balancing, pricing).
    """
    yield from between_zones(site, row, ends=_BOTH_ENDS)


def nat_gateway(site: Site, row: Registration) -> Iterator[Line]:
    """Yield a gateway, and with the first one what goes through all of them."""
    yield site.line(row, Group.WAY_OUT, "NAT gateway", all_month(1), "nat-gateway", why="one gateway")
    gateways = site.recording.of_type(row.type)
    if row.urn == gateways[0].urn:
        # The gateway endpoint leads to buckets of the home region alone (Amazon VPC guide, "Gateway endpoints for S3").
        sent_gb = backups_of(site, days=1).sent_gb
        yield from through_nat(site, row, backups_gb=sent_gb, gateways=len(gateways), ends=_BOTH_ENDS)
        yield from to_llm_providers(site, row)


def address(site: Site, row: Registration) -> Iterator[Line]:
    """Yield a public address."""
    yield site.line(row, Group.WAY_OUT, "public IPv4", all_month(1), "public-address", why="of a NAT gateway")


def balancer(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the balancer, its capacity units, its addresses and what it sends to users."""
    subnets = len(row.inputs.get("subnets") or ())
    yield site.line(row, Group.WAY_IN, "load balancer", all_month(1), "balancer", why="one balancer")
    yield site.line(
        row,
        Group.WAY_IN,
        "capacity units",
        site.usage.capacity_unit_hours(),
        "balancer/capacity-unit",
        why="the dearest of bytes, new and open connections",
    )
    if not row.inputs.get("internal"):
        yield site.line(
            row,
            Group.WAY_IN,
            "public IPv4",
            all_month(subnets),
            "public-address",
            why=f"one in each of {subnets} subnets",
        )
        yield from to_users(site, row)


def interface_endpoint(site: Site, row: Registration) -> Iterator[Line]:
    """Yield an endpoint by the zones that it stands in; a gateway endpoint is free."""
    if row.inputs.get("vpcEndpointType") == "Interface":
        zones = len(row.inputs.get("subnetIds") or ())
        yield site.line(
            row,
            Group.WAY_OUT,
            "interface endpoint",
            all_month(zones),
            "interface-endpoint",
            why=f"by zone and hour, in {zones}",
        )


def key(site: Site, row: Registration) -> Iterator[Line]:
    """Yield a key; with rotation, two earlier materials are billed besides."""
    rotated = _ROTATED_KEYS if row.inputs.get("enableKeyRotation") else 0
    yield site.line(
        row,
        Group.KEYS_AND_NAMES,
        "key",
        Quantity(Decimal(1), Decimal(1), Decimal(1 + rotated)),
        "key",
        why="one key; more after yearly rotations" if rotated else "one key",
    )
    if site.owner(row) == "recovery":
        runs = backups_of(site, days=1).writes
        yield site.line(
            row, Group.KEYS_AND_NAMES, "key requests", runs / _TEN_THOUSAND, "key/requests", why="one for each object"
        )


def queue(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the long polls of the queue's reader."""
    polls = HOURS_PER_MONTH * 3600 / _POLL_SECONDS * _READERS
    yield site.line(
        row,
        Group.KEYS_AND_NAMES,
        "queue requests",
        always(polls / MILLION),
        "queue-requests",
        why=f"{_READERS} readers, a poll every {_POLL_SECONDS} s",
    )


def record(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the queries for the API's name, and its zone; the proof of a certificate is asked once."""
    if row.inputs.get("aliases"):
        yield from names(site, row)


def web_acl(site: Site, row: Registration) -> Iterator[Line]:
    """Yield a web application firewall."""
    yield from firewall(site, row, rules=len(row.inputs.get("rules") or ()))

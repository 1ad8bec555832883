"""What each priced resource of GCP costs, and the traffic that goes through it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from components.base.errors import CostError
from q2o_infra.cost.backups import backup_lines, backups_of
from q2o_infra.cost.line import Group, Line
from q2o_infra.cost.machines import elastic_nodes, system_nodes
from q2o_infra.cost.pools_gcp import elastic_pools, system_pools
from q2o_infra.cost.quantity import HOURS_PER_MONTH, Quantity, all_month
from q2o_infra.cost.site import Site
from q2o_infra.cost.traffic import (
    between_zones,
    firewall,
    names,
    through_balancer,
    through_nat,
    to_llm_providers,
    to_users,
)
from q2o_infra.cost.volumes import root_disks
from q2o_infra.plan.monitor import Registration

_DAYS_PER_MONTH = Decimal(365) / 12
_SECONDS_PER_YEAR = Decimal(365 * 24 * 3600)
_SECONDS_PER_DAY = 24 * 3600
_FREE_DAYS = 30
"""Cloud Logging keeps what was paid for at ingestion so long without another price."""
_NAT_MACHINES = 32
"""Cloud NAT takes a price for each machine up to this many (Cloud NAT pricing)."""
_ACCESS_LOG_BYTES = Decimal(1200)
"""Bytes of a balancer's log entry, JSON and not compressed."""
_CONTROL_PLANE_GB = Decimal(3)
_SYSTEM_GB_PER_NODE = Decimal("0.5")
"""What a node's kubelet, runtime and system pods write in a month; admin activity is recorded without a price."""
_YEARS = 3
"""Versions of a key are kept, and each is paid; the ceiling counts those of so many years."""
_TEN_THOUSAND = Decimal(10**4)


def cluster(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the control plane, and what its version costs once it is old."""
    yield site.line(row, Group.CONTROL_PLANE, "control plane", all_month(1), "cluster", why="one cluster")
    channel = str((row.inputs.get("releaseChannel") or {}).get("channel"))
    extended = channel == "EXTENDED"
    yield site.line(
        row,
        Group.CONTROL_PLANE,
        "extended support",
        Quantity(Decimal(0), Decimal(0), HOURS_PER_MONTH if extended else Decimal(0)),
        "cluster/extended-support",
        why=f"release channel {channel}: " + ("a version may grow old" if extended else "this is never paid"),
    )


def node_pool(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the machines of the system pool, and with the first elastic pool those of all elastic ones."""
    if row in system_pools(site.recording):
        yield from system_nodes(site, row)
        yield from root_disks(site, row, elastic=False)
    elif row.urn == elastic_pools(site.recording)[0].urn:
        yield from elastic_nodes(site, row)
        yield from root_disks(site, row, elastic=True)


def network(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what crosses the border of a zone; the sender pays."""
    yield from between_zones(site, row, ends=1)


def nat(site: Site, row: Registration) -> Iterator[Line]:
    """Yield NAT by the machines behind it, and what goes through; it stands in no zone."""
    machines = site.pools.nodes.each(lambda nodes: min(nodes, Decimal(_NAT_MACHINES)))
    yield site.line(
        row,
        Group.WAY_OUT,
        "NAT, by machine",
        machines * HOURS_PER_MONTH,
        "nat-gateway/machine",
        why=f"every node, {_NAT_MACHINES} at most",
    )
    yield from through_nat(site, row, gateways=site.facts.contract.zones, ends=1)
    yield from to_llm_providers(site, row)


def address(site: Site, row: Registration) -> Iterator[Line]:
    """Yield a public address of NAT."""
    yield site.line(row, Group.WAY_OUT, "public IPv4", all_month(1), "public-address", why="of NAT")


def forwarding_rule(site: Site, row: Registration) -> Iterator[Line]:
    """Yield with the first rule what up to five of them cost, and what they carry."""
    if row.urn == site.recording.of_type(row.type)[0].urn:
        yield site.line(row, Group.WAY_IN, "load balancer", all_month(1), "balancer", why="up to five forwarding rules")
        yield from through_balancer(site, row)
        yield from to_users(site, row)


def log_bucket(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what is written into a bucket of logs, and what it keeps beyond the days that cost nothing."""
    sources = {"cluster": _cluster_logs, "network": _flow_logs, "edge": _access_logs}
    if site.owner(row) not in sources:
        raise CostError(
            f"{row.type} {row.name}: it is not known who writes into this bucket of {site.owner(row)}; "
            f"say in q2o_infra/cost/meters_gcp.py how much it is."
        )
    written, what, price, why = sources[site.owner(row)](site)
    days = int(row.inputs["retentionDays"])
    yield site.line(row, Group.LOGS, what, written, price, why=why)
    if days > _FREE_DAYS:
        yield site.line(
            row,
            Group.LOGS,
            f"{what}, kept",
            written * (Decimal(days - _FREE_DAYS) / _DAYS_PER_MONTH),
            "logs/stored",
            why=f"for {days} days, of which {_FREE_DAYS} cost nothing",
        )


def _cluster_logs(site: Site) -> tuple[Quantity, str, str, str]:
    return (
        site.pools.nodes.each(lambda nodes: nodes * _SYSTEM_GB_PER_NODE + _CONTROL_PLANE_GB),
        "control-plane and system logs",
        "logs/ingested",
        f"{_CONTROL_PLANE_GB} GB and {_SYSTEM_GB_PER_NODE} GB for each node",
    )


def _flow_logs(site: Site) -> tuple[Quantity, str, str, str]:
    (subnet, *_) = site.recording.of_type("gcp:compute/subnetwork:Subnetwork")
    share = Decimal(str((subnet.inputs.get("logConfig") or {}).get("flowSampling", 0)))
    return site.usage.flow_log_gb(site.pools.nodes) * share, "flow logs", "logs/flow-ingested", f"{share * 100:.0f} %"


def _access_logs(site: Site) -> tuple[Quantity, str, str, str]:
    (backend, *_) = site.recording.of_type("gcp:compute/backendService:BackendService")
    config = backend.inputs.get("logConfig") or {}
    share = Decimal(str(config.get("sampleRate", 1))) if config.get("enable") else Decimal(0)
    written = site.usage.requests * (share * _ACCESS_LOG_BYTES / Decimal(10**9))
    return written, "access logs", "logs/ingested", f"{share * 100:.0f} % of requests, {_ACCESS_LOG_BYTES} bytes each"


def bucket(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what a bucket of backups holds: until they expire, and then as long as they can be brought back."""
    if site.owner(row) != "recovery":
        raise CostError(
            f"{row.type} {row.name}: it is not known what this bucket of {site.owner(row)} holds; "
            f"say in q2o_infra/cost/meters_gcp.py how much it is."
        )
    ages = [
        int(rule["condition"]["age"])
        for rule in row.inputs.get("lifecycleRules") or ()
        if rule["action"]["type"] == "Delete"
    ]
    if not ages:
        raise CostError(f"{row.type} {row.name}: nothing in it expires, which no bill can hold; give it a lifecycle.")
    soft = int((row.inputs.get("softDeletePolicy") or {}).get("retentionDurationSeconds", 0)) // _SECONDS_PER_DAY
    yield from backup_lines(site, row, days=max(ages) + soft)


def key(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the versions of a key: each rotation leaves one that is paid on."""
    period = str(row.inputs.get("rotationPeriod") or "").removesuffix("s")
    yearly = _SECONDS_PER_YEAR / Decimal(period) if period else Decimal(0)
    yield site.line(
        row,
        Group.KEYS_AND_NAMES,
        "key versions",
        Quantity(Decimal(1), 1 + yearly, 1 + yearly * _YEARS),
        "key",
        why=f"rotated {yearly:.0f} times a year; after one year, after {_YEARS}",
    )
    if site.owner(row) == "recovery":
        requests = backups_of(site, days=1).writes / _TEN_THOUSAND
        yield site.line(row, Group.KEYS_AND_NAMES, "key requests", requests, "key/requests", why="one for each object")


def record(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the queries for the API's name, and its zone; the proof of a certificate is asked once."""
    if row.inputs.get("type") == "A":
        yield from names(site, row)


def security_policy(site: Site, row: Registration) -> Iterator[Line]:
    """Yield a web application firewall."""
    yield from firewall(site, row, rules=len(row.inputs.get("rules") or ()))

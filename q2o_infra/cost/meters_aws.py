"""What each priced resource of AWS costs, and the traffic that goes through it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from q2o_infra.cost.backups import backups_of
from q2o_infra.cost.line import Group, Line
from q2o_infra.cost.machines import elastic_nodes, system_nodes
from q2o_infra.cost.quantity import HOURS_PER_MONTH, Quantity, all_month, always
from q2o_infra.cost.site import Site
from q2o_infra.cost.volumes import root_disks
from q2o_infra.errors import CostError
from q2o_infra.plan.monitor import Registration

_DAYS_PER_MONTH = Decimal(365) / 12
_MILLION = Decimal(10**6)
_TEN_THOUSAND = Decimal(10**4)
_OTHER_CONTROL_PLANE_LOGS_GB = 3
"""API server, scheduler, controller manager and authenticator of a quiet cluster in a month; audit is far more."""
_LOG_FILE_MINUTES = 5
"""A balancer writes a file of its access log in each zone so often (Elastic Load Balancing user guide)."""
_POLL_SECONDS = 20
"""Karpenter asks its queue with long polls of this length."""
_ROTATED_KEYS = 2
"""Key material that is kept after a rotation is billed for the first two rotations (AWS KMS pricing)."""
_MANY = 2


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
    """Yield what crosses the border of a zone; AWS takes the price from sender and receiver."""
    zones = site.facts.contract.zones
    share = Decimal(zones - 1) / zones
    yield site.line(
        row,
        Group.BETWEEN_ZONES,
        "between zones",
        site.usage.between_nodes_gb * share * 2,
        "between-zones",
        why=f"{site.assumptions.hops} hops of what requests carry, {zones - 1} of {zones} to another zone; sent and received",
    )


def nat_gateway(site: Site, row: Registration) -> Iterator[Line]:
    """Yield a gateway, and with the first one what goes through all of them."""
    yield site.line(row, Group.WAY_OUT, "NAT gateway", all_month(1), "nat-gateway", why="one gateway")
    gateways = site.recording.of_type(row.type)
    if row.urn != gateways[0].urn:
        return
    images = site.usage.image_gb(site.pools.elastic_nodes)
    through = site.usage.llm_out_gb + site.usage.llm_in_gb + images
    yield site.line(
        row,
        Group.WAY_OUT,
        "through NAT",
        through,
        "nat-gateway/data",
        why=f"LLM calls in both directions, and {images.expected:.0f} GB of images",
    )
    zones = site.facts.contract.zones
    if len(gateways) < zones:
        yield site.line(
            row,
            Group.BETWEEN_ZONES,
            "to NAT in another zone",
            through * (Decimal(zones - len(gateways)) / zones) * 2,
            "between-zones",
            why=f"{len(gateways)} gateway for {zones} zones; sent and received",
        )
    yield site.line(
        row,
        Group.TRAFFIC_OUT,
        "to LLM providers",
        site.usage.llm_out_gb,
        "egress",
        why=f"{site.assumptions.llm_question_kb} KB a call",
    )


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
        yield site.line(
            row,
            Group.TRAFFIC_OUT,
            "to users",
            site.usage.answers_gb,
            "egress",
            why=f"{site.usage.users:,} users, {site.assumptions.response_kb} KB an answer",
        )


def interface_endpoint(site: Site, row: Registration) -> Iterator[Line]:
    """Yield an endpoint by the zones that it stands in; a gateway endpoint is free."""
    if row.inputs.get("vpcEndpointType") == "Interface":
        zones = len(row.inputs.get("subnetIds") or ())
        yield site.line(
            row, Group.WAY_OUT, "interface endpoint", all_month(zones), "interface-endpoint", why=f"by zone and hour, in {zones}"
        )


def log_group(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what is written into a log group and kept there."""
    sources = {"cluster": _control_plane_logs, "network": _flow_logs}
    if site.owner(row) not in sources:
        raise CostError(
            f"{row.type} {row.name}: it is not known who writes into this log group of {site.owner(row)}; "
            f"say in q2o_infra/cost/meters_aws.py how much it is."
        )
    written, what, why = sources[site.owner(row)](site)
    infrequent = row.inputs.get("logGroupClass") == "INFREQUENT_ACCESS"
    days = row.inputs.get("retentionInDays")
    if not days:
        raise CostError(f"{row.type} {row.name}: its logs are kept for ever, which no bill can hold; give it retentionInDays.")
    yield site.line(
        row,
        Group.LOGS,
        what,
        written,
        "logs/infrequent-ingested" if infrequent else "logs/ingested",
        why=why,
    )
    yield site.line(
        row,
        Group.LOGS,
        f"{what}, kept",
        written * (Decimal(days) / _DAYS_PER_MONTH),
        "logs/stored",
        why=f"for {days} days",
    )


def _control_plane_logs(site: Site) -> tuple[Quantity, str, str]:
    audit = site.usage.audit_gb(site.pools.nodes)
    total = audit.each(lambda value: value + _OTHER_CONTROL_PLANE_LOGS_GB)
    return total, "control-plane logs", f"{audit.expected:.0f} GB of audit records, {_OTHER_CONTROL_PLANE_LOGS_GB} GB of others"


def _flow_logs(site: Site) -> tuple[Quantity, str, str]:
    return site.usage.flow_log_gb(site.pools.nodes), "flow logs", "records of requests and of idle nodes"


def bucket(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what a bucket holds and what is written into it."""
    if site.owner(row) == "recovery":
        yield from _backup_bucket(site, row)
    elif site.owner(row) == "edge":
        yield from _access_log_bucket(site, row)
    else:
        raise CostError(
            f"{row.type} {row.name}: it is not known what this bucket of {site.owner(row)} holds; "
            f"say in q2o_infra/cost/meters_aws.py how much it is."
        )


def _backup_bucket(site: Site, row: Registration) -> Iterator[Line]:
    days = _kept_days(site, row)
    found = backups_of(site, days=days)
    yield site.line(row, Group.BACKUPS, "backups, kept", found.kept_gb, "bucket", why=f"for {days} days")
    yield site.line(
        row, Group.BACKUPS, "backups, written", found.writes / 1000, "bucket/writes", why="a file of each shard"
    )
    yield site.line(
        row,
        Group.BACKUPS,
        "backups, sent",
        found.sent_gb,
        "between-regions",
        location=site.facts.location.name,
        why=f"every {site.backup_interval_minutes} minutes to {site.facts.recovery.name}",
    )


def _kept_days(site: Site, row: Registration) -> int:
    """Return how long an object of a bucket is paid for: until it expires, and then as an earlier version."""
    for lifecycle in site.recording.of_type("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"):
        if lifecycle.inputs.get("bucket") == row.inputs.get("bucket"):
            rules = lifecycle.inputs["rules"]
            return max(
                int(rule["expiration"]["days"])
                + int((rule.get("noncurrentVersionExpiration") or {}).get("noncurrentDays", 0))
                for rule in rules
                if "expiration" in rule
            )
    raise CostError(f"{row.type} {row.name}: nothing in it expires, which no bill can hold; give it a lifecycle.")


def _access_log_bucket(site: Site, row: Registration) -> Iterator[Line]:
    days = site.facts.settings.edge.access_log_retention_days
    yield site.line(
        row,
        Group.LOGS,
        "access logs, kept",
        site.usage.access_log_gb * (Decimal(days) / _DAYS_PER_MONTH),
        "bucket",
        why=f"for {days} days",
    )
    files = HOURS_PER_MONTH * 60 / _LOG_FILE_MINUTES * site.facts.contract.zones
    yield site.line(
        row, Group.LOGS, "access logs, written", always(files / 1000), "bucket/writes", why="a file in each zone"
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
    polls = HOURS_PER_MONTH * 3600 / _POLL_SECONDS * _MANY
    yield site.line(
        row,
        Group.KEYS_AND_NAMES,
        "queue requests",
        always(polls / _MILLION),
        "queue-requests",
        why=f"{_MANY} readers, a poll every {_POLL_SECONDS} s",
    )


def record(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the queries for a name, and with the API's name the zone that it stands in."""
    if row.inputs.get("aliases"):
        yield site.line(
            row, Group.KEYS_AND_NAMES, "DNS zone", always(1), "dns-zone", why="the region's zone, made by the bootstrap"
        )
        yield site.line(
            row,
            Group.KEYS_AND_NAMES,
            "DNS queries",
            site.usage.dns_queries / _MILLION,
            "dns-queries",
            why="those that are no alias and no resolver answers",
        )


def firewall(site: Site, row: Registration) -> Iterator[Line]:
    """Yield a web application firewall with its rules and requests."""
    rules = len(row.inputs.get("rules") or ())
    yield site.line(row, Group.WAY_IN, "firewall", always(1), "firewall", why="one access list")
    yield site.line(row, Group.WAY_IN, "firewall rules", always(rules), "firewall/rule", why=f"{rules} rules")
    yield site.line(
        row,
        Group.WAY_IN,
        "firewall requests",
        site.usage.requests / _MILLION,
        "firewall/requests",
        why="every request of users",
    )



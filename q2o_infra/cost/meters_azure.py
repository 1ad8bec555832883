"""What each priced resource of Azure costs, and the traffic that goes through it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from components.base.errors import CostError
from q2o_infra.cost.backups import backup_lines, backups_of
from q2o_infra.cost.line import Group, Line
from q2o_infra.cost.machines import elastic_nodes, system_nodes
from q2o_infra.cost.quantity import HOURS_PER_MONTH, Quantity, all_month, always
from q2o_infra.cost.site import Site
from q2o_infra.cost.traffic import between_zones, names, through_balancer, through_nat, to_llm_providers, to_users
from q2o_infra.cost.volumes import root_disks
from q2o_infra.plan.monitor import Registration

NAT_GATEWAY = "azure-native:network:NatGateway"
FLOW_LOG = "azure-native:network:FlowLog"
BLOB_SERVICE = "azure-native:storage:BlobServiceProperties"
MANAGEMENT_POLICY = "azure-native:storage:ManagementPolicy"
LONG_TERM_SUPPORT = "AKSLongTermSupport"

_DAYS_PER_MONTH = Decimal(365) / 12
_TEN_THOUSAND = Decimal(10**4)
_CHANGES_PERCENT = 50
"""Share of audit records that change something: `kube-audit-admin` leaves out what only reads, and half of the
requests renew a lease."""
_OTHER_CONTROL_PLANE_LOGS_GB = 3
"""API server, scheduler, controller manager and autoscaler of a quiet cluster in a month."""
_KEY_REQUESTS_PER_HOUR = 60
"""What an API server asks of the vault: it keeps the key that it unwrapped for a while."""


def cluster(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the control plane and the private way to it, long-term support, and the system nodes with their disks."""
    yield site.line(
        row, Group.CONTROL_PLANE, "control plane", all_month(1), "cluster", why="one cluster, Standard tier"
    )
    extended = row.inputs.get("supportPlan") == LONG_TERM_SUPPORT
    yield site.line(
        row,
        Group.CONTROL_PLANE,
        "extended support",
        Quantity(Decimal(0), Decimal(0), HOURS_PER_MONTH if extended else Decimal(0)),
        "cluster/extended-support",
        why="long-term support is " + ("taken" if extended else "not taken, so this is never paid"),
    )
    if row.inputs["apiServerAccessProfile"].get("enablePrivateCluster"):
        yield site.line(
            row,
            Group.CONTROL_PLANE,
            "private endpoint",
            all_month(1),
            "private-endpoint",
            why="made by AKS, the way to the API server; its traffic is of less than 1 USD",
        )
    yield from system_nodes(site, row)
    yield from root_disks(site, row, elastic=False)


def node_pool(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the machines that node auto-provisioning makes, and their disks."""
    yield from elastic_nodes(site, row)
    yield from root_disks(site, row, elastic=True)


def network(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what crosses the border of a zone, which Azure takes nothing for."""
    yield from between_zones(site, row, ends=1)


def nat_gateway(site: Site, row: Registration) -> Iterator[Line]:
    """Yield a gateway, and with the first one what goes through all of them."""
    yield site.line(row, Group.WAY_OUT, "NAT gateway", all_month(1), "nat-gateway", why="one gateway")
    gateways = site.recording.of_type(row.type)
    if row.urn == gateways[0].urn:
        yield from through_nat(site, row, gateways=len(gateways), ends=1)
        yield from to_llm_providers(site, row)


def address(site: Site, row: Registration) -> Iterator[Line]:
    """Yield a public address, and with the balancer's own the balancer that AKS puts behind it."""
    name = str(row.inputs.get("publicIpAddressName"))
    of_nat = any(
        str(given.get("id")).endswith(f"/{name}")
        for gateway in site.recording.of_type(NAT_GATEWAY)
        for given in gateway.inputs.get("publicIpAddresses") or ()
    )
    group = Group.WAY_OUT if of_nat else Group.WAY_IN
    yield site.line(
        row, group, "public IPv4", all_month(1), "public-address", why="of NAT" if of_nat else "of the balancer"
    )
    if not of_nat:
        yield site.line(
            row, Group.WAY_IN, "load balancer", all_month(1), "balancer", why="made by AKS: up to five rules"
        )
        yield from through_balancer(site, row)
        yield from to_users(site, row)


def diagnostics(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what the control plane writes into the workspace."""
    audit = site.usage.audit_gb(site.pools.nodes) * _CHANGES_PERCENT / 100
    yield site.line(
        row,
        Group.LOGS,
        "control-plane logs",
        audit.each(lambda value: value + _OTHER_CONTROL_PLANE_LOGS_GB),
        "logs/basic-ingested",
        why=f"{audit.expected:.0f} GB of changes, {_OTHER_CONTROL_PLANE_LOGS_GB} GB of others; 30 days are included",
    )


def flow_log(site: Site, row: Registration) -> Iterator[Line]:
    """Yield flow records, and what their account keeps."""
    written = site.usage.flow_log_gb(site.pools.nodes)
    days = int((row.inputs.get("retentionPolicy") or {}).get("days") or 0)
    if not days:
        raise CostError(f"{row.type} {row.name}: its records are kept for ever, which no bill can hold; give it days.")
    yield site.line(
        row, Group.LOGS, "flow logs", written, "logs/flow-ingested", why="records of requests and of idle nodes"
    )
    kept = written * (Decimal(days) / _DAYS_PER_MONTH)
    yield site.line(row, Group.LOGS, "flow logs, kept", kept, "bucket", why=f"for {days} days")


def storage_account(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what an account holds; what flow logs write is priced with them."""
    account = str(row.inputs.get("accountName"))
    if any(str(log.inputs.get("storageId")).endswith(f"/{account}") for log in site.recording.of_type(FLOW_LOG)):
        return
    days = [
        int(age["daysAfterCreationGreaterThan"])
        for policy in site.recording.of_type(MANAGEMENT_POLICY)
        if policy.inputs.get("accountName") == account
        for rule in policy.inputs["policy"]["rules"]
        for action in rule["definition"]["actions"].values()
        if (age := action.get("delete")) is not None
    ]
    if not days or site.owner(row) != "recovery":
        raise CostError(
            f"{row.type} {row.name}: it is not known what this account of {site.owner(row)} holds and for how long; "
            f"give it a policy that deletes, and say in q2o_infra/cost/meters_azure.py how much it is."
        )
    deleted = [
        int(kept["days"])
        for service in site.recording.of_type(BLOB_SERVICE)
        if service.inputs.get("accountName") == account
        if (kept := service.inputs.get("deleteRetentionPolicy") or {}).get("enabled")
    ]
    yield from backup_lines(site, row, days=max(days) + sum(deleted))


def key(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the use of a key: in a vault of the standard tier a key itself costs nothing."""
    recovery = site.owner(row) == "recovery"
    requests = backups_of(site, days=1).writes if recovery else always(_KEY_REQUESTS_PER_HOUR * HOURS_PER_MONTH)
    yield site.line(
        row,
        Group.KEYS_AND_NAMES,
        "key requests",
        requests / _TEN_THOUSAND,
        "key/requests-large",
        why="one for each object" if recovery else f"{_KEY_REQUESTS_PER_HOUR} an hour",
    )


def record(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the queries for the API's name, and its zone."""
    yield from names(site, row)

"""What goes in, out and across: lines that every cloud has, at its own prices."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from q2o_infra.cost.line import Group, Line
from q2o_infra.cost.quantity import NONE, Quantity, always
from q2o_infra.cost.site import Site
from q2o_infra.plan.monitor import Registration

MILLION = Decimal(10**6)


def between_zones(site: Site, row: Registration, *, ends: int) -> Iterator[Line]:
    """Yield what crosses the border of a zone; `ends` is 2 where sender and receiver both pay."""
    zones = site.facts.contract.zones
    yield site.line(
        row,
        Group.BETWEEN_ZONES,
        "between zones",
        site.usage.between_nodes_gb * (Decimal(zones - 1) / zones) * ends,
        "between-zones",
        why=f"{site.assumptions.hops} hops of what requests carry, {zones - 1} in {zones} to another zone",
    )


def through_nat(
    site: Site, row: Registration, *, backups_gb: Quantity = NONE, gateways: int, ends: int
) -> Iterator[Line]:
    """Yield what goes through NAT, and to a gateway in another zone where there are fewer than zones.

    `backups_gb` is for a cloud whose private way to its own storage ends at the border of the location.
    """
    images = site.usage.image_gb(site.pools.elastic_nodes)
    through = site.usage.llm_out_gb + site.usage.llm_in_gb + images + backups_gb
    yield site.line(
        row,
        Group.WAY_OUT,
        "through NAT",
        through,
        "nat-gateway/data",
        why=f"LLM calls in both directions, and {images.expected:.0f} GB of images{_and_backups(backups_gb)}",
    )
    zones = site.facts.contract.zones
    if gateways < zones:
        yield site.line(
            row,
            Group.BETWEEN_ZONES,
            "to NAT in another zone",
            through * (Decimal(zones - gateways) / zones) * ends,
            "between-zones",
            why=f"{gateways} gateway for {zones} zones",
        )


def _and_backups(sent_gb: Quantity) -> str:
    return f" and {sent_gb.expected:.0f} GB of backups" if sent_gb.expected else ""


def to_llm_providers(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what agents send to LLM providers."""
    yield site.line(
        row,
        Group.TRAFFIC_OUT,
        "to LLM providers",
        site.usage.llm_out_gb,
        "egress",
        why=f"{site.assumptions.llm_question_kb} KB a call",
    )


def to_users(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what users get."""
    yield site.line(
        row,
        Group.TRAFFIC_OUT,
        "to users",
        site.usage.answers_gb,
        "egress",
        why=f"{site.usage.users:,} users, {site.assumptions.response_kb} KB an answer",
    )


def through_balancer(site: Site, row: Registration) -> Iterator[Line]:
    """Yield what a balancer that is paid by bytes processes."""
    yield site.line(
        row,
        Group.WAY_IN,
        "through the balancer",
        site.usage.answers_gb + site.usage.questions_gb,
        "balancer/data",
        why="requests and answers",
    )


def names(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the zone of the API's name and the queries for it."""
    yield site.line(
        row, Group.KEYS_AND_NAMES, "DNS zone", always(1), "dns-zone", why="the region's zone, made by the bootstrap"
    )
    yield site.line(
        row,
        Group.KEYS_AND_NAMES,
        "DNS queries",
        site.usage.dns_queries / MILLION,
        "dns-queries",
        why="those that no resolver answers and that are not free",
    )


def firewall(site: Site, row: Registration, *, rules: int) -> Iterator[Line]:
    """Yield a web application firewall with its rules and requests."""
    yield site.line(row, Group.WAY_IN, "firewall", always(1), "firewall", why="one list of rules")
    yield site.line(row, Group.WAY_IN, "firewall rules", always(rules), "firewall/rule", why=f"{rules} rules")
    yield site.line(
        row,
        Group.WAY_IN,
        "firewall requests",
        site.usage.requests / MILLION,
        "firewall/requests",
        why="every request of users",
    )

"""What nodes cost: those that stand all month, and those that come and go."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from q2o_infra.cost.line import Group, Line, PriceRange
from q2o_infra.cost.machine_prices import ON_DEMAND, SPOT_HIGH, SPOT_LOW, price_key
from q2o_infra.cost.quantity import HOURS_PER_MONTH, Quantity, all_month
from q2o_infra.cost.site import Site
from q2o_infra.plan.monitor import Registration

_PERCENT = Decimal(100)


def system_nodes(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the machines that stand all month, less what a commitment takes off."""
    pools = site.pools
    price = site.book.price(price_key(pools.system_machine, ON_DEMAND), site.location(row))
    amount = price.amount * (_PERCENT - site.savings_percent) / _PERCENT
    off = f", {site.savings_percent.normalize():f} % off by a savings plan" if site.savings_percent else ""
    yield site.priced(
        row,
        Group.SYSTEM_NODES,
        f"{pools.system_machine} on demand",
        all_month(pools.system_nodes),
        PriceRange(floor=amount, expected=amount, ceiling=amount),
        (price,),
        why=f"{pools.system_nodes} of them all month{off}",
    )


def elastic_nodes(site: Site, row: Registration) -> Iterator[Line]:
    """Yield the machines that come and go.

    Floor: all of them spot in the cheapest zone. Expected: the share that spot gives, between the cheapest and the
    dearest zone, the rest on demand. Ceiling: the dearest machine that the pool may take, on demand.
    """
    for machine, hours in site.pools.hours_by_machine():
        yield from _elastic_nodes(site, row, machine, hours)


def _elastic_nodes(site: Site, row: Registration, machine: str, hours: Quantity) -> Iterator[Line]:
    location, pools = site.location(row), site.pools
    on_demand = site.book.price(price_key(machine, ON_DEMAND), location)
    offered = [price_key(name, ON_DEMAND) for name in pools.elastic_machines]
    dearest = max(
        (site.book.price(key, location) for key in offered if site.book.has(key, location)),
        key=lambda price: price.amount,
        default=on_demand,
    )
    fallback = site.assumptions.spot_fallback_percent / _PERCENT if pools.spot else Decimal(1)
    if pools.spot:
        low = site.book.price(price_key(machine, SPOT_LOW), location)
        high = site.book.price(price_key(machine, SPOT_HIGH), location)
        yield site.priced(
            row,
            Group.ELASTIC_NODES,
            f"{machine} spot",
            Quantity(hours.floor, hours.expected * (1 - fallback), Decimal(0)),
            PriceRange(floor=low.amount, expected=(low.amount + high.amount) / 2, ceiling=high.amount),
            (low, high),
            why=f"{_count(hours)} nodes; between the cheapest and the dearest zone",
        )
    # The three cases buy different machines, so the price differs as well as the hours.
    yield site.priced(
        row,
        Group.ELASTIC_NODES,
        f"{machine} on demand" + (" where spot gives none" if pools.spot else ""),
        Quantity(Decimal(0) if pools.spot else hours.floor, hours.expected * fallback, hours.ceiling),
        PriceRange(floor=on_demand.amount, expected=on_demand.amount, ceiling=dearest.amount),
        (on_demand, dearest),
        why=(
            f"{fallback * 100:.0f} % of node-hours; at most {hours.ceiling:,.0f} node-hours, "
            f"of {dearest.what.split('/')[1]} on demand"
        ),
    )


def _count(hours: Quantity) -> str:
    nodes = hours.each(lambda value: value / HOURS_PER_MONTH)
    return f"{nodes.floor:.0f} to {nodes.ceiling:.0f}, expected {nodes.expected.normalize():.4g}"

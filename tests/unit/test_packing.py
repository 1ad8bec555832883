"""Pods on nodes: what the scheduler filters by, and how many elastic nodes that takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from clouds.machines import INSTANCE_TYPES
from components.base.errors import ComponentError
from q2o_infra.capacity.lower_bound import Offer, unit_prices
from q2o_infra.capacity.packing import ElasticPool, Packing, pack, room_for
from q2o_infra.capacity.scheduling import HOST, ZONE, Place, PodSet, Spread, Taint, Toleration

ZONES = ("a", "b", "c")
SMALL = replace(
    INSTANCE_TYPES["m7g.large"],
    name="small",
    allocatable_millicores=1000,
    allocatable_memory_mib=1000,
    pods=10,
    volumes=2,
)
LARGE = replace(SMALL, name="large", allocatable_millicores=4000, allocatable_memory_mib=4000)
OVER_ZONES = Spread(key=ZONE, max_skew=1, must=True)


def place(zone: str, machine: object = SMALL, *, pool: str = "elastic", taints: tuple[Taint, ...] = ()) -> Place:
    assert machine in (SMALL, LARGE)
    return Place(
        machine=SMALL if machine is SMALL else LARGE,
        pool=pool,
        spot=pool == "elastic",
        labels={ZONE: zone, "pool": pool},
        taints=taints,
    )


def pods(name: str = "n/x", count: int = 3, **changes: object) -> PodSet:
    values: dict[str, object] = {"cpu_millicores": 300, "memory_mib": 100, "pods": count, **changes}
    return PodSet(name=name, **values)  # type: ignore[arg-type]


def pool(*machines: object, most: int = 10) -> ElasticPool:
    places = tuple(place(zone, machine) for machine in machines or (SMALL,) for zone in ZONES)
    return ElasticPool(name="elastic", places=places, most=most)


def packed(*sets: PodSet, elastic: ElasticPool | None = None, standing: tuple[Place, ...] = ()) -> Packing:
    return pack(sets, standing=standing, elastic=elastic)


def zones_of(found: Packing, name: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for node in found.nodes:
        counts[node.zone] += node.pods[name]
    return counts


def test_a_node_is_opened_only_when_the_others_are_full() -> None:
    found = packed(pods(count=4), elastic=pool())
    assert [node.pods.total() for node in found.nodes] == [3, 1]


@pytest.mark.parametrize(
    ("changes", "each"),
    [
        ({"cpu_millicores": 400}, 2),
        ({"cpu_millicores": 1, "memory_mib": 250}, 4),
        ({"cpu_millicores": 1, "memory_mib": 1}, 10),
        ({"cpu_millicores": 1, "memory_mib": 1, "volumes": 1}, 2),
    ],
)
def test_a_node_is_full_by_cpu_memory_pods_or_volumes(changes: dict[str, int], each: int) -> None:
    found = packed(pods(count=each + 1, **changes), elastic=pool())
    assert [node.pods.total() for node in found.nodes] == [each, 1]


def test_pods_that_spread_over_zones_open_a_node_in_each() -> None:
    found = packed(pods(count=5, spread=(OVER_ZONES,)), elastic=pool())
    assert sorted(zones_of(found, "n/x").values()) == [1, 2, 2]
    assert len(found.nodes) == 3


def test_a_spread_that_must_be_kept_leaves_a_pod_waiting_rather_than_break_it() -> None:
    standing = tuple(place(zone, pool="fixed") for zone in ("a", "b"))
    found = packed(pods(count=7, spread=(OVER_ZONES,)), standing=standing)
    assert zones_of(found, "n/x") == {"a": 3, "b": 3}
    assert found.waiting == {"n/x": 1}


def test_a_zone_that_is_full_holds_up_the_others() -> None:
    standing = (place("a", pool="fixed"), place("b", LARGE, pool="fixed"))
    found = packed(pods(count=10, spread=(OVER_ZONES,)), standing=standing)
    assert zones_of(found, "n/x") == {"a": 3, "b": 4}
    assert found.waiting == {"n/x": 3}


def test_a_spread_over_hosts_is_kept_as_well() -> None:
    standing = (place("a", pool="fixed"), place("a", LARGE, pool="fixed"))
    spread = (Spread(key=HOST, max_skew=1, must=True),)
    found = packed(pods(count=10, spread=spread), standing=standing)
    assert [node.pods.total() for node in found.nodes] == [3, 4]


def test_what_runs_everywhere_takes_its_share_of_every_node() -> None:
    daemon = pods("n/daemon", 0, everywhere=True, cpu_millicores=500)
    found = packed(daemon, pods(count=2), elastic=pool())
    assert [node.pods for node in found.nodes] == [{"n/daemon": 1, "n/x": 1}] * 2
    assert found.placed == 4


def test_a_taint_keeps_everything_off_that_does_not_tolerate_it() -> None:
    tainted = place("a", pool="fixed", taints=(Taint(key="pool", value="fixed"),))
    for tolerations, pool_of in (
        ((), "elastic"),
        ((Toleration(key="pool", value="other"),), "elastic"),
        ((Toleration(key="pool", value="fixed"),), "fixed"),
        ((Toleration(key="pool"),), "fixed"),
        ((Toleration(),), "fixed"),
    ):
        found = packed(pods(count=1, tolerations=tolerations), standing=(tainted,), elastic=pool())
        assert [node.place.pool for node in found.nodes if node.pods] == [pool_of], tolerations


def test_what_runs_everywhere_stays_off_nodes_that_it_does_not_tolerate() -> None:
    tainted = place("a", pool="fixed", taints=(Taint(key="pool", value="fixed"),))
    found = packed(pods("n/daemon", 0, everywhere=True), standing=(tainted, place("b", pool="fixed")))
    assert [node.pods.total() for node in found.nodes] == [0, 1]


def test_a_selector_chooses_the_pool() -> None:
    found = packed(
        pods(count=2, node_selector={"pool": "elastic"}), standing=(place("a", pool="fixed"),), elastic=pool()
    )
    assert [(node.place.pool, node.pods.total()) for node in found.nodes] == [("fixed", 0), ("elastic", 2)]


def test_the_higher_priority_goes_first() -> None:
    found = packed(pods("n/low", 3), pods("n/high", 3, priority=1), standing=(place("a", pool="fixed"),), elastic=None)
    assert found.nodes[0].pods == {"n/high": 3}
    assert found.waiting == {"n/low": 3}


def test_the_pool_grows_no_further_than_its_limit() -> None:
    found = packed(pods(count=9), elastic=pool(most=2))
    assert len(found.nodes) == 2
    assert found.waiting == {"n/x": 3}


def test_a_pod_too_large_for_the_preferred_machine_gets_the_next_one() -> None:
    found = packed(pods(count=1, cpu_millicores=2000), elastic=pool(SMALL, LARGE))
    assert [node.machine.name for node in found.nodes] == ["large"]


def test_a_pod_larger_than_any_machine_is_refused() -> None:
    with pytest.raises(ComponentError) as refusal:
        packed(pods(count=1, memory_mib=4001), elastic=pool(SMALL, LARGE))
    assert str(refusal.value) == (
        "capacity.n/x: '300m and 4001 MiB' is not allowed: no machine of its pool has as much beside what runs on "
        "every node; the largest is large with 4000m and 4000 MiB; ask for less, or name a larger machine in "
        "q2o_infra/phases/machines.py."
    )


def test_what_runs_everywhere_counts_against_the_largest_pod() -> None:
    daemon = pods("n/daemon", 0, everywhere=True, cpu_millicores=1)
    with pytest.raises(ComponentError, match=r"capacity\.n/x"):
        packed(daemon, pods(count=1, cpu_millicores=1000), elastic=pool())


def test_a_selector_that_no_pool_meets_is_refused() -> None:
    with pytest.raises(ComponentError) as refusal:
        packed(pods(count=1, node_selector={"pool": "gone"}), elastic=pool())
    assert str(refusal.value) == (
        "capacity.n/x: {'pool': 'gone'} is not allowed: no pool has nodes with these labels, or their taints are not "
        "tolerated; correct the selector or the tolerations."
    )


def test_the_room_that_is_left_is_counted_node_by_node() -> None:
    found = packed(pods(count=4), elastic=pool())
    assert room_for(pods(), found.nodes) == 2
    assert room_for(pods(cpu_millicores=100), found.nodes) == 1 + 7
    assert room_for(pods(node_selector={"pool": "gone"}), found.nodes) == 0


def test_the_lower_bound_is_the_cheapest_mix_of_machines() -> None:
    offers = [Offer(cores=2, gib=8, usd_per_hour=0.08), Offer(cores=2, gib=16, usd_per_hour=0.10)]
    # Ten cores and 50 GiB: 3.75 of the first and 1.25 of the second hold exactly that.
    prices = unit_prices(offers, cores=10, gib=50)
    assert prices.of(cores=10, gib=50) == pytest.approx(3.75 * 0.08 + 1.25 * 0.10)


@pytest.mark.parametrize(("cores", "gib", "bill"), [(10, 1, 5 * 0.08), (1, 160, 10 * 0.10)])
def test_a_bound_by_one_resource_takes_the_machine_that_is_cheapest_in_it(
    cores: float, gib: float, bill: float
) -> None:
    offers = [Offer(cores=2, gib=8, usd_per_hour=0.08), Offer(cores=2, gib=16, usd_per_hour=0.10)]
    assert unit_prices(offers, cores=cores, gib=gib).of(cores=cores, gib=gib) == pytest.approx(bill)


def test_no_offer_is_cheaper_than_what_it_holds_at_the_bounds_prices() -> None:
    offers = [Offer(cores=c, gib=g, usd_per_hour=p) for c, g, p in ((2, 4, 0.07), (2, 8, 0.08), (4, 8, 0.11))]
    prices = unit_prices(offers, cores=7, gib=20)
    assert all(prices.of(cores=row.cores, gib=row.gib) <= row.usd_per_hour + 1e-9 for row in offers)


def test_nothing_offered_has_no_bound() -> None:
    with pytest.raises(ValueError, match="no machine is offered"):
        unit_prices([], cores=1, gib=1)

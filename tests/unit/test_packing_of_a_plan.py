"""The capacity of the real plans: every pod counted, on the machines of the table, against prices given here."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from io import StringIO

import pytest
from rich.console import Console

from clouds.machines import INSTANCE_TYPES
from clouds.price_book import price_book
from components.base.errors import CostError, PlanError
from components.base.pods import WorkloadKind
from components.base.vocabulary import Cloud
from components.cluster.addons import ADDONS, addon_workloads
from q2o_infra.capacity.packing import room_for
from q2o_infra.capacity.scheduling import PodSet
from q2o_infra.cost.machine_prices import book_prices
from q2o_infra.packing.document import capacity_document, capacity_table
from q2o_infra.packing.places import region_places
from q2o_infra.packing.pods import planned_pods
from q2o_infra.packing.quotas import Demand, Need, QuotaRow, region_quotas
from q2o_infra.packing.quotas_aws import AWS_QUOTAS
from q2o_infra.packing.quotas_azure import AZURE_QUOTAS
from q2o_infra.packing.quotas_gcp import GCP_QUOTAS
from q2o_infra.packing.report import LEAST_PACKING_PERCENT, Capacity, region_capacity
from q2o_infra.plan.recorder import Recording
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.region import RegionFacts, decide_region
from tests.support.stacks import built_settings, planned, planned_on

DAEMON_SETS = sum(row.kind is WorkloadKind.DAEMON_SET for addon in ADDONS for row in addon_workloads(addon))


def facts(stack: str = "us-east", **overrides: object) -> RegionFacts:
    return decide_region(stack, built_settings(stack, **overrides))


def prices(machine: str, *, location: str, spot: bool) -> float | None:
    """A core for 4 cents and a GiB for half a cent on demand, two fifths of it as spot."""
    found = INSTANCE_TYPES[machine]
    whole = 0.04 * found.vcpus + 0.005 * found.memory_gib
    return whole * 0.4 if spot else whole


@cache
def capacity(stack: str = "us-east") -> Capacity:
    return region_capacity(facts(stack), planned(stack), prices)


def by_name(sets: tuple[PodSet, ...]) -> dict[str, PodSet]:
    return {row.name: row for row in sets}


@pytest.mark.parametrize("cloud", [cloud for cloud in Cloud if find_spec(f"q2o_infra.phases.{cloud.value}")])
@pytest.mark.parametrize("stack", ["us-east", "eu-west", "apac"])
def test_every_pod_has_a_place(stack: str, cloud: Cloud) -> None:
    settings = built_settings(stack, cloud=cloud.value)
    found = region_capacity(decide_region(stack, settings), plan_region(stack, settings), prices)
    assert not found.packing.waiting
    assert not found.jobs_without_room
    assert found.pods_wanted == found.packing.placed > 100


def test_workloads_of_the_program_charts_addons_and_operators_are_all_there() -> None:
    found = by_name(planned_pods(planned("us-east"), cloud=Cloud.AWS).standing)
    assert found["q2o-api/api"].pods == 5, "a scaled workload counts with its minimum"
    assert sum(row.pods for name, row in found.items() if name.startswith("q2o-agents/")) == 50
    assert sum(row.pods for name, row in found.items() if name.startswith("q2o-data/redis-")) == 6
    assert found["kube-system/karpenter"].pods == 2
    assert found["kube-system/aws-node"].everywhere
    assert found["q2o-edge/envoy"].pods == 3
    assert (found["q2o-observability/prometheus-evidence"].pods, found["kube-system/coredns"].pods) == (2, 2)


def test_a_pod_asks_for_what_its_containers_ask_for_together() -> None:
    redis = by_name(planned_pods(planned("us-east"), cloud=Cloud.AWS).standing)["q2o-data/redis-use1-az1"]
    assert (redis.cpu_millicores, redis.memory_mib) == (250 + 20 + 10, 1280 + 32 + 48)
    assert (redis.volumes, redis.storage_gib) == (1, 10)
    assert redis.node_selector["topology.k8s.aws/zone-id"] == "use1-az1"


def test_jobs_stand_apart() -> None:
    found = planned_pods(planned("us-east"), cloud=Cloud.AWS)
    assert {row.name for row in found.jobs} == {"q2o-budget/budget-guard", "q2o-data/redis-backup"}
    assert not {row.name for row in found.standing} & {row.name for row in found.jobs}


def test_pods_of_a_higher_class_come_first() -> None:
    found = by_name(planned_pods(planned("us-east"), cloud=Cloud.AWS).standing)
    ranks = [
        found[name].priority for name in ("kube-system/aws-node", "kube-system/coredns", "q2o-data/redis-use1-az1")
    ]
    assert ranks == sorted(ranks, reverse=True)
    assert found["q2o-api/api"].priority > found["q2o-agents/agent-coder"].priority > 0


def test_the_platforms_pods_stay_off_the_system_nodes_and_the_others_on_them() -> None:
    for node in capacity().nodes:
        names = {name for name in node.pods if not name.startswith("kube-system/") or name.endswith("coredns")}
        mine = {name for name in names if name.startswith(("q2o-api/", "q2o-agents/"))}
        assert mine == (names if node.place.pool == "elastic" else set())


def test_each_zone_has_its_own_redis_and_its_share_of_everything() -> None:
    found = capacity()
    zones: dict[str, Counter[str]] = {}
    for node in found.nodes:
        for name, count in node.pods.items():
            zones.setdefault(name, Counter())[node.zone] += count
    assert zones["q2o-data/redis-use1-az2"] == {"use1-az2": 2}
    for name in ("q2o-api/api", "q2o-agents/agent-coder", "q2o-edge/envoy"):
        counts = zones[name].values()
        assert max(counts) - min(counts) <= 1
        assert len(counts) == 3


def test_the_cheapest_machine_that_the_pool_may_buy_is_bought() -> None:
    def dear(machine: str, *, location: str, spot: bool) -> float | None:
        price = prices(machine, location=location, spot=spot)
        return None if price is None else price * (0.1 if machine == "r6g.large" and spot else 1)

    found = region_capacity(facts(), planned("us-east"), dear)
    assert {node.machine.name for node in found.nodes if node.place.pool == "elastic"} == {"r6g.large"}


def test_the_bill_is_the_sum_of_the_nodes_and_no_lower_than_its_bound() -> None:
    found = capacity()
    system = 3 * 2 * (0.04 + 0.005 * 4)
    elastic = 3 * 2 * (0.04 + 0.005 * 4) * 0.4
    assert found.bill.usd_per_hour == pytest.approx(system + elastic)
    assert found.bill.over_lower_bound > 1


# What decision 24 records of us-east at the prices of the book, rounded up: a bill that moves away from its bound is
# seen here long before somebody reads it.
RECORDED_RATIOS = {Cloud.AWS: 1.43, Cloud.GCP: 1.93, Cloud.AZURE: 1.49}


@cache
def at_book_prices(cloud: Cloud) -> Capacity:
    return region_capacity(facts(cloud=cloud.value), planned_on(cloud), book_prices(price_book(cloud)))


@pytest.mark.parametrize("cloud", Cloud, ids=[cloud.value for cloud in Cloud])
def test_the_bill_is_no_further_from_its_bound_than_recorded(cloud: Cloud) -> None:
    assert 1 < at_book_prices(cloud).bill.over_lower_bound <= RECORDED_RATIOS[cloud]


@pytest.mark.parametrize("cloud", Cloud, ids=[cloud.value for cloud in Cloud])
def test_packing_keeps_its_promise_on_every_cloud(cloud: Cloud) -> None:
    assert at_book_prices(cloud).packing_percent >= LEAST_PACKING_PERCENT


def test_a_price_that_nobody_knows_is_an_error() -> None:
    def unknown(machine: str, *, location: str, spot: bool) -> float | None:
        return None if machine == "m6g.large" else prices(machine, location=location, spot=spot)

    with pytest.raises(CostError) as refusal:
        region_capacity(facts(), planned("us-east"), unknown)
    assert str(refusal.value) == "capacity: the price book has no price of m6g.large at us-east-1; add a row."

    with pytest.raises(CostError, match="no spot price of any machine of the elastic pool at us-east-1"):
        region_capacity(facts(), planned("us-east"), lambda *_, **__: None)


def test_a_plan_of_other_machines_than_the_tables_is_refused() -> None:
    pools = ("LaunchTemplate", "NodePool")
    without = Recording(
        resources=tuple(row for row in planned("us-east").resources if not row.type.endswith(pools)), exports={}
    )
    with pytest.raises(PlanError) as refusal:
        region_places(facts(), without)
    assert str(refusal.value) == (
        "plan: no resource names m6g.large or m7g.large, of which the pools are by q2o_infra/phases/machines.py; "
        "give the pools the machines of that table."
    )


def test_the_document_has_the_keys_that_are_promised_and_adds_up() -> None:
    found = capacity()
    document = capacity_document(facts(), found, region_quotas(facts(), planned("us-east"), found))
    assert document.keys() >= {"nodes", "pods_wanted", "pods_placed", "packing_percent", "bill_over_lower_bound"}
    assert sum(row["pods_count"] for row in document["nodes"]) == document["pods_placed"] == document["pods_wanted"]
    assert sum(row["usd_per_hour"] for row in document["nodes"]) == pytest.approx(
        document["bill_usd_per_hour"], abs=1e-3
    )
    assert document["packing_percent"] == document["packing_percent_by_resource"][document["binding_resource"]]
    assert document["pods_wanted"] == 89 + len(document["nodes"]) * DAEMON_SETS


def test_the_table_says_what_sits_where_how_full_it_is_and_what_to_raise() -> None:
    found = capacity()
    printed = StringIO()
    console = Console(width=160, file=printed, highlight=False)
    console.print(capacity_table(facts(), found, region_quotas(facts(), planned("us-east"), found)))
    text = printed.getvalue()
    assert "113 of 113 pods on 6 nodes" in text
    assert "q2o-data/redis-use1-az1" in text
    assert "packing: 80.2 % of cpu, at least 70 % promised" in text
    assert "to the next node: 7 more pods like q2o-agents/agent-coder or 1 more pods like q2o-api/api" in text
    assert "raise Running On-Demand Standard instances, vCPUs (ec2/L-1216C47A) from 5 to 394 before you start." in text


def test_it_is_met_only_when_everything_fits_is_full_and_is_cheap() -> None:
    def flat(machine: str, *, location: str, spot: bool) -> float | None:
        return 0.05 if machine in {"m6g.large", "m7g.large"} else None

    good = region_capacity(facts(), planned("us-east"), flat)
    assert good.is_met, (good.packing_percent, good.bill.over_lower_bound)
    assert not replace(good, bill=replace(good.bill, usd_per_hour=1.36 * good.bill.lower_bound_usd_per_hour)).is_met
    assert not replace(good, packing=replace(good.packing, waiting=Counter({"n/x": 1}))).is_met
    assert not capacity().is_met, "at these prices memory that nobody asks for costs too much"


@pytest.mark.parametrize("stack", ["us-east", "eu-west", "apac"])
def test_packing_keeps_its_promise_at_the_expected_load(stack: str) -> None:
    assert capacity(stack).packing_percent >= 70


@pytest.mark.parametrize("cloud", Cloud, ids=[cloud.value for cloud in Cloud])
def test_beside_what_stands_on_the_system_nodes_there_is_room_for_one_more_of_each_that_surges(cloud: Cloud) -> None:
    """Redis is no case: its servers leave before they come back."""
    found = at_book_prices(cloud)
    system = [node for node in found.nodes if node.place.pool == "system"]
    surging = [
        row
        for row in found.pods.standing
        if not row.everywhere and not row.volumes and any(node.pods[row.name] for node in system)
    ]
    assert "q2o-edge/envoy" in {row.name for row in surging}
    assert [row.name for row in surging if not room_for(row, system)] == []
    assert found.jobs_without_room == []


def test_quotas_are_counted_from_the_plan_and_its_nodes() -> None:
    found = capacity()
    quotas = {row.row.code: row for row in region_quotas(facts(), planned("us-east"), found)}
    on_demand, spot = quotas["ec2/L-1216C47A"], quotas["ec2/L-34B43A08"]
    assert (on_demand.expected, on_demand.most) == (3 * 2, 3 * 2 + 97 * 4)
    assert (spot.expected, spot.most) == (3 * 2, 97 * 4)
    assert quotas["ec2/L-0263D0A3"].expected == 1
    assert quotas["elasticloadbalancing/L-53DA6B97"].raise_to is None
    # 40 GiB for each node's disk, 10 for each Redis server and 20 for each Prometheus.
    assert quotas["ebs/L-7A658B76"].expected == 6 * 40 + 6 * 10 + 2 * 20
    assert on_demand.raise_to == 394


def test_a_quota_without_a_published_default_says_what_to_look_for() -> None:
    found = capacity()
    row = next(row for row in region_quotas(facts(), planned("us-east"), found) if row.row.code == "ec2/L-1216C47A")
    unknown = replace(row, row=replace(row.row, default=None, name="C4A CPUs", code="CPUS_PER_VM_FAMILY/C4A"))
    assert unknown.sentence() == (
        "look at C4A CPUs (CPUS_PER_VM_FAMILY/C4A): it differs from account to account; "
        "have 6 to start and 394 to grow."
    )
    assert replace(unknown, need=Need(expected=0, most=388)).sentence().endswith("; have 388 to grow.")
    enough_to_start = replace(row, row=replace(row.row, default=10))
    assert enough_to_start.sentence().endswith("from 10 to 394 before the load comes.")


def test_per_zone_nat_needs_an_address_in_each_zone() -> None:
    settings = built_settings("us-east", network={"nat": "per_zone"})
    recording = plan_region("us-east", settings)
    here = decide_region("us-east", settings)
    quotas = {row.row.code: row for row in region_quotas(here, recording, region_capacity(here, recording, prices))}
    assert quotas["ec2/L-0263D0A3"].expected == 3


@pytest.mark.parametrize("rows", [AWS_QUOTAS, GCP_QUOTAS, AZURE_QUOTAS], ids=["aws", "gcp", "azure"])
def test_every_quota_has_a_name_a_source_and_a_count_of_its_own(rows: tuple[QuotaRow, ...]) -> None:
    demand = Demand(facts=facts(), recording=planned("us-east"), capacity=capacity())
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        need = row.count(demand)
        assert row.source
        assert 0 <= need.expected <= need.most


def test_cores_of_a_family_count_nobody_elses_machines() -> None:
    demand = Demand(facts=facts(), recording=planned("us-east"), capacity=capacity())
    assert demand.vcpus(spot=False, families=("m6g",)) == Need(expected=6, most=6 + 97 * 4)
    assert demand.vcpus(spot=False, families=("c4a",)) == Need(expected=0, most=0)

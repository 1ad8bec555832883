"""The parts of the scale drill: the file that Karpenter buys from, the pools, and the verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from click.testing import CliRunner

from clouds.machines import INSTANCE_TYPES
from components.base.vocabulary import Cloud
from drills.harness import cluster
from drills.scale import __main__ as scale
from drills.scale import types
from drills.scale.cluster import Ground, bare_pool, bought, ground_of, our_pool
from drills.scale.report import Outcome, Rise, Withdrawal, flat, missed
from q2o_infra.settings import Settings
from q2o_infra.stack_files import read_settings

ZONES = ("use1-az1", "use1-az2")
M7G, C7G = INSTANCE_TYPES["m7g.large"], INSTANCE_TYPES["c7g.xlarge"]


def prices(machine: str, *, location: str, spot: bool) -> float | None:
    assert location == "us-east-1"
    return {"m7g.large": 0.03 if spot else 0.08, "c7g.xlarge": None if spot else 0.15}[machine]


def rows(*, spot: bool = True) -> types.Rows:
    return types.instance_types((M7G, C7G), zones=ZONES, location="us-east-1", prices=prices, spot=spot)


@cache
def ground() -> Ground:
    return ground_of("us-east")


def test_karpenter_finds_what_the_catalogue_leaves_for_pods() -> None:
    resources = rows()[0]["resources"]
    # Karpenter's simulated provider takes 100m and 10Mi off again.
    assert resources["cpu"] == f"{M7G.allocatable_millicores + 100}m"
    assert resources["memory"] == f"{M7G.allocatable_memory_mib + 10}Mi"
    assert resources["pods"] == "29"


def test_each_machine_is_offered_in_each_zone_at_each_price_that_is_known() -> None:
    assert types.price_table(rows()) == {
        ("m7g.large", "on-demand"): 0.08,
        ("m7g.large", "spot"): 0.03,
        ("c7g.xlarge", "on-demand"): 0.15,
    }
    assert [len(row["offerings"]) for row in rows()] == [2 * len(ZONES), len(ZONES)]


def test_without_spot_nothing_is_offered_as_spot() -> None:
    assert {kind for _, kind in types.price_table(rows(spot=False))} == {"on-demand"}


def test_a_machine_without_any_price_is_not_offered() -> None:
    found = types.instance_types(
        (M7G, C7G),
        zones=ZONES,
        location="us-east-1",
        prices=lambda machine, **_: 0.08 if machine == "m7g.large" else None,
        spot=False,
    )
    assert [row["name"] for row in found] == ["m7g.large"]


def test_our_pool_is_the_plans_but_for_the_machines_behind_it_and_the_waiting() -> None:
    spec, planned = our_pool(ground())["spec"], ground().pool["spec"]
    assert spec["template"]["spec"]["requirements"] == planned["template"]["spec"]["requirements"]
    assert spec["limits"] == planned["limits"] == {"nodes": "97"}
    assert spec["template"]["spec"]["nodeClassRef"]["kind"] == "KWOKNodeClass"
    assert spec["disruption"]["consolidationPolicy"] == planned["disruption"]["consolidationPolicy"]


def test_the_bare_pool_asks_for_no_machine_and_may_grow_as_far() -> None:
    keys = {row["key"] for row in bare_pool(ground())["spec"]["template"]["spec"]["requirements"]}
    assert keys == {"kubernetes.io/os", "karpenter.sh/capacity-type"}
    assert bare_pool(ground())["spec"]["limits"] == our_pool(ground())["spec"]["limits"]


def test_two_pods_of_the_load_never_fit_on_the_preferred_machine() -> None:
    millicores, mib = ground().pod
    machine = ground().machines[0]
    assert 2 * millicores > machine.allocatable_millicores - ground().everywhere.cpu_millicores >= millicores
    assert 2 * mib > machine.allocatable_memory_mib - ground().everywhere.memory_mib >= mib


def test_nodes_are_counted_by_machine_and_kind() -> None:
    node = {
        "metadata": {"labels": {"node.kubernetes.io/instance-type": "m7g.large", "karpenter.sh/capacity-type": "spot"}}
    }
    assert bought([node, node]) == {("m7g.large", "spot"): 2}


@pytest.mark.parametrize("cloud", [Cloud.GCP, Cloud.AZURE])
def test_a_stack_on_another_cloud_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    def there(stack: str, *, overrides: dict[str, Any]) -> Settings:
        return read_settings(stack, overrides={**overrides, "cloud": cloud.value})

    monkeypatch.setattr(cluster, "read_settings", there)
    done = CliRunner().invoke(scale.main, ["us-east", "--short"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: Pulumi.us-east.yaml: cloud: '{cloud.value}' is not allowed: the drill runs Karpenter with AWS' "
        "machines and prices; name a stack on aws.\n"
    )


def outcome(**changes: object) -> Outcome:
    rise = Rise(up_seconds=30.0, down_seconds=60.0, nodes=100, bought=Counter({("m7g.large", "spot"): 97}), lost=0)
    values: dict[str, object] = {
        "pods": 97,
        "system_nodes": 3,
        "ours": (rise, replace(rise, up_seconds=40.0), replace(rise, up_seconds=35.0)),
        "bare": (rise, rise, replace(rise, up_seconds=90.0)),
        "prices": {("m7g.large", "spot"): 0.03},
        "withdrawal": Withdrawal(
            nodes=4,
            spot_usd_per_hour=0.12,
            on_demand_usd_per_hour=0.32,
            moved_seconds=5.0,
            back_seconds=90.0,
            extra_usd=0.005,
        ),
        "control_lost": 3,
        **changes,
    }
    return Outcome(**values)  # type: ignore[arg-type]


def test_figures_are_medians_with_their_units() -> None:
    found = flat(outcome())
    assert found["up_median_seconds"] == 35.0
    assert found["up_over_bare_ratio"] == pytest.approx(1), "of 30/30, 40/30 and 35/90"
    assert found["elastic_usd_per_hour"] == pytest.approx(97 * 0.03)
    assert found["without_spot_extra_usd_per_hour"] == pytest.approx(0.2)
    assert found["without_spot_extra_usd_per_month"] == pytest.approx(146)
    assert (found["nodes_from"], found["nodes_to"]) == (3, 100)
    assert {"runs", "gap_median_seconds", "gap_worst_seconds", "lost", "control_lost"} <= found.keys()


def test_a_run_that_keeps_everything_misses_nothing() -> None:
    assert missed(outcome(), short=False) == []


def test_what_is_not_kept_is_named() -> None:
    late = tuple(replace(row, up_seconds=40.0) for row in outcome().ours)
    assert missed(outcome(ours=late), short=False) == ["1.33 times as long as bare Karpenter, at most 1.2 is promised"]
    assert missed(outcome(ours=late), short=True) == [], "CI's machine is shared"

    (first, *rest) = outcome().ours
    assert missed(outcome(ours=(replace(first, lost=2, nodes=98), *rest)), short=True) == [
        "2 of 97 pods did not run on our machines",
        "98 nodes instead of 100 of our machines",
    ]
    assert missed(outcome(control_lost=0), short=True) == [
        "without Karpenter every pod ran too, so this drill would not see one that does not"
    ]

"""What the workloads refuse, and the arithmetic behind their promises."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from pulumi import Resource

from components.base.errors import ComponentError
from components.base.vocabulary import AgentKind, Region, Tier
from components.tiers.contract import priority_class_name
from components.workloads.contract import AgentArgs, ApiArgs, WorkloadsArgs
from components.workloads.health import (
    LIVENESS,
    PRE_STOP_SECONDS,
    READINESS,
    SPOT_NOTICE_SECONDS,
    crash_recovery_seconds,
    grace_seconds,
    hang_recovery_seconds,
    traffic_recovery_seconds,
)
from components.workloads.rules import cpu_target_percent, zone_share_percent
from components.workloads.workload import agent_workload, api_workload

IMAGE = "registry.example/q2o/app@sha256:" + "0123456789abcdef" * 4
PROMISED_RECOVERY_SECONDS = 10
START_SECONDS = 3
README = Path(__file__).parents[2] / "components" / "workloads" / "README.md"


def api(**changes: Any) -> ApiArgs:
    return replace(ApiArgs(cpu_millicores=200, image=IMAGE, maximum=50, memory_mib=512, minimum=5), **changes)


def coder(**changes: Any) -> AgentArgs:
    agent = AgentArgs(cpu_millicores=75, image=IMAGE, kind=AgentKind.CODER, maximum=90, memory_mib=256, minimum=9)
    return replace(agent, **changes)


def workloads(**changes: Any) -> WorkloadsArgs:
    given: dict[str, Any] = {
        "agents": (coder(),),
        "api": api(),
        "cluster_resource": cast("Resource", None),
        "elastic_pool": cast("Resource", None),
        "kubernetes_minor": "1.36",
        "llm_api_key": "key",
        "priority_classes": {tier.value: priority_class_name(tier) for tier in Tier},
        "redundancy": 2,
        "region": Region.US_EAST,
        "zones": 3,
    }
    return WorkloadsArgs(**{**given, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"api": api(image="registry.example/q2o/api:1.4")},
            "workloads.api.image: 'registry.example/q2o/api:1.4' is not allowed: an image is pinned as name@sha256: "
            "and 64 hexadecimal digits; give the digest that the registry printed when the image was pushed.",
            id="image_without_a_digest",
        ),
        pytest.param(
            {"agents": (coder(image=IMAGE[:-1]),)},
            f"workloads.agents.coder.image: '{IMAGE[:-1]}' is not allowed: an image is pinned as name@sha256: "
            "and 64 hexadecimal digits; give the digest that the registry printed when the image was pushed.",
            id="digest_too_short",
        ),
        pytest.param(
            {"agents": (coder(), coder(minimum=2))},
            "workloads.agents: 'coder' is not allowed: each kind of agent is listed once; merge the rows of this kind.",
            id="kind_listed_twice",
        ),
        pytest.param(
            {"api": api(minimum=9, maximum=8)},
            "workloads.api.minimum: 9 is not allowed: at most workloads.api.maximum, which is 8; "
            "lower the minimum or raise the maximum.",
            id="minimum_above_maximum",
        ),
        pytest.param(
            {"agents": (coder(minimum=2),), "redundancy": 3},
            "workloads.agents.coder.minimum: 2 is not allowed: 3 or more, so that the loss of one node leaves a pod; "
            "raise it to at least 3.",
            id="minimum_below_redundancy",
        ),
        pytest.param(
            {"api": api(cpu_millicores=0)},
            "workloads.api.cpu_millicores: 0 is not allowed: 1 thousandth of a core or more; "
            "give what one pod uses under its usual load.",
            id="no_cpu_requested",
        ),
        pytest.param(
            {"agents": (coder(memory_mib=-1),)},
            "workloads.agents.coder.memory_mib: -1 is not allowed: 1 MiB or more; "
            "give what one pod uses under its usual load.",
            id="negative_memory_requested",
        ),
        pytest.param(
            {"redundancy": 1},
            "workloads.redundancy: 1 is not allowed: 2 or more; promise at least two pods of everything.",
            id="no_redundancy_promised",
        ),
        pytest.param(
            {"zones": 1},
            "workloads.zones: 1 is not allowed: 2 or more; spread the nodes over at least two zones.",
            id="one_zone",
        ),
        pytest.param(
            {"credentials_revision": 0},
            "workloads.credentials_revision: 0 is not allowed: 1 or more; count up from 1.",
            id="revision_zero",
        ),
    ],
)
def test_arguments_that_contradict_the_promises_are_refused_in_one_sentence(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ComponentError) as caught:
        workloads(**changes)
    assert caught.value.message == message


def test_the_bounds_themselves_are_allowed() -> None:
    assert workloads(api=api(minimum=2, maximum=2), agents=(coder(cpu_millicores=1, memory_mib=1),))


def test_an_image_may_carry_a_tag_beside_its_digest() -> None:
    assert workloads(api=api(image="registry.example:5000/q2o/api:1.4@sha256:" + "a" * 64))


def test_a_hung_pod_gets_no_traffic_within_the_promised_time() -> None:
    assert traffic_recovery_seconds() == 7
    assert traffic_recovery_seconds() < PROMISED_RECOVERY_SECONDS


def test_a_crashed_pod_is_back_within_the_promised_time() -> None:
    assert crash_recovery_seconds(start_seconds=START_SECONDS) == 7
    assert crash_recovery_seconds(start_seconds=START_SECONDS) < PROMISED_RECOVERY_SECONDS


def test_a_hung_pod_is_restarted_only_after_traffic_has_left_it() -> None:
    assert LIVENESS.detection_seconds > READINESS.detection_seconds
    assert hang_recovery_seconds(start_seconds=START_SECONDS) > traffic_recovery_seconds()


@pytest.mark.parametrize(
    "drain_seconds",
    [
        pytest.param(api_workload(api(), token_secret="t").drain_seconds, id="api"),
        pytest.param(agent_workload(coder(), llm_secret="l", token_secret="t").drain_seconds, id="agent"),
    ],
)
def test_a_pod_leaves_in_order_before_its_spot_machine_is_taken(drain_seconds: int) -> None:
    grace = grace_seconds(drain_seconds=drain_seconds)
    assert grace > PRE_STOP_SECONDS + drain_seconds, "the kubelet would cut the drain short"
    assert grace < SPOT_NOTICE_SECONDS - 10, "Karpenter needs some of the notice to start evicting"


@pytest.mark.parametrize(("zones", "target", "share"), [(2, 45, 50), (3, 60, 33), (4, 67, 25)])
def test_the_survivors_of_a_lost_zone_stay_within_their_requests(zones: int, target: int, share: int) -> None:
    assert cpu_target_percent(zones) == target
    assert target * zones / (zones - 1) <= 90
    assert zone_share_percent(zones) == share


def test_a_disruption_budget_is_never_more_than_the_pods_of_one_zone() -> None:
    for pods in range(2, 101):
        allowed = -(-pods * zone_share_percent(3) // 100)
        assert 1 <= allowed <= -(-pods // 3), f"{allowed} of {pods} pods could be evicted at once"
        assert allowed < pods


def test_the_readme_states_the_computed_figures() -> None:
    text = README.read_text()
    for figure in (
        f"| traffic leaves a hung pod | {traffic_recovery_seconds()} |",
        f"| a crashed container is ready again | {crash_recovery_seconds(start_seconds=START_SECONDS)} |",
        f"| a hung container is killed and ready again | {hang_recovery_seconds(start_seconds=START_SECONDS)} |",
        f"at {cpu_target_percent(3)} % of its request",
    ):
        assert figure in text, f"components/workloads/README.md lacks: {figure}"

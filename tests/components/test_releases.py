"""A canary beside stable: what is made for it, who gets the work, and that stable does not notice."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pulumi
import pytest
from pulumi_kubernetes import Provider as KubernetesProvider
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_random import Provider as RandomProvider

from clouds.kubernetes import kind_of
from components.base.errors import ComponentError
from components.base.vocabulary import AgentKind, Region, Tier
from components.workloads.component import Workloads
from components.workloads.contract import AgentArgs, ApiArgs, CanaryArgs, RouteArgs, WorkloadsArgs
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording, record

STABLE, NEXT = (f"registry.example/q2o/app@sha256:{digit * 64}" for digit in "12")
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
SERVICE = "kubernetes:core/v1:Service"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
QUOTA = "kubernetes:core/v1:ResourceQuota"
ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"

API, CODER = "workloads-api", "workloads-agent-coder"
WEIGHTS = (0, 1, 10, 50, 90, 99, 100)


@cache
def build(
    weight: int | None = None, *, agent_weight: int | None = None, routed: bool = True, image: str = STABLE
) -> Recording:
    """The API and the coders, with canaries of these weights where one is given."""

    def canary(percent: int | None) -> CanaryArgs | None:
        return None if percent is None else CanaryArgs(image=NEXT, weight_percent=percent)

    def program() -> None:
        kubernetes = KubernetesProvider("cluster", kubeconfig="{}", cluster_identifier="test")
        options = pulumi.ResourceOptions(provider=kubernetes)
        cluster = Namespace("stand-in", metadata={"name": "c"}, opts=options)
        gateway = Namespace("gateway", metadata={"name": "g"}, opts=options)
        route = RouteArgs(gateway=gateway, gateway_name="public", gateway_namespace="q2o-edge", host="api.example.com")
        Workloads(
            "workloads",
            WorkloadsArgs(
                agents=(
                    AgentArgs(
                        canary=canary(agent_weight),
                        cpu_millicores=75,
                        image=STABLE,
                        kind=AgentKind.CODER,
                        maximum=90,
                        memory_mib=256,
                        minimum=9,
                    ),
                ),
                api=ApiArgs(
                    canary=canary(weight), cpu_millicores=200, image=image, maximum=50, memory_mib=512, minimum=5
                ),
                cluster_resource=cluster,
                elastic_pool=cluster,
                kubernetes_minor="1.36",
                llm_api_key="key",
                priority_classes={tier.value: f"q2o-{tier.value}" for tier in Tier},
                redundancy=2,
                region=Region.EU_WEST,
                route=route if routed else None,
                zones=3,
            ),
            pulumi.ResourceOptions(providers=[kubernetes, RandomProvider("random")]),
        )

    return record(program)


def differences(before: Recording, after: Recording) -> dict[str, list[str]]:
    """What comes, goes and changes, as "Kind name"."""
    old, new = before.by_urn(), after.by_urn()

    def names(rows: list[Registration]) -> list[str]:
        return sorted(f"{row.type.rpartition(':')[2]} {row.name}" for row in rows if not row.type.startswith("q2o:"))

    return {
        "comes": names([row for urn, row in new.items() if urn not in old]),
        "goes": names([row for urn, row in old.items() if urn not in new]),
        "changes": names([row for urn, row in new.items() if urn in old and old[urn].inputs != row.inputs]),
    }


def backends(recording: Recording) -> dict[str, int]:
    (rule,) = recording.named(ROUTE, API).inputs["spec"]["rules"]
    return {row["name"]: row["weight"] for row in rule["backendRefs"]}


def selector(recording: Recording, name: str) -> dict[str, str]:
    found: dict[str, str] = recording.named(SERVICE, name).inputs["spec"]["selector"]
    return found


def pod_labels(recording: Recording, name: str) -> dict[str, str]:
    found: dict[str, str] = recording.named(DEPLOYMENT, name).inputs["spec"]["template"]["metadata"]["labels"]
    return found


def selects(chosen: dict[str, str], labels: dict[str, str]) -> bool:
    return chosen.items() <= labels.items()


def bounds(recording: Recording, name: str) -> tuple[int, int]:
    spec = recording.named(AUTOSCALER, name).inputs["spec"]
    return spec["minReplicas"], spec["maxReplicas"]


# Stable does not notice


@pytest.mark.parametrize("weight", WEIGHTS)
def test_a_canary_of_the_api_comes_without_a_change_of_what_stable_is(weight: int) -> None:
    assert differences(build(), build(weight)) == {
        "comes": [
            "Deployment workloads-api-canary",
            "HorizontalPodAutoscaler workloads-api-canary",
            "PodDisruptionBudget workloads-api-canary",
            "Service workloads-api-canary",
        ],
        "goes": [],
        "changes": ["HTTPRoute workloads-api", "ResourceQuota workloads-api-quota"],
    }


@pytest.mark.parametrize("weight", WEIGHTS)
def test_a_canary_of_a_kind_comes_without_a_change_of_what_stable_is(weight: int) -> None:
    found = differences(build(), build(agent_weight=weight))
    assert found["comes"] == [
        f"{kind} workloads-agent-coder-canary"
        for kind in ("Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget")
    ]
    assert found["goes"] == []
    # The name that the coders answer to leads to other pods from weight 1 on.
    service = ["Service workloads-agent-coder"] if weight else []
    assert found["changes"] == ["ResourceQuota workloads-agents-quota", *service]


@pytest.mark.parametrize("weight", WEIGHTS)
def test_stable_keeps_its_fewest_and_most_pods_at_every_weight(weight: int) -> None:
    assert bounds(build(weight), API) == (5, 50)
    assert bounds(build(agent_weight=weight), CODER) == (9, 90)


@pytest.mark.parametrize(("before", "after"), [(0, 100), (100, 0), (10, 0), (10, 100), (50, 90)])
def test_a_weight_of_the_api_is_one_update_of_its_route(before: int, after: int) -> None:
    assert differences(build(before), build(after)) == {
        "comes": [],
        "goes": [],
        "changes": ["HTTPRoute workloads-api"],
    }


@pytest.mark.parametrize(("before", "after"), [(0, 100), (100, 0), (50, 0), (50, 100)])
def test_between_the_ends_and_from_half_agents_are_switched_by_one_update_of_one_name(before: int, after: int) -> None:
    assert differences(build(agent_weight=before), build(agent_weight=after)) == {
        "comes": [],
        "goes": [],
        "changes": ["Service workloads-agent-coder"],
    }


def test_confirming_rolls_stable_and_nothing_else() -> None:
    confirmed = build(100, image=NEXT)
    assert differences(build(100), confirmed)["changes"] == ["Deployment workloads-api"]
    assert differences(confirmed, build(image=NEXT)) == {
        "comes": [],
        "goes": differences(build(), build(100))["comes"],
        "changes": ["HTTPRoute workloads-api", "ResourceQuota workloads-api-quota"],
    }


def test_nothing_of_a_release_forces_a_replacement() -> None:
    states = [build(), *(build(weight, agent_weight=weight) for weight in WEIGHTS), build(100, image=NEXT)]
    for before in states:
        for after in states:
            old = before.by_urn()
            for urn, row in after.by_urn().items():
                if urn in old and row.type.startswith("kubernetes:"):
                    for path in kind_of(row.type).replaces:
                        assert at(row.inputs, path) == at(old[urn].inputs, path), f"{row.name}: {path}"


def at(inputs: Any, path: str) -> Any:
    for part in path.split("."):
        inputs = inputs.get(part) if isinstance(inputs, dict) else None
    return inputs


# Who gets the work


@pytest.mark.parametrize("weight", WEIGHTS)
def test_the_route_splits_by_weight_on_one_rule(weight: int) -> None:
    assert backends(build(weight)) == {"api": 100 - weight, "api-canary": weight}


def test_the_route_leads_from_the_gateway_by_the_public_host_to_stable_alone() -> None:
    row = build().named(ROUTE, API)
    spec = row.inputs["spec"]
    assert backends(build()) == {"api": 100}
    assert spec["hostnames"] == ["api.example.com"]
    assert spec["parentRefs"] == [{"name": "public", "namespace": "q2o-edge"}]
    assert row.inputs["metadata"]["namespace"] == "q2o-api"
    assert any(urn.endswith("::gateway") for urn in row.dependencies), "a route before its gateway is answered by none"


def test_without_an_edge_there_is_no_route() -> None:
    assert not build(10, routed=False).of_type(ROUTE)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_traffic_waits_for_the_pods_of_both(weight: int) -> None:
    recording = build(weight)
    deployments = {recording.named(DEPLOYMENT, name).urn for name in (API, f"{API}-canary")}
    assert deployments <= set(recording.named(ROUTE, API).dependencies)


def test_a_name_that_leads_to_the_canary_alone_waits_for_its_pods() -> None:
    recording = build(agent_weight=100)
    assert recording.named(DEPLOYMENT, f"{CODER}-canary").urn in recording.named(SERVICE, CODER).dependencies


@pytest.mark.parametrize("weight", WEIGHTS)
def test_pods_of_an_agent_do_work_exactly_if_their_weight_says_so(weight: int) -> None:
    recording = build(agent_weight=weight)
    chosen = selector(recording, CODER)
    assert selects(chosen, pod_labels(recording, CODER)) == (weight < 100)
    assert selects(chosen, pod_labels(recording, f"{CODER}-canary")) == (weight > 0)


def test_the_service_of_the_api_finds_stable_and_that_of_the_canary_the_canary() -> None:
    recording = build(10)
    for name, other in ((API, f"{API}-canary"), (f"{API}-canary", API)):
        assert selects(selector(recording, name), pod_labels(recording, name))
        assert not selects(selector(recording, name), pod_labels(recording, other))


def test_who_owns_pods_by_a_selector_never_finds_those_of_the_other() -> None:
    """Deployments, disruption budgets and the even spread; an autoscaler counts by its Deployment's selector."""
    recording = build(10, agent_weight=10)
    for name in (API, CODER):
        for mine, other in ((name, f"{name}-canary"), (f"{name}-canary", name)):
            spec = recording.named(DEPLOYMENT, mine).inputs["spec"]
            spreads = spec["template"]["spec"]["topologySpreadConstraints"]
            for found in (
                spec["selector"],
                recording.named(BUDGET, mine).inputs["spec"]["selector"],
                *(row["labelSelector"] for row in spreads),
            ):
                assert selects(found["matchLabels"], pod_labels(recording, mine))
                assert not selects(found["matchLabels"], pod_labels(recording, other))


# What a canary is


def test_a_canary_runs_the_same_pods_of_another_image() -> None:
    recording = build(10, agent_weight=10)
    for name in (API, CODER):
        old, new = (
            recording.named(DEPLOYMENT, found).inputs["spec"]["template"]["spec"] for found in (name, f"{name}-canary")
        )
        assert (old["containers"][0]["image"], new["containers"][0]["image"]) == (STABLE, NEXT)
        assert new["priorityClassName"] == "q2o-canary", "it would push out what runs"
        apart = {"containers", "priorityClassName", "topologySpreadConstraints"}
        assert {key: part for key, part in old.items() if key not in apart} == {
            key: part for key, part in new.items() if key not in apart
        }
        before, after = old["containers"][0], new["containers"][0]
        assert {**before, "image": ""} == {**after, "image": ""}


def test_a_canary_starts_behind_the_same_guards() -> None:
    recording = build(10, agent_weight=10)
    for name in (API, CODER):
        stable, canary = (set(recording.named(DEPLOYMENT, found).dependencies) for found in (name, f"{name}-canary"))
        assert canary == stable


def test_a_canary_has_the_rights_of_stable() -> None:
    assert Counter(row.name for row in build(10, agent_weight=10).of_type(ACCOUNT)) == {API: 1, CODER: 1}


@pytest.mark.parametrize(("weight", "expected"), [(0, (9, 90)), (10, (1, 10)), (25, (3, 30)), (50, (9, 90))])
def test_an_agents_canary_has_as_many_pods_as_its_share_wants(weight: int, expected: tuple[int, int]) -> None:
    assert bounds(build(agent_weight=weight), f"{CODER}-canary") == expected


@pytest.mark.parametrize("weight", WEIGHTS)
def test_the_apis_canary_is_as_large_as_stable_at_every_weight(weight: int) -> None:
    assert bounds(build(weight), f"{API}-canary") == (5, 50)


def test_quotas_have_room_for_stable_and_canary_at_their_most_while_both_are_rolled() -> None:
    hard = build(10).named(QUOTA, "workloads-api-quota").inputs["spec"]["hard"]
    assert hard["pods"] == str(2 * (50 + 50))
    assert hard["requests.cpu"] == f"{2 * (50 + 50) * 200}m"


@pytest.mark.parametrize(
    ("canary", "message"),
    [
        pytest.param(
            CanaryArgs(image=NEXT, weight_percent=101),
            "workloads.api.canary.weight_percent: 101 is not allowed: 0 to 100; "
            "give the share of the work that the canary does.",
            id="weight",
        ),
        pytest.param(
            CanaryArgs(image="registry.example/q2o/app:next", weight_percent=1),
            "workloads.api.canary.image: 'registry.example/q2o/app:next' is not allowed: an image is pinned as "
            "name@sha256: and 64 hexadecimal digits; give the digest that the registry printed when the image was "
            "pushed.",
            id="image",
        ),
    ],
)
def test_a_canary_that_cannot_be_is_refused_in_one_sentence(canary: CanaryArgs, message: str) -> None:
    nothing: Any = None
    with pytest.raises(ComponentError) as caught:
        WorkloadsArgs(
            agents=(),
            api=ApiArgs(canary=canary, cpu_millicores=200, image=STABLE, maximum=50, memory_mib=512, minimum=5),
            cluster_resource=nothing,
            elastic_pool=nothing,
            kubernetes_minor="1.36",
            llm_api_key="key",
            priority_classes={},
            redundancy=2,
            region=Region.US_EAST,
            zones=3,
        )
    assert caught.value.message == message

"""What the workloads component registers, seen as the engine sees it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_kubernetes import Provider as KubernetesProvider
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_random import Provider as RandomProvider

from components.base.vocabulary import AgentKind, Region, Tier
from components.tiers.contract import priority_class_name
from components.workloads.component import Workloads
from components.workloads.contract import AgentArgs, ApiArgs, WorkloadsArgs
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording, record

IMAGE = "registry.example/q2o/app@sha256:" + "0123456789abcdef" * 4
README = Path(__file__).parents[2] / "components" / "workloads" / "README.md"

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
SERVICE = "kubernetes:core/v1:Service"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
SECRET = "kubernetes:core/v1:Secret"
NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
QUOTA = "kubernetes:core/v1:ResourceQuota"
LIMITS = "kubernetes:core/v1:LimitRange"
PASSWORD = "random:index/randomPassword:RandomPassword"
COMPONENT = "q2o:workloads:Workloads"

NAMES = ("workloads-api", "workloads-agent-coder", "workloads-agent-deployer")


def args(cluster: pulumi.Resource, **changes: Any) -> WorkloadsArgs:
    given: dict[str, Any] = {
        "agents": tuple(
            AgentArgs(cpu_millicores=75, image=IMAGE, kind=kind, maximum=10 * minimum, memory_mib=256, minimum=minimum)
            for kind, minimum in ((AgentKind.CODER, 9), (AgentKind.DEPLOYER, 2))
        ),
        "api": ApiArgs(cpu_millicores=200, image=IMAGE, maximum=50, memory_mib=512, minimum=5),
        "cluster_resource": cluster,
        "elastic_pool": cluster,
        "kubernetes_minor": "1.36",
        "llm_api_key": "llm-key-of-the-test",
        "priority_classes": {tier.value: priority_class_name(tier) for tier in Tier},
        "redundancy": 2,
        "region": Region.EU_WEST,
        "zones": 3,
    }
    return WorkloadsArgs(**{**given, **changes})


def build(*names: str, **changes: Any) -> Recording:
    def program() -> None:
        kubernetes = KubernetesProvider("cluster", kubeconfig="{}", cluster_identifier="test")
        random = RandomProvider("random")
        cluster = Namespace("stand-in", metadata={"name": "c"}, opts=pulumi.ResourceOptions(provider=kubernetes))
        for name in names or ("workloads",):
            Workloads(name, args(cluster, **changes), pulumi.ResourceOptions(providers=[kubernetes, random]))

    return record(program)


@cache
def recorded() -> Recording:
    return build()


def children(recording: Recording) -> list[Registration]:
    return [row for row in recording.resources if row.parent.endswith("::workloads")]


def pod(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = recorded().named(DEPLOYMENT, name).inputs["spec"]["template"]["spec"]
    return spec


def container(name: str) -> dict[str, Any]:
    found: dict[str, Any] = pod(name)["containers"][0]
    return found


def environment(name: str) -> dict[str, Any]:
    return {row["name"]: row.get("value") or row["valueFrom"] for row in container(name)["env"]}


def test_each_workload_has_one_of_everything_and_nothing_else_is_made() -> None:
    counts = Counter(row.type for row in children(recorded()))
    assert counts == {
        **dict.fromkeys((DEPLOYMENT, AUTOSCALER, BUDGET, SERVICE, ACCOUNT), 3),
        NAMESPACE: 2,
        QUOTA: 2,
        LIMITS: 2,
        POLICY: 13,
        SECRET: 3,
        PASSWORD: 1,
    }
    for kind in (DEPLOYMENT, AUTOSCALER, BUDGET, SERVICE, ACCOUNT):
        assert {row.name for row in recorded().of_type(kind)} == set(NAMES)


def test_every_child_has_the_provider_that_the_component_was_given() -> None:
    for row in children(recorded()):
        expected = "random::random" if row.type == PASSWORD else "kubernetes::cluster"
        assert f"pulumi:providers:{expected}::" in row.provider, f"{row.name} would use an ambient provider"


def test_two_instances_do_not_share_a_logical_name() -> None:
    both = build("one", "two")
    assert len({(row.type, row.name) for row in both.resources}) == len(both.resources)


def test_what_is_given_back_is_registered() -> None:
    outputs = recorded().named(COMPONENT, "workloads").outputs
    assert outputs == {
        "api_port": 8080,
        "api_service": "api",
        "deployments": {"agent-coder": "q2o-agents", "agent-deployer": "q2o-agents", "api": "q2o-api"},
        "namespaces": ["q2o-api", "q2o-agents"],
    }
    assert set(outputs) == set(Workloads.__annotations__)


def test_names_inside_the_cluster_are_fixed() -> None:
    for row in children(recorded()):
        if row.type != PASSWORD:
            assert row.inputs["metadata"].get("name"), f"{row.name} would get a random name"


def test_no_deployment_declares_a_replica_count() -> None:
    for row in recorded().of_type(DEPLOYMENT):
        assert "replicas" not in row.inputs["spec"], "the next update would undo what the autoscaler decided"


def test_each_autoscaler_owns_its_deployment_from_birth() -> None:
    for name, lowest, highest in zip(NAMES, (5, 9, 2), (50, 90, 20), strict=True):
        row = recorded().named(AUTOSCALER, name)
        spec = row.inputs["spec"]
        target = recorded().named(DEPLOYMENT, name)
        assert spec["scaleTargetRef"] == {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": target.inputs["metadata"]["name"],
        }
        assert row.inputs["metadata"]["namespace"] == target.inputs["metadata"]["namespace"]
        assert (spec["minReplicas"], spec["maxReplicas"]) == (lowest, highest)
        assert [metric["resource"]["name"] for metric in spec["metrics"]] == ["cpu"]
        assert spec["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 60}
        assert set(spec["behavior"]) == {"scaleDown"}, "growing stays as fast as Kubernetes does it"
        assert target.urn not in row.dependencies, "it would wait until one pod is ready"


def test_disruption_budgets_allow_one_zone_and_never_hold_a_broken_pod() -> None:
    for row in recorded().of_type(BUDGET):
        spec = row.inputs["spec"]
        assert (spec["maxUnavailable"], spec["unhealthyPodEvictionPolicy"]) == ("33%", "AlwaysAllow")
        assert spec["selector"] == recorded().named(DEPLOYMENT, row.name).inputs["spec"]["selector"]


def test_a_rollout_never_goes_below_the_wanted_pods() -> None:
    for row in recorded().of_type(DEPLOYMENT):
        spec = row.inputs["spec"]
        assert spec["strategy"]["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": 0}
        assert spec["minReadySeconds"] == 10


@pytest.mark.parametrize("name", NAMES)
def test_pods_spread_over_zones_by_rule_and_buy_no_node_by_a_wish(name: str) -> None:
    (row,) = pod(name)["topologySpreadConstraints"]
    assert (row["topologyKey"], row["whenUnsatisfiable"]) == ("topology.kubernetes.io/zone", "DoNotSchedule")
    assert row["maxSkew"] == 1
    assert row["matchLabelKeys"] == ["pod-template-hash"], "a rollout would be placed around the old pods"
    assert "nodeTaintsPolicy" not in row, "system nodes must count as zones before the first elastic node stands"


@pytest.mark.parametrize("name", NAMES)
def test_pods_leave_a_silent_node_soon_and_stay_off_the_system_nodes(name: str) -> None:
    tolerated = {row["key"]: row.get("tolerationSeconds") for row in pod(name)["tolerations"]}
    assert tolerated == {"node.kubernetes.io/not-ready": 15, "node.kubernetes.io/unreachable": 15}


@pytest.mark.parametrize("name", NAMES)
def test_pods_meet_pod_security_restricted(name: str) -> None:
    security = pod(name)["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container(name)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert {next(iter(set(volume) - {"name"})) for volume in pod(name)["volumes"]} == {"emptyDir"}
    assert pod(name)["automountServiceAccountToken"] is False
    assert pod(name)["enableServiceLinks"] is False


@pytest.mark.parametrize("name", NAMES)
def test_probes_ask_three_different_questions(name: str) -> None:
    found = [container(name)[f"{probe}Probe"] for probe in ("startup", "readiness", "liveness")]
    assert len({probe["httpGet"]["path"] for probe in found}) == 3
    assert all(probe["httpGet"]["port"] == container(name)["ports"][0]["name"] for probe in found)
    assert found[2]["terminationGracePeriodSeconds"] < 10, "a hung pod would take the whole drain time to restart"


@pytest.mark.parametrize(("name", "grace"), list(zip(NAMES, (45, 100, 100), strict=True)))
def test_a_leaving_pod_serves_on_while_gateways_drop_it_and_then_drains(name: str, grace: int) -> None:
    waited = container(name)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert waited == 10
    assert pod(name)["terminationGracePeriodSeconds"] == grace
    assert grace > waited + int(environment(name)["Q2O_DRAIN_SECONDS"])


@pytest.mark.parametrize(
    ("name", "millicores", "memory"), list(zip(NAMES, (200, 75, 75), ("512Mi", "256Mi", "256Mi"), strict=True))
)
def test_memory_is_capped_at_its_request_and_cpu_is_not_capped(name: str, millicores: int, memory: str) -> None:
    assert container(name)["resources"] == {
        "limits": {"memory": memory},
        "requests": {"cpu": f"{millicores}m", "memory": memory},
    }


def test_the_tier_decides_who_stays_when_nodes_run_short() -> None:
    assert [pod(name)["priorityClassName"] for name in NAMES] == ["q2o-api", "q2o-agent", "q2o-agent"]


def test_the_llm_key_and_the_token_are_secret_from_birth() -> None:
    for row in recorded().of_type(SECRET):
        assert "stringData" in row.secret_inputs, f"{row.name} would show its value in the state"
    assert all("LLM_API_KEY" in environment(name) for name in NAMES[1:])
    assert "LLM_API_KEY" not in environment(NAMES[0]), "the API does not call LLM providers"
    for name in NAMES:
        assert environment(name)["Q2O_INTERNAL_TOKEN"] == {
            "secretKeyRef": {"key": "value", "name": "internal-api-token"}
        }
        assert "llm-key-of-the-test" not in str(recorded().named(DEPLOYMENT, name).inputs)
    found = {row.name: row.inputs["stringData"]["value"] for row in recorded().of_type(SECRET)}
    assert found["workloads-agents-llm"] == "llm-key-of-the-test"
    assert found["workloads-api-token"] == found["workloads-agents-token"]


def test_raising_the_revision_rolls_every_pod_and_changes_nothing_else() -> None:
    raised = build(credentials_revision=2).by_urn()
    changed = {row.urn for row in children(recorded()) if raised[row.urn].inputs != row.inputs}
    assert changed == {row.urn for row in recorded().of_type(DEPLOYMENT)}


def test_both_sides_of_a_call_name_the_same_port_and_service() -> None:
    service = recorded().named(SERVICE, "workloads-api").inputs
    port = service["spec"]["ports"][0]["port"]
    address = f"http://{service['metadata']['name']}.{service['metadata']['namespace']}.svc.cluster.local:{port}"
    assert environment("workloads-agent-coder")["Q2O_API_URL"] == address
    for name in NAMES:
        listening = container(name)["ports"][0]["containerPort"]
        assert recorded().named(SERVICE, name).inputs["spec"]["ports"][0]["port"] == listening, (
            "the VPC CNI enforces no policy for a Service whose port is not the container's"
        )


def test_agents_are_found_pod_by_pod_and_the_api_behind_one_address() -> None:
    addresses = {row.name: row.inputs["spec"].get("clusterIP") for row in recorded().of_type(SERVICE)}
    assert addresses == {
        "workloads-api": None,
        "workloads-agent-coder": "None",
        "workloads-agent-deployer": "None",
    }


def test_the_readme_example_builds_what_it_says() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    scope: dict[str, Any] = {}
    exec(compile(code, str(README), "exec"), scope)
    assert {row.name for row in record(scope["program"]).of_type(DEPLOYMENT)} == {
        "workloads-api",
        "workloads-agent-coder",
    }

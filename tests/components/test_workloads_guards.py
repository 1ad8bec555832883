"""What stands around the workloads: namespaces, quotas, network policies, protection and order."""

from __future__ import annotations

from functools import cache
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
from q2o_infra.plan.recorder import Recording, record

IMAGE = "registry.example/q2o/app@sha256:" + "0123456789abcdef" * 4
NAMESPACE = "kubernetes:core/v1:Namespace"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
GUARDS = (POLICY, "kubernetes:core/v1:ResourceQuota", "kubernetes:core/v1:LimitRange")


def build(*, deletion_protection: bool = True) -> Recording:
    def program() -> None:
        kubernetes = KubernetesProvider("cluster", kubeconfig="{}", cluster_identifier="test")
        cluster = Namespace("stand-in", metadata={"name": "c"}, opts=pulumi.ResourceOptions(provider=kubernetes))
        coder = AgentArgs(cpu_millicores=75, image=IMAGE, kind=AgentKind.CODER, maximum=90, memory_mib=256, minimum=9)
        Workloads(
            "workloads",
            WorkloadsArgs(
                agents=(coder,),
                api=ApiArgs(cpu_millicores=200, image=IMAGE, maximum=50, memory_mib=512, minimum=5),
                cluster_resource=cluster,
                elastic_pool=cluster,
                deletion_protection=deletion_protection,
                kubernetes_minor="1.36",
                llm_api_key="key",
                priority_classes={tier.value: priority_class_name(tier) for tier in Tier},
                redundancy=2,
                region=Region.EU_WEST,
                zones=3,
            ),
            pulumi.ResourceOptions(providers=[kubernetes, RandomProvider("random")]),
        )

    return record(program)


@cache
def recorded() -> Recording:
    return build()


def policies(namespace: str) -> dict[str, dict[str, Any]]:
    return {
        row.inputs["metadata"]["name"]: row.inputs["spec"]
        for row in recorded().of_type(POLICY)
        if row.inputs["metadata"]["namespace"] == namespace
    }


@pytest.mark.parametrize("role", ["api", "agents"])
def test_namespaces_enforce_pod_security_restricted_at_the_clusters_version(role: str) -> None:
    labels = recorded().named(NAMESPACE, f"workloads-{role}-namespace").inputs["metadata"]["labels"]
    for mode in ("enforce", "warn", "audit"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
        assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "v1.36"


def test_quotas_hold_every_pod_of_a_rollout_at_the_maximum_and_no_load_balancer() -> None:
    quota = recorded().named("kubernetes:core/v1:ResourceQuota", "workloads-agents-quota").inputs["spec"]["hard"]
    assert quota == {
        "limits.memory": f"{2 * 90 * 256}Mi",
        "pods": "180",
        "requests.cpu": f"{2 * 90 * 75}m",
        "requests.memory": f"{2 * 90 * 256}Mi",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }


@pytest.mark.parametrize("namespace", ["q2o-api", "q2o-agents"])
def test_a_namespace_is_closed_in_both_directions(namespace: str) -> None:
    closed = policies(namespace)["default-deny"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_openings_are_these_and_no_others() -> None:
    assert set(policies("q2o-api")) == {
        "default-deny",
        "to-dns",
        "from-gateway",
        "from-agents",
        "from-recorder",
        "to-agents",
        "to-redis",
    }
    assert set(policies("q2o-agents")) == {
        "default-deny",
        "to-dns",
        "from-api",
        "to-api",
        "to-llm-providers",
        "to-redis",
    }


@pytest.mark.parametrize(
    ("namespace", "opening", "direction", "peer"),
    [
        ("q2o-api", "from-gateway", "ingress", "q2o-edge"),
        ("q2o-api", "from-agents", "ingress", "q2o-agents"),
        ("q2o-api", "from-recorder", "ingress", "q2o-observability"),
        ("q2o-api", "to-agents", "egress", "q2o-agents"),
        ("q2o-agents", "from-api", "ingress", "q2o-api"),
        ("q2o-agents", "to-api", "egress", "q2o-api"),
    ],
)
def test_an_opening_leads_to_one_namespace_on_one_port(namespace: str, opening: str, direction: str, peer: str) -> None:
    spec = policies(namespace)[opening]
    assert spec["policyTypes"] == [direction.capitalize()]
    (rule,) = spec[direction]
    (found,) = rule["from" if direction == "ingress" else "to"]
    assert found["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": peer}}
    assert rule["ports"] == [{"port": 8080, "protocol": "TCP"}]


def test_only_agents_reach_the_internet_and_neither_metadata_nor_private_addresses() -> None:
    (rule,) = policies("q2o-agents")["to-llm-providers"]["egress"]
    (peer,) = rule["to"]
    assert peer["ipBlock"]["cidr"] == "0.0.0.0/0"
    assert {"169.254.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} <= set(peer["ipBlock"]["except"])
    assert rule["ports"] == [{"port": 443, "protocol": "TCP"}]
    assert "ipBlock" not in str(policies("q2o-api"))


def test_names_are_resolved_in_kube_system_only() -> None:
    for namespace in ("q2o-api", "q2o-agents"):
        (rule,) = policies(namespace)["to-dns"]["egress"]
        assert rule["to"] == [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
            }
        ]
        assert {row["protocol"] for row in rule["ports"]} == {"TCP", "UDP"}


@pytest.mark.parametrize("name", ["workloads-api", "workloads-agent-coder"])
def test_no_pod_starts_before_its_namespace_is_guarded(name: str) -> None:
    deployment = recorded().named(DEPLOYMENT, name)
    namespace = deployment.inputs["metadata"]["namespace"]
    guards = {
        row.urn
        for kind in GUARDS
        for row in recorded().of_type(kind)
        if row.inputs["metadata"]["namespace"] == namespace
    }
    assert len(guards) == len(policies(namespace)) + 2
    assert guards <= set(deployment.dependencies)


@pytest.mark.parametrize("name", ["workloads-api", "workloads-agent-coder"])
def test_a_pods_account_and_secrets_come_first_by_data_flow(name: str) -> None:
    deployment = recorded().named(DEPLOYMENT, name)
    flows = set(deployment.property_dependencies["spec"])
    types = {recorded().by_urn()[urn].type for urn in flows}
    assert {"kubernetes:core/v1:Secret", "kubernetes:core/v1:ServiceAccount"} <= types


def test_only_namespaces_and_deployments_are_taken_down_in_order() -> None:
    orderly = {
        row.type
        for row in recorded().resources
        if row.custom and row.parent.endswith("::workloads") and not row.deleted_with
    }
    assert orderly == {NAMESPACE, DEPLOYMENT, "random:index/randomPassword:RandomPassword"}


@pytest.mark.parametrize("protected", [True, False])
def test_namespaces_are_protected_unless_the_caller_says_otherwise(protected: bool) -> None:
    for role in ("api", "agents"):
        found = build(deletion_protection=protected).named(NAMESPACE, f"workloads-{role}-namespace")
        assert found.protect is protected

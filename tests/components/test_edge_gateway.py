"""The gateway inside the cluster: where its proxies stand, whose routes it takes, who may reach them."""

from __future__ import annotations

from typing import Any

import pytest

from components.base.errors import ComponentError
from components.base.pods import zone_spread
from components.edge.charts import gateway_workloads
from components.edge.gateway_operator import selector_labels
from components.edge.proxy import PROXY_SELECTOR
from components.edge.values import CONTROLLER_SELECTOR, EnvoyGatewayValues
from components.namespaces.contract import EDGE_NAMESPACE
from components.workloads.contract import PORT
from q2o_infra.versions import ENVOY_IMAGE
from tests.support.edges import PROXY_IMAGE, recorded_edge, usual_edge

ENVOY = "kubernetes:gateway.envoyproxy.io/v1alpha1"
GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
RELEASE = "kubernetes:helm.sh/v3:Release"


def spec(type_: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = usual_edge().named(type_, name).inputs["spec"]
    return found


def provider() -> dict[str, Any]:
    found: dict[str, Any] = spec(f"{ENVOY}:EnvoyProxy", "edge-proxy")["provider"]["kubernetes"]
    return found


def policy(name: str) -> dict[str, Any]:
    return spec(POLICY, f"edge-{name}")


def test_there_is_one_proxy_in_each_zone_on_nodes_that_do_not_leave() -> None:
    deployment = provider()["envoyDeployment"]
    pod = deployment["pod"]
    assert deployment["replicas"] == 3
    assert pod["nodeSelector"] == {"q2o.dev/pool": "system"}
    assert pod["topologySpreadConstraints"] == zone_spread(PROXY_SELECTOR)
    assert pod["priorityClassName"] == "q2o-gateway"


def test_a_rollout_and_a_drain_take_one_proxy_at_a_time() -> None:
    strategy = provider()["envoyDeployment"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert provider()["envoyPDB"] == {"maxUnavailable": 1, "name": "envoy"}


def test_the_proxies_service_has_a_fixed_name_and_no_balancer_of_its_own() -> None:
    assert provider()["envoyService"] == {"name": "envoy", "type": "ClusterIP"}


def test_the_proxy_runs_from_the_image_that_was_given_by_digest() -> None:
    assert provider()["envoyDeployment"]["container"]["image"] == PROXY_IMAGE
    assert "@sha256:" in ENVOY_IMAGE


def test_the_gateway_answers_for_one_host_and_takes_routes_of_the_api_only() -> None:
    (listener,) = spec(GATEWAY, "edge-gateway")["listeners"]
    assert (listener["hostname"], listener["port"]) == ("api.us-east.example.com", 8080)
    assert listener["allowedRoutes"] == {
        "kinds": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"}],
        "namespaces": {
            "from": "Selector",
            "selector": {"matchLabels": {"kubernetes.io/metadata.name": "q2o-api"}},
        },
    }


def test_the_gateway_is_made_only_once_a_proxy_runs() -> None:
    metadata = usual_edge().named(GATEWAY, "edge-gateway").inputs["metadata"]
    assert metadata["annotations"] == {"pulumi.com/waitFor": "condition=Programmed"}


def test_the_client_is_whom_the_balancer_names_and_nobody_before_it() -> None:
    clients = spec(f"{ENVOY}:ClientTrafficPolicy", "edge-clients")
    assert clients["clientIPDetection"] == {"xForwardedFor": {"numTrustedHops": 1}}
    assert clients["connection"] == {"connectionLimit": {"value": 10_000}}
    assert clients["timeout"] == {"http": {"idleTimeout": "75s", "requestHeadersReceivedTimeout": "10s"}}


def test_only_what_never_reached_the_api_is_tried_again() -> None:
    retry = spec(f"{ENVOY}:BackendTrafficPolicy", "edge-backends")["retry"]
    assert retry["retryOn"] == {"triggers": ["connect-failure", "refused-stream", "reset-before-request"]}


def test_new_proxies_are_ready_when_the_balancer_says_so() -> None:
    labels = usual_edge().named(NAMESPACE, "edge-namespace").inputs["metadata"]["labels"]
    assert labels["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_quota_of_critical_pods_counts_no_others() -> None:
    quota = spec("kubernetes:core/v1:ResourceQuota", "edge-critical-pods")
    assert quota == {
        "hard": {"pods": "50"},
        "scopeSelector": {
            "matchExpressions": [
                {"operator": "In", "scopeName": "PriorityClass", "values": ["system-cluster-critical"]}
            ]
        },
    }


def test_nothing_is_open_but_these() -> None:
    names = {row.name for row in usual_edge().of_type(POLICY)}
    assert names == {
        "edge-default-deny",
        "edge-from-balancer",
        "edge-from-observability",
        "edge-from-proxies",
        "edge-to-api",
        "edge-to-configuration",
        "edge-to-dns",
        "edge-to-kubernetes",
    }
    assert policy("default-deny") == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_balancer_reaches_the_proxies_from_the_public_subnets_only() -> None:
    (rule,) = policy("from-balancer")["ingress"]
    assert policy("from-balancer")["podSelector"]["matchLabels"] == PROXY_SELECTOR
    assert [peer["ipBlock"]["cidr"] for peer in rule["from"]] == ["10.16.0.0/24", "10.16.1.0/24", "10.16.2.0/24"]
    assert [port["port"] for port in rule["ports"]] == [8080, 19003]


def test_only_the_proxies_reach_the_api_and_only_its_port() -> None:
    (rule,) = policy("to-api")["egress"]
    assert policy("to-api")["podSelector"]["matchLabels"] == PROXY_SELECTOR
    assert [port["port"] for port in rule["ports"]] == [PORT]


def test_only_the_controller_and_its_job_reach_the_api_server() -> None:
    (rule,) = policy("to-kubernetes")["egress"]
    assert policy("to-kubernetes")["podSelector"]["matchLabels"] == {"q2o.dev/kubernetes-api": "client"}
    assert [peer["ipBlock"]["cidr"] for peer in rule["to"]] == ["172.20.0.0/16", "10.16.0.0/16"]


def test_no_pod_starts_before_what_restricts_it() -> None:
    release = usual_edge().named(RELEASE, "edge-gateway-helm")
    waited = {urn.rsplit("::", 1)[-1] for urn in release.dependencies}
    assert {row.name for row in usual_edge().of_type(POLICY)} <= waited


def test_the_proxies_are_found_by_the_labels_that_envoy_gateway_gives_them() -> None:
    gateway = {"metadata": {"name": "public", "namespace": EDGE_NAMESPACE}}
    assert selector_labels(gateway) == PROXY_SELECTOR


def test_the_controller_survives_the_loss_of_a_zone() -> None:
    (row,) = gateway_workloads("gateway-helm", namespace="q2o-edge", values=EnvoyGatewayValues().rendered())
    assert (row.component, row.replicas, row.disruption_max_unavailable) == ("envoy-gateway", 2, 1)
    assert list(row.topology_spread) == zone_spread(CONTROLLER_SELECTOR)
    assert row.node_selector == {"q2o.dev/pool": "system"}
    assert (row.cpu_millicores, row.memory_mib) == (100, 256)


def test_the_pods_of_another_chart_are_not_known_here() -> None:
    with pytest.raises(ComponentError) as refusal:
        gateway_workloads("kafka", namespace="n", values={})
    assert refusal.value.message == (
        "edge.chart: 'kafka' is not allowed: only gateway-helm; say in components/edge/charts.py which pods it makes."
    )


def test_as_many_proxies_as_zones() -> None:
    found = recorded_edge(zones=2).named(f"{ENVOY}:EnvoyProxy", "edge-proxy").inputs["spec"]
    assert found["provider"]["kubernetes"]["envoyDeployment"]["replicas"] == 2

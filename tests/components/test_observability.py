"""What the evidence recorder consists of, what it selects, and what it refuses."""

from __future__ import annotations

from functools import cache
from typing import Any

import pulumi
import pytest
from pulumi_kubernetes import Provider as KubernetesProvider
from pulumi_kubernetes.core.v1 import Namespace

from components.base.errors import ComponentError
from components.charts.contract import ChartSource
from components.network.addresses import SERVICE_ADDRESSES
from components.observability import retention
from components.observability.component import EvidenceRecorder
from components.observability.contract import CHARTS, EvidenceRecorderArgs, Images, PodMetrics
from components.observability.monitors import GATEWAY_METRICS, USER_LISTENERS
from components.observability.retention import StorageArgs
from components.observability.server import RECORDED_LABEL
from q2o_infra.plan.recorder import Recording, record
from q2o_infra.versions import EVIDENCE_IMAGES
from tests.support.assertions import assert_none

MONITORING = "kubernetes:monitoring.coreos.com/v1:"
PROMETHEUS = f"{MONITORING}Prometheus"
POD_MONITOR = f"{MONITORING}PodMonitor"
PROBE = f"{MONITORING}Probe"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
GATEWAY = PodMetrics(labels={"app": "envoy"}, namespace="q2o-edge", port=19001, port_name="metrics")
REDIS = PodMetrics(labels={"app": "redis"}, namespace="q2o-data", port=9121, port_name="metrics")


def arguments(stand_in: Any, **changes: Any) -> EvidenceRecorderArgs:
    given: dict[str, Any] = {
        "api": PodMetrics(labels={"app": "api"}, namespace="q2o-api", port=8080, port_name="http"),
        "api_url": "http://api.q2o-api.svc.cluster.local:8080/health/ready",
        "charts": {
            chart: ChartSource(chart=chart, repository="https://charts.example", version="1") for chart in CHARTS
        },
        "cluster_addresses": (SERVICE_ADDRESSES,),
        "cluster_resource": stand_in,
        "gateway": GATEWAY,
        "images": Images(**EVIDENCE_IMAGES),
        "kubernetes_minor": "1.36",
        "labels": {"stack": "us-east"},
        "priority_class_name": "q2o-api",
        "prometheus_version": "v3.14.0",
        "public_url": "https://api.example/health/ready",
        "redis": REDIS,
        "storage_class": "encrypted-gp3",
        "storage_resource": stand_in,
        "system_pods": (stand_in,),
    }
    return EvidenceRecorderArgs(**given | changes)


def build(**changes: Any) -> Recording:
    def program() -> None:
        kubernetes = KubernetesProvider("cluster", kubeconfig="{}", cluster_identifier="test")
        cluster = Namespace("stand-in", metadata={"name": "c"}, opts=pulumi.ResourceOptions(provider=kubernetes))
        EvidenceRecorder("recorder", arguments(cluster, **changes), pulumi.ResourceOptions(provider=kubernetes))

    return record(program)


@cache
def recorded() -> Recording:
    return build()


@cache
def alone() -> Recording:
    """A recorder in a region without an edge and without Redis."""
    return build(gateway=None, public_url=None, redis=None)


def names(recording: Recording, type_: str) -> set[str]:
    return {row.name for row in recording.of_type(type_)}


def server(recording: Recording) -> dict[str, Any]:
    return dict(recording.named(PROMETHEUS, "recorder-server").inputs["spec"])


def test_two_servers_record_the_same_on_kept_volumes_of_their_own() -> None:
    spec = server(recorded())
    assert spec["replicas"] == 2
    assert spec["replicaExternalLabelName"] == "prometheus_replica"
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    (spread,) = spec["topologySpreadConstraints"]
    assert (spread["topologyKey"], spread["whenUnsatisfiable"]) == ("topology.kubernetes.io/zone", "DoNotSchedule")
    claim = spec["storage"]["volumeClaimTemplate"]["spec"]
    assert (claim["storageClassName"], claim["resources"]["requests"]["storage"]) == ("encrypted-gp3", "20Gi")


def test_the_record_is_kept_for_45_days_and_names_its_stack() -> None:
    spec = server(recorded())
    assert (spec["retention"], spec["retentionSize"]) == ("45d", "16GiB")
    assert spec["externalLabels"] == {"stack": "us-east"}


def test_the_cap_on_size_cannot_cut_the_days() -> None:
    storage = StorageArgs()
    assert storage.samples_per_series == 45 * 86_400 // 15 == 259_200
    assert retention.SERIES == 5_970
    assert storage.cap_gib * 2**30 > 4 * storage.expected_bytes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"days": 44},
            "observability.storage.days: 44 is not allowed: 45 or more; keep the 30 days of a gate and two weeks to "
            "decide in.",
        ),
        (
            {"volume_gib": 6},
            "observability.storage.volume_gib: 6 is not allowed: 80 % of it hold 3 times 2.9 GiB; enlarge the volume, "
            "or the cap on size cuts the days short.",
        ),
    ],
)
def test_a_record_that_would_be_cut_short_is_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        StorageArgs(**changes)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"charts": {}},
            "observability.charts: [] is not allowed: a source for each of kube-prometheus-stack, "
            "prometheus-operator-crds; name exactly these.",
        ),
        (
            {"cluster_addresses": ()},
            "observability.cluster_addresses: [] is not allowed: at least one range; name the network's, or the "
            "operator cannot reach the API server.",
        ),
        (
            {"labels": {"prometheus_replica": "a"}},
            "observability.labels: 'prometheus_replica' is not allowed: any label but the one that tells replicas "
            "apart; leave it to the operator.",
        ),
        (
            {"public_url": "http://api.example"},
            "observability.public_url: 'http://api.example' is not allowed: an address that begins with https://; give "
            "the address that the users of this side have.",
        ),
    ],
)
def test_arguments_that_contradict_the_purpose_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        arguments(None, **changes)
    assert refusal.value.message == message


def test_an_image_without_a_digest_is_refused() -> None:
    with pytest.raises(ComponentError, match=r"^observability\.images\.prober: 'blackbox:latest' is not allowed: "):
        Images(**{**EVIDENCE_IMAGES, "prober": "blackbox:latest"})


def test_what_the_servers_take_notice_of_carries_the_label_and_lies_in_their_namespace() -> None:
    spec = server(recorded())
    for selector in ("podMonitorSelector", "probeSelector", "ruleSelector"):
        assert spec[selector] == {"matchLabels": RECORDED_LABEL}
    assert not [key for key in spec if key.endswith("NamespaceSelector")]
    kinds = (POD_MONITOR, PROBE, f"{MONITORING}PrometheusRule")
    strays = [
        row.name
        for kind in kinds
        for row in recorded().of_type(kind)
        if not RECORDED_LABEL.items() <= row.inputs["metadata"]["labels"].items()
        or row.inputs["metadata"]["namespace"] != "q2o-observability"
    ]
    assert_none(strays, "the servers would not see it")


def test_the_api_is_probed_from_inside_and_through_the_edge_apart() -> None:
    probes = {row.name: row.inputs["spec"] for row in recorded().of_type(PROBE)}
    assert {
        name: (spec["targets"]["staticConfig"]["labels"]["vantage"], spec["targets"]["staticConfig"]["static"])
        for name, spec in probes.items()
    } == {
        "recorder-api-inside": ("inside", ["http://api.q2o-api.svc.cluster.local:8080/health/ready"]),
        "recorder-api-outside": ("outside", ["https://api.example/health/ready"]),
    }


def test_without_an_edge_and_redis_the_rest_stands_and_nothing_leads_there() -> None:
    assert names(alone(), POD_MONITOR) == {"recorder-api", "recorder-evidence"}
    assert names(alone(), PROBE) == {"recorder-api-inside"}
    gone = {"recorder-server-to-gateway", "recorder-server-to-redis", "recorder-prober-to-edge"}
    assert names(recorded(), POLICY) - names(alone(), POLICY) == gone


def test_what_is_not_on_a_list_is_not_recorded() -> None:
    for row in recorded().of_type(POD_MONITOR):
        (endpoint,) = row.inputs["spec"]["podMetricsEndpoints"]
        first, *_, last = endpoint["metricRelabelings"]
        assert (first["action"], first["sourceLabels"]) == ("keep", ["__name__"]), row.name
        assert last["action"] == "labelkeep", row.name
        assert row.inputs["spec"]["sampleLimit"] > 0, row.name
        assert row.inputs["spec"]["targetLimit"] > 0, row.name


def test_no_label_can_hold_a_person() -> None:
    for row in recorded().of_type(POD_MONITOR):
        (endpoint,) = row.inputs["spec"]["podMetricsEndpoints"]
        kept = set(endpoint["metricRelabelings"][-1]["regex"].split("|"))
        assert not kept & {"user", "email", "client", "path", "remote", "tenant"}, row.name


def test_the_gateway_is_read_where_envoy_gateway_shows_its_proxies() -> None:
    spec = recorded().named(POD_MONITOR, "recorder-gateway").inputs["spec"]
    (endpoint,) = spec["podMetricsEndpoints"]
    assert (endpoint["path"], endpoint["port"]) == ("/stats/prometheus", "metrics")
    assert endpoint["metricRelabelings"][0]["regex"].split("|") == list(GATEWAY_METRICS)
    assert endpoint["metricRelabelings"][1]["regex"] == USER_LISTENERS
    assert spec["namespaceSelector"] == {"matchNames": ["q2o-edge"]}


def test_the_namespace_is_closed_and_opens_by_name() -> None:
    policies = {row.inputs["metadata"]["name"]: row.inputs["spec"] for row in recorded().of_type(POLICY)}
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert policies["from-inside"]["ingress"][0]["from"] == [{"podSelector": {}}]
    assert {row["port"] for row in policies["server-to-gateway"]["egress"][0]["ports"]} == {19001}
    (edge,) = policies["prober-to-edge"]["egress"]
    assert edge["ports"] == [{"port": 443, "protocol": "TCP"}]
    assert policies["prober-to-edge"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "evidence-prober"
    assert [name for name, spec in policies.items() if "Ingress" in spec["policyTypes"]] == [
        "default-deny",
        "from-inside",
    ]


def test_the_servers_may_look_for_pods_where_they_scrape_and_nowhere_else() -> None:
    roles = recorded().of_type("kubernetes:rbac.authorization.k8s.io/v1:Role")
    assert {row.inputs["metadata"]["namespace"] for row in roles} == {
        "q2o-api",
        "q2o-data",
        "q2o-edge",
        "q2o-observability",
    }
    for row in roles:
        assert row.inputs["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]
    assert not [row for row in recorded().resources if "ClusterRole" in row.type]


def test_only_the_servers_have_a_token() -> None:
    for row in recorded().of_type(DEPLOYMENT):
        assert row.inputs["spec"]["template"]["spec"]["automountServiceAccountToken"] is False
    accounts = recorded().of_type("kubernetes:core/v1:ServiceAccount")
    assert {row.name: row.inputs["automountServiceAccountToken"] for row in accounts} == {
        "recorder-prober": False,
        "recorder-reader": False,
        "recorder-server": True,
    }


def test_the_reader_takes_away_the_label_in_which_the_servers_differ() -> None:
    (container,) = recorded().named(DEPLOYMENT, "recorder-reader").inputs["spec"]["template"]["spec"]["containers"]
    assert "--query.replica-label=prometheus_replica" in container["args"]
    assert any("dnssrv+_grpc._tcp.prometheus-operated.q2o-observability" in word for word in container["args"])
    assert "objectStorageConfig" not in server(recorded())["thanos"]


def test_every_pod_stays_on_the_system_pool_under_the_rules_of_restricted() -> None:
    for row in recorded().of_type(DEPLOYMENT):
        pod = row.inputs["spec"]["template"]["spec"]
        assert row.inputs["spec"]["replicas"] == 2
        assert pod["nodeSelector"] == {"q2o.dev/pool": "system"}
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert server(recorded())["securityContext"]["runAsNonRoot"] is True


@pytest.mark.parametrize("protected", [True, False])
def test_namespace_and_servers_are_protected_unless_the_caller_says_otherwise(protected: bool) -> None:
    found = build(deletion_protection=protected)
    assert {row.name for row in found.resources if row.protect} == (
        {"recorder-namespace", "recorder-server"} if protected else set()
    )

"""The edge on Azure: which address leads in, where TLS ends, who may reach the proxies, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from clouds.azure.dns_zones import parse_zone
from components.base.errors import ComponentError, SettingsError
from components.base.vocabulary import Cloud
from components.edge.timings import DRAIN_SECONDS
from q2o_infra.order.checks import disordered
from q2o_infra.plan.region_plan import plan_region
from tests.support.azure import SUBSCRIPTION
from tests.support.stacks import built_settings, planned, planned_on

ENVOY = "kubernetes:gateway.envoyproxy.io/v1alpha1"
GATEWAY = "kubernetes:gateway.networking.k8s.io/v1"
HOST = "api.us-east.q2o.example"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
RULE = "azure-native:network:SecurityRule"
ZONE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/dns/providers/Microsoft.Network/dnsZones/us-east.example.com"


def spec(type_: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = planned_on(Cloud.AZURE).named(type_, name).inputs["spec"]
    return found


def service() -> dict[str, Any]:
    found: dict[str, Any] = spec(f"{ENVOY}:EnvoyProxy", "edge-proxy")["provider"]["kubernetes"]["envoyService"]
    return found


def test_the_proxies_service_takes_the_address_that_the_program_owns() -> None:
    address = planned_on(Cloud.AZURE).named("azure-native:network:PublicIPAddress", "network-public").inputs
    assert service()["type"] == "LoadBalancer"
    assert service()["annotations"] == {
        "service.beta.kubernetes.io/azure-load-balancer-health-probe-interval": "5",
        "service.beta.kubernetes.io/azure-load-balancer-health-probe-num-of-probe": "2",
        "service.beta.kubernetes.io/azure-load-balancer-resource-group": "q2o-us-east",
        "service.beta.kubernetes.io/azure-load-balancer-tcp-idle-timeout": "4",
        "service.beta.kubernetes.io/azure-pip-name": address["publicIpAddressName"],
    }


def test_the_address_stands_before_the_cluster_whose_balancer_holds_it_and_falls_after_it() -> None:
    plan = planned_on(Cloud.AZURE)
    assert disordered(plan, "ManagedCluster cluster-cluster", "PublicIPAddress network-public") == []


def test_clients_keep_their_own_addresses_and_their_headers_count_for_nothing() -> None:
    assert service()["externalTrafficPolicy"] == "Local"
    assert "clientIPDetection" not in spec(f"{ENVOY}:ClientTrafficPolicy", "edge-clients")


def test_tls_ends_in_the_gateway_and_whoever_comes_without_is_sent_on() -> None:
    tls, plain = spec(f"{GATEWAY}:Gateway", "edge-gateway")["listeners"]
    assert (tls["port"], tls["protocol"], tls["hostname"]) == (443, "HTTPS", HOST)
    assert tls["tls"] == {"certificateRefs": [{"kind": "Secret", "name": "public-tls"}], "mode": "Terminate"}
    assert (plain["port"], plain["protocol"]) == (80, "HTTP")
    assert plain["allowedRoutes"]["namespaces"] == {"from": "Same"}, "else the API would answer without TLS"
    redirect = spec(f"{GATEWAY}:HTTPRoute", "edge-redirect")
    assert redirect["parentRefs"] == [{"name": "public", "sectionName": plain["name"]}]
    assert redirect["rules"][0]["filters"][0]["requestRedirect"] == {"scheme": "https", "statusCode": 301}


def test_browsers_are_told_to_come_by_tls_only() -> None:
    policy = spec(f"{ENVOY}:ClientTrafficPolicy", "edge-clients")
    assert policy["headers"]["lateResponseHeaders"]["set"] == [
        {"name": "Strict-Transport-Security", "value": "max-age=31536000"}
    ]
    assert policy["tls"] == {"minVersion": "1.2"}


def test_the_certificate_is_proved_in_the_zone_by_an_identity_of_cert_manager_s_own() -> None:
    plan = planned_on(Cloud.AZURE)
    (solver,) = spec("kubernetes:cert-manager.io/v1:Issuer", "edge-issuer")["acme"]["solvers"]
    right = plan.named("azure-native:authorization:RoleAssignment", "edge-certificates-zone").inputs
    trust = plan.named(
        "azure-native:managedidentity:FederatedIdentityCredential", "edge-certificates-credential"
    ).inputs
    assert solver["dns01"]["azureDNS"]["hostedZoneName"] == "us-east.q2o.example"
    assert right["scope"].endswith("/dnsZones/us-east.q2o.example")
    assert trust["subject"] == "system:serviceaccount:cert-manager:cert-manager"
    certificate = plan.named("kubernetes:cert-manager.io/v1:Certificate", "edge-certificate").inputs
    assert certificate["spec"]["dnsNames"] == [HOST]
    assert certificate["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
    gateway = plan.named(f"{GATEWAY}:Gateway", "edge-gateway")
    assert any(urn.endswith("::edge-certificate") for urn in gateway.dependencies), "it would start without one"


def test_the_name_follows_the_address_and_cannot_be_left_to_somebody_else() -> None:
    record = planned_on(Cloud.AZURE).named("azure-native:dns:RecordSet", "edge-host").inputs
    assert (record["recordType"], record["relativeRecordSetName"]) == ("A", "api")
    assert record["targetResource"]["id"].endswith("/publicIPAddresses/q2o-us-east-public")
    assert "aRecords" not in record


def test_the_world_reaches_two_ports_of_one_address_and_the_proxies_ports_behind_them() -> None:
    plan = planned_on(Cloud.AZURE)
    rules = [row.inputs for row in plan.of_type(RULE) if row.name.startswith("edge-")]
    address = plan.named("q2o:edge:AzureEdge", "edge").outputs["address"]
    assert {(row["sourceAddressPrefix"], row["destinationAddressPrefix"]) for row in rules} == {("Internet", address)}
    assert sorted(row["destinationPortRange"] for row in rules) == ["443", "80"]
    assert all(row["priority"] < 3900 for row in rules), "after the rule that shuts others out it would mean nothing"
    opening = spec(POLICY, "edge-from-balancer")["ingress"][0]
    assert [row["port"] for row in opening["ports"]] == [10080, 10443], "Envoy Gateway moves ports below 1024"
    assert opening["from"] == [{"ipBlock": {"cidr": "0.0.0.0/0"}}]


@pytest.mark.parametrize(
    ("ranges", "blocks"),
    [([], {"172.20.0.0/16", "10.16.0.0/16"}), (["203.0.113.0/24"], {"0.0.0.0/0"})],
    ids=["private", "public"],
)
def test_whoever_talks_to_the_api_server_is_let_out_to_where_it_answers(ranges: list[str], blocks: set[str]) -> None:
    settings = built_settings("us-east", cloud="azure", cluster={"public_access_ranges": ranges})
    policies = plan_region("us-east", settings).of_type(POLICY)
    found = {row.name: row.inputs["spec"] for row in policies}
    for name in (
        "budget-to-kubernetes",
        "edge-to-kubernetes",
        "recorder-operator-to-api-server",
        "recorder-server-to-api-server",
    ):
        (rule,) = found[name]["egress"]
        assert {peer["ipBlock"]["cidr"] for peer in rule["to"]} == blocks, name
        assert [port["port"] for port in rule["ports"]] == [443], name
        assert found[name]["podSelector"].get("matchLabels") or name.startswith("budget-"), name


def test_the_probe_from_outside_reaches_the_proxies_to_which_the_cluster_leads_it() -> None:
    (out,) = spec(POLICY, "recorder-prober-to-proxies")["egress"]
    (into,) = spec(POLICY, "edge-from-prober")["ingress"]
    proxies = spec(POLICY, "edge-from-balancer")["podSelector"]
    tls = spec(POLICY, "edge-from-balancer")["ingress"][0]["ports"][1]
    assert out["ports"] == into["ports"] == [tls]
    assert out["to"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "q2o-edge"}}, "podSelector": proxies}
    ]
    assert (
        spec(POLICY, "recorder-prober-to-proxies")["podSelector"]
        == spec(POLICY, "recorder-prober-to-edge")["podSelector"]
    )
    assert spec(POLICY, "edge-from-prober")["podSelector"] == proxies
    (peer,) = into["from"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "q2o-observability"}


def test_a_balancer_outside_answers_the_probe_where_there_is_one() -> None:
    assert not {"recorder-prober-to-proxies", "edge-from-prober"} & {row.name for row in planned("us-east").resources}


def test_a_proxy_goes_as_slowly_as_on_any_cloud() -> None:
    assert spec(f"{ENVOY}:EnvoyProxy", "edge-proxy")["shutdown"]["drainTimeout"] == f"{DRAIN_SECONDS}s"


def test_a_firewall_is_refused_with_what_it_would_cost() -> None:
    settings = built_settings("us-east", cloud="azure", edge={"zone_name": "us-east.q2o.example", "waf": True})
    with pytest.raises(SettingsError, match=r"edge\.waf: True is not allowed: on Azure the balancer knows no HTTP"):
        plan_region("us-east", settings)


def test_days_of_access_logs_that_nobody_writes_are_refused() -> None:
    edge = {"zone_name": "us-east.q2o.example", "access_log_retention_days": 7}
    with pytest.raises(SettingsError) as refusal:
        plan_region("us-east", built_settings("us-east", cloud="azure", edge=edge))
    assert refusal.value.message.endswith(
        "edge.access_log_retention_days: 7 is not allowed: on Azure the balancer knows no HTTP and writes no access "
        "logs that could be kept; leave it out; who came is in the flow logs, for network.flow_log_retention_days."
    )


@pytest.mark.parametrize(
    ("zone_id", "message"),
    [
        (
            ZONE.replace("us-east.", "eu-west."),
            f"edge.zone_id: {ZONE.replace('us-east.', 'eu-west.')!r} is not allowed: the id of the zone "
            "us-east.example.com, which ends in /providers/Microsoft.Network/dnsZones/us-east.example.com; "
            "copy it from `az network dns zone show`.",
        ),
        (
            ZONE.replace(SUBSCRIPTION, "another"),
            f"edge.zone_id: {ZONE.replace(SUBSCRIPTION, 'another')!r} is not allowed: a zone in the stack's own "
            f"subscription {SUBSCRIPTION}; delegate a zone to that subscription.",
        ),
    ],
    ids=["another zone", "another subscription"],
)
def test_a_zone_that_the_stack_cannot_write_is_refused(zone_id: str, message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        parse_zone(
            "edge.zone_id",
            zone_id,
            subscription_id=SUBSCRIPTION,
            zone_name="us-east.example.com",
            error=ComponentError,
        )
    assert refusal.value.message == message

"""The AWS network: what is made, what leads where, and what falls after what."""

from __future__ import annotations

import json
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions

from clouds.catalogue import kind_of, replacing
from components.base.errors import ComponentError
from components.base.vocabulary import NatMode
from components.network.addresses import AddressPlan, plan_addresses
from components.network.aws import AwsNetwork
from components.network.contract import NetworkArgs
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording, record

ZONES = ("use1-az1", "use1-az2", "use1-az4")
NETWORK = IPv4Network("10.16.0.0/16")

ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
NAT = "aws:ec2/natGateway:NatGateway"
ROUTE = "aws:ec2/route:Route"
STORAGE_ASSOCIATION = "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"
SUBNET = "aws:ec2/subnet:Subnet"
COMPONENT = "q2o:network:AwsNetwork"


def a_plan(zones: tuple[str, str, str] = ZONES) -> AddressPlan:
    return plan_addresses(where="network.cidr", network=NETWORK, zones=zones, nodes=100)


def some_args(**changes: Any) -> NetworkArgs:
    values: dict[str, Any] = {
        "addresses": a_plan(),
        "cluster_name": "q2o-us-east",
        "location": "us-east-1",
        "nat": NatMode.SINGLE,
        "tags": {"q2o-stack": "us-east"},
        **changes,
    }
    return NetworkArgs(**values)


def recorded(then: Callable[[AwsNetwork, aws.Provider], object] = lambda *_: None, **changes: Any) -> Recording:
    """Record one network, and what `then` makes beside it."""

    def program() -> None:
        provider = aws.Provider("aws", region="us-east-1", allowed_account_ids=["123456789012"])
        then(AwsNetwork("network", some_args(**changes), ResourceOptions(providers=[provider])), provider)

    return record(program)


def children(recording: Recording) -> list[Registration]:
    return [row for row in recording.resources if row.type.startswith("aws:")]


def prerequisites(recording: Recording, row: Registration) -> set[tuple[str, str]]:
    """Everything that must stand before `row` and falls after it, as (type, name)."""
    known, found, waiting = recording.by_urn(), set[str](), [row.urn]
    while waiting:
        fresh = set(known[waiting.pop()].dependencies) - found
        found |= fresh
        waiting.extend(fresh)
    return {(known[urn].type, known[urn].name) for urn in found}


def test_every_child_is_named_from_the_network_and_belongs_to_it_and_its_provider() -> None:
    recording = recorded()
    network = recording.named(COMPONENT, "network")
    strays = [
        row.urn
        for row in children(recording)
        if row.parent != network.urn or not row.name.startswith("network-") or not row.provider
    ]
    assert strays == []


def test_every_annotated_output_is_registered() -> None:
    outputs = recorded().named(COMPONENT, "network").outputs
    assert set(outputs) == {name for name, kind in AwsNetwork.__annotations__.items() if kind.startswith("Output")}


def test_subnets_name_their_zones_by_id_and_are_found_by_load_balancers_and_karpenter() -> None:
    recording = recorded()
    for subnets in a_plan().zones:
        private = recording.named(SUBNET, f"network-private-{subnets.zone}").inputs
        public = recording.named(SUBNET, f"network-public-{subnets.zone}").inputs
        assert (private["availabilityZoneId"], private["cidrBlock"]) == (subnets.zone, str(subnets.private))
        assert (public["availabilityZoneId"], public["cidrBlock"]) == (subnets.zone, str(subnets.public))
        assert private["tags"] == {
            "Name": f"q2o-us-east-private-{subnets.zone}",
            "karpenter.sh/discovery": "q2o-us-east",
            "kubernetes.io/role/internal-elb": "1",
            "q2o-stack": "us-east",
        }
        assert public["tags"] == {
            "Name": f"q2o-us-east-public-{subnets.zone}",
            "kubernetes.io/role/elb": "1",
            "q2o-stack": "us-east",
        }
        assert public["mapPublicIpOnLaunch"] is False, "nothing gets a public address that did not ask for one"


def test_private_names_can_be_resolved_inside_the_network() -> None:
    vpc = recorded().named("aws:ec2/vpc:Vpc", "network-vpc").inputs
    assert (vpc["enableDnsSupport"], vpc["enableDnsHostnames"]) == (True, True), "EKS and ECR need both"


@pytest.mark.parametrize(
    ("nat", "zones_with_nat"), [(NatMode.SINGLE, ZONES[:1]), (NatMode.PER_ZONE, ZONES)], ids=["single", "per zone"]
)
def test_each_private_subnet_leads_to_the_nat_gateway_of_its_zone_or_to_the_only_one(
    nat: NatMode, zones_with_nat: tuple[str, ...]
) -> None:
    routes: dict[str, str] = {}
    recording = recorded(nat=nat)
    for zone in ZONES:
        route = recording.named(ROUTE, f"network-private-{zone}")
        (gateway,) = route.property_dependencies["natGatewayId"]
        routes[zone] = recording.by_urn()[gateway].name
    assert {row.name for row in recording.of_type(NAT)} == {f"network-nat-{zone}" for zone in zones_with_nat}
    assert routes == {zone: f"network-nat-{zone if zone in zones_with_nat else ZONES[0]}" for zone in ZONES}
    assert len(recording.named(COMPONENT, "network").outputs["egress_addresses"]) == len(zones_with_nat)


@pytest.mark.parametrize("before", list(NatMode))
def test_switching_nat_replaces_nothing_and_edits_only_routes_and_endpoints(before: NatMode) -> None:
    (after,) = set(NatMode) - {before}
    old, new = ({row.urn: row for row in children(recorded(nat=nat))} for nat in (before, after))
    both = [(old[urn], new[urn]) for urn in old.keys() & new.keys()]
    assert [b.urn for a, b in both if replacing(kind_of(a.type), a.inputs, b.inputs)] == []
    assert {a.type for a, b in both if a.inputs != b.inputs} == {ROUTE, ENDPOINT}
    assert {(old | new)[urn].type for urn in old.keys() ^ new.keys()} == {NAT, "aws:ec2/eip:Eip"}


def test_routes_and_rules_are_resources_of_their_own() -> None:
    recording = recorded()
    inline = {"routes", "ingress", "egress", "routeTableIds"}
    assert [row.name for row in children(recording) if inline & row.inputs.keys()] == []
    assert recording.of_type(ROUTE)
    assert recording.of_type(INGRESS)


def test_image_layers_come_through_the_free_storage_endpoint_from_every_private_subnet() -> None:
    recording = recorded()
    endpoint = recording.named(ENDPOINT, "network-s3").inputs
    assert endpoint["serviceName"] == "com.amazonaws.us-east-1.s3"
    assert endpoint["vpcEndpointType"] == "Gateway"
    joined = {row.inputs["routeTableId"] for row in recording.of_type(STORAGE_ASSOCIATION)}
    private = {recording.named(ASSOCIATION, f"network-private-{zone}").inputs["routeTableId"] for zone in ZONES}
    assert joined == private


@pytest.mark.parametrize("nat", list(NatMode))
def test_the_registry_endpoints_stand_where_the_nat_gateways_stand(nat: NatMode) -> None:
    recording = recorded(nat=nat)
    for service in ("ecr.api", "ecr.dkr"):
        endpoint = recording.named(ENDPOINT, f"network-{service.replace('.', '-')}")
        assert endpoint.inputs["serviceName"] == f"com.amazonaws.us-east-1.{service}"
        assert endpoint.inputs["privateDnsEnabled"] is True, "else pulls still take the public name"
        names = {recording.by_urn()[urn].name for urn in endpoint.property_dependencies["subnetIds"]}
        assert names == {f"network-private-{zone}" for zone in some_args(nat=nat).nat_zones}


def test_the_registry_endpoints_can_be_left_out() -> None:
    recording = recorded(registry_endpoints=False)
    assert [row.name for row in recording.of_type(ENDPOINT)] == ["network-s3"]
    assert recording.of_type("aws:ec2/securityGroup:SecurityGroup") == ()


def test_only_the_network_itself_reaches_the_registry_endpoints() -> None:
    (rule,) = recorded().of_type(INGRESS)
    wanted = {"cidrIpv4": "10.16.0.0/16", "fromPort": 443, "toPort": 443, "ipProtocol": "tcp"}
    assert {key: rule.inputs[key] for key in wanted} == wanted


def test_the_default_security_group_lets_nothing_through() -> None:
    group = recorded().named("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network-default").inputs
    assert group.keys() & {"ingress", "egress"} == set(), "declared without rules, the provider removes them all"


def test_all_flows_are_kept_as_long_as_asked_and_the_service_cannot_bring_a_deleted_group_back() -> None:
    recording = recorded(flow_log_retention_days=90)
    flow_log = recording.named("aws:ec2/flowLog:FlowLog", "network-flow-logs").inputs
    group = recording.named("aws:cloudwatch/logGroup:LogGroup", "network-flow-logs").inputs
    policy = json.loads(recording.named("aws:iam/rolePolicy:RolePolicy", "network-flow-logs").inputs["policy"])
    trust = json.loads(recording.named("aws:iam/role:Role", "network-flow-logs").inputs["assumeRolePolicy"])
    assert flow_log["trafficType"] == "ALL"
    assert (group["retentionInDays"], group["logGroupClass"]) == (90, "INFREQUENT_ACCESS")
    (statement,) = policy["Statement"]
    assert "logs:CreateLogGroup" not in statement["Action"]
    assert statement["Resource"] == f"{flow_log['logDestination']}:*"
    assert trust["Statement"][0]["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


@pytest.mark.parametrize("protected", [True, False])
def test_what_cannot_be_had_back_is_protected_unless_told_otherwise(protected: bool) -> None:
    recording = recorded(deletion_protection=protected)
    wanted = {"aws:ec2/vpc:Vpc", SUBNET, "aws:ec2/eip:Eip"} if protected else set()
    assert {row.type for row in recording.resources if row.protect} == wanted


def test_whoever_takes_a_public_subnet_stands_after_the_internet_gateway_and_falls_before_it() -> None:
    def and_a_machine(network: AwsNetwork, provider: aws.Provider) -> None:
        tags = network.public_subnet_ids.apply(lambda ids: {"subnet": ids[0]})
        aws.ec2.Eip("in-a-public-subnet", tags=tags, opts=ResourceOptions(provider=provider))

    recording = recorded(and_a_machine)
    gateway = ("aws:ec2/internetGateway:InternetGateway", "network-internet")
    way_out = {gateway, (ROUTE, "network-public"), (ASSOCIATION, f"network-public-{ZONES[0]}")}
    assert way_out <= prerequisites(recording, recording.named("aws:ec2/eip:Eip", "in-a-public-subnet"))
    assert way_out <= prerequisites(recording, recording.named(NAT, f"network-nat-{ZONES[0]}"))


@pytest.mark.parametrize("nat", list(NatMode))
def test_what_waits_for_egress_waits_for_the_whole_way_out(nat: NatMode) -> None:
    def and_nodes(network: AwsNetwork, provider: aws.Provider) -> None:
        aws.ec2.Eip("nodes", opts=ResourceOptions(provider=provider, depends_on=list(network.egress)))

    recording = recorded(and_nodes, nat=nat)
    before = prerequisites(recording, recording.named("aws:ec2/eip:Eip", "nodes"))
    rows = (NAT, ROUTE, ASSOCIATION, ENDPOINT, STORAGE_ASSOCIATION, INGRESS)
    wanted = {(row.type, row.name) for type_ in rows for row in recording.of_type(type_)}
    without_nat = set(ZONES) - set(some_args(nat=nat).nat_zones)
    assert wanted - before == {(ASSOCIATION, f"network-public-{zone}") for zone in without_nat}


def test_the_only_edge_that_no_data_carries_is_that_of_the_flow_log() -> None:
    recording = recorded()
    names = recording.by_urn()
    edges = {
        (row.type, row.name): [names[urn].type for urn in row.explicit_dependencies]
        for row in children(recording)
        if row.explicit_dependencies
    }
    assert edges == {("aws:ec2/flowLog:FlowLog", "network-flow-logs"): ["aws:iam/rolePolicy:RolePolicy"]}


def test_two_networks_in_one_account_share_no_physical_name() -> None:
    def program() -> None:
        home = aws.Provider("home", region="us-east-1", allowed_account_ids=["123456789012"])
        recovery = aws.Provider("recovery", region="us-west-2", allowed_account_ids=["123456789012"])
        AwsNetwork("network", some_args(), ResourceOptions(providers=[home]))
        there = some_args(addresses=a_plan(("usw2-az1", "usw2-az2", "usw2-az3")), location="us-west-2")
        AwsNetwork("recovery-network", there, ResourceOptions(providers=[recovery]))

    names = [(row.type, row.inputs["name"]) for row in children(record(program)) if "name" in row.inputs]
    assert len(names) == len(set(names)) == 8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"addresses": a_plan(("euw1-az1", "euw1-az2", "euw1-az3"))},
            "network.addresses.zones: 'euw1-az1' is not allowed: us-east-1 has use1-az1, use1-az2, use1-az4; "
            "plan the addresses with the zones of the location.",
        ),
        (
            {"location": "moon-1"},
            "network.addresses.zones: 'use1-az1' is not allowed: moon-1 has no zones that this program knows; "
            "plan the addresses with the zones of the location.",
        ),
        (
            {"flow_log_retention_days": 45},
            "network.flow_log_retention_days: 45 is not allowed: CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, "
            "120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653 days; take one of these.",
        ),
        (
            {"flow_log_retention_days": 0},
            "network.flow_log_retention_days: 0 is not allowed: 1 day or more; keep flow logs at least a day.",
        ),
    ],
    ids=["zones of another location", "unknown location", "days that CloudWatch refuses", "no days"],
)
def test_bad_arguments_are_refused_before_anything_is_made(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        recorded(**changes)
    assert refusal.value.message == message

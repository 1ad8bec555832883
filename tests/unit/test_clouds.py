"""The tables of the simulated clouds: what they refuse, what a change means, what comes back."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
from typing import Any

import pytest
from pulumi import _types

from clouds import kubernetes, random
from clouds.aws import records as aws_table
from clouds.catalogue import kind_of, replacing
from clouds.kind import Kind, Place, Subject, check
from q2o_infra.plan.simulation import simulate
from sandbox.providers.accounts import Accounts
from sandbox.providers.contract import Wanted
from sandbox.world import World

HOME = Place(account="111122223333", location="us-east-1")

# Written down a second time on purpose: the table is what the sandbox believes, this is what the provider does.
# terraform-provider-aws, schemas of the resources (ForceNew), as bridged by pulumi-aws 7.51.
FORCES_REPLACEMENT: dict[str, set[str]] = {
    "aws:ec2/vpc:Vpc": {"cidrBlock"},
    "aws:ec2/subnet:Subnet": {"vpcId", "cidrBlock", "availabilityZoneId"},
    "aws:ec2/eip:Eip": {"domain"},
    "aws:ec2/natGateway:NatGateway": {"allocationId", "subnetId", "connectivityType"},
    "aws:kms/key:Key": {"customerMasterKeySpec", "keyUsage", "multiRegion"},
    "aws:eks/cluster:Cluster": {"name", "roleArn", "encryptionConfig", "bootstrapSelfManagedAddons"},
    "aws:eks/nodeGroup:NodeGroup": {
        "clusterName",
        "nodeGroupName",
        "nodeRoleArn",
        "subnetIds",
        "amiType",
        "capacityType",
    },
    "aws:cloudwatch/logGroup:LogGroup": {"name", "logGroupClass"},
    "aws:sqs/queue:Queue": {"name", "fifoQueue"},
    # The edge.
    "aws:lb/loadBalancer:LoadBalancer": {"name", "internal", "loadBalancerType"},
    "aws:lb/targetGroup:TargetGroup": {"name", "port", "protocol", "protocolVersion", "targetType", "vpcId"},
    "aws:s3/bucket:Bucket": {"bucket", "objectLockEnabled"},
}
CHANGED_IN_PLACE: dict[str, set[str]] = {
    "aws:ec2/vpc:Vpc": {"tags", "enableDnsHostnames"},
    "aws:ec2/subnet:Subnet": {"tags", "mapPublicIpOnLaunch"},
    "aws:kms/key:Key": {"policy", "description", "deletionWindowInDays"},
    "aws:eks/cluster:Cluster": {"version", "vpcConfig", "enabledClusterLogTypes", "tags"},
    "aws:eks/nodeGroup:NodeGroup": {"scalingConfig", "version", "releaseVersion", "labels", "taints"},
    "aws:cloudwatch/logGroup:LogGroup": {"retentionInDays"},
    # The edge.
    "aws:lb/loadBalancer:LoadBalancer": {"accessLogs", "enableDeletionProtection", "securityGroups", "subnets", "tags"},
    "aws:lb/targetGroup:TargetGroup": {"deregistrationDelay", "healthCheck", "tags"},
    "aws:s3/bucket:Bucket": {"forceDestroy", "tags"},
}
PAIRS = [(type_, name) for type_, names in FORCES_REPLACEMENT.items() for name in sorted(names)]
IN_PLACE = [(type_, name) for type_, names in CHANGED_IN_PLACE.items() for name in sorted(names)]


def arguments_of(type_: str) -> Any:
    """Return the class of a resource's inputs; where a part of another resource took its name, it is `InitArgs`."""
    _, module, name = type_.split(":")
    package = importlib.import_module(f"pulumi_aws.{module.split('/')[0]}")
    return getattr(package, f"{name}InitArgs", None) or getattr(package, f"{name}Args")


def required_by_the_sdk(type_: str) -> set[str]:
    """Return the inputs that the generated Python class takes without a default, in wire spelling."""
    arguments = arguments_of(type_)
    wire_names = _types.input_type_py_to_pulumi_names(arguments)
    return {
        wire_names[parameter.name]
        for parameter in inspect.signature(arguments.__init__).parameters.values()
        if parameter.default is inspect.Parameter.empty and parameter.name in wire_names
    }


@pytest.mark.parametrize("kind", aws_table.KINDS, ids=lambda kind: kind.type)
def test_what_is_required_is_what_the_providers_schema_requires(kind: Kind) -> None:
    assert kind.required == required_by_the_sdk(kind.type)


@pytest.mark.parametrize("kind", aws_table.KINDS, ids=lambda kind: kind.type)
def test_a_row_names_only_inputs_that_the_provider_has(kind: Kind) -> None:
    known = set(_types.input_type_py_to_pulumi_names(arguments_of(kind.type)).values())

    assert kind.replaces <= known
    assert {kind.unique} <= known | {None}


@pytest.mark.parametrize(("type_", "name"), PAIRS, ids=lambda value: value.rsplit(":", 1)[-1])
def test_a_stateful_thing_is_replaced_where_the_provider_replaces_it(type_: str, name: str) -> None:
    assert replacing(kind_of(type_), {name: "old"}, {name: "new"}) == (name,)


@pytest.mark.parametrize(("type_", "name"), IN_PLACE, ids=lambda value: value.rsplit(":", 1)[-1])
def test_a_stateful_thing_is_changed_in_place_where_the_provider_can(type_: str, name: str) -> None:
    assert replacing(kind_of(type_), {name: "old"}, {name: "new"}) == ()


def test_the_versions_are_those_of_the_installed_sdks() -> None:
    assert importlib.metadata.version("pulumi-aws") == aws_table.PROVIDER_VERSION
    assert importlib.metadata.version("pulumi-random") == random.PROVIDER_VERSION


@pytest.mark.parametrize(
    ("short", "field"),
    [
        ("apps/v1:Deployment", "spec.selector"),
        ("apps/v1:StatefulSet", "spec.volumeClaimTemplates"),
        ("core/v1:Service", "spec.clusterIP"),
        ("scheduling.k8s.io/v1:PriorityClass", "value"),
        ("storage.k8s.io/v1:StorageClass", "parameters"),
        ("rbac.authorization.k8s.io/v1:RoleBinding", "roleRef"),
        ("core/v1:Namespace", "metadata.name"),
    ],
)
def test_an_immutable_field_of_an_object_forces_a_new_object(short: str, field: str) -> None:
    def holding(value: str) -> dict[str, Any]:
        document: Any = value
        for part in reversed(field.split(".")):
            document = {part: document}
        return document

    kind = kubernetes.kind_of(f"kubernetes:{short}")

    assert replacing(kind, holding("old"), holding("new")) == (field,)


def test_an_object_without_a_name_is_refused() -> None:
    kind = kubernetes.kind_of("kubernetes:core/v1:ConfigMap")

    assert check(kind, {"apiVersion": "v1", "kind": "ConfigMap"}) == [
        ("metadata", "missing required property 'metadata'")
    ]


def subject(type_: str, inputs: dict[str, Any], **more: Any) -> Subject:
    urn = f"urn:pulumi:us-east::q2o-infra::{type_}::thing"
    return Subject(urn=urn, type=type_, inputs=inputs, place=HOME, **more)


def test_ids_depend_on_the_urn_alone_and_a_replacement_has_another() -> None:
    first = simulate(subject("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}), {})
    same = simulate(subject("aws:ec2/vpc:Vpc", {"cidrBlock": "10.1.0.0/16"}), {})
    replacement = simulate(subject("aws:ec2/vpc:Vpc", {}, generation=1), {})

    assert first.id == same.id != replacement.id
    assert first.outputs["arn"] == f"arn:aws:ec2:us-east-1:111122223333:vpc/{first.id}"


def test_a_subnets_zone_is_the_one_whose_id_was_asked_for() -> None:
    found = simulate(subject("aws:ec2/subnet:Subnet", {"vpcId": "vpc-1", "availabilityZoneId": "use1-az4"}), {})

    assert found.outputs["availabilityZone"] == "us-east-1c"


def test_a_generated_password_has_the_length_asked_for_and_is_secret() -> None:
    found = simulate(subject("random:index/randomPassword:RandomPassword", {"length": 40}), {})

    assert len(found.outputs["result"]["value"]) == 40


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_a_name_that_the_cloud_keeps_after_a_deletion_is_waited_for(tmp_path) -> None:
    """SQS refuses a deleted queue's name for 60 seconds, and the provider waits that out."""
    clock = Clock()
    world = World(tmp_path, now=lambda: clock.now)
    backend = Accounts(world, time_scale=1.0, sleep=clock.sleep)
    wanted = Wanted(
        urn="urn:pulumi:us-east::q2o-infra::aws:sqs/queue:Queue::queue",
        type="aws:sqs/queue:Queue",
        wire_inputs={"name": "q2o"},
        place=HOME,
    )
    backend.create(wanted)
    backend.delete(world.entries()[0])
    clock.slept.clear()

    backend.create(wanted)

    assert clock.slept[0] == pytest.approx(60.0)


def test_the_reserved_name_survives_the_process(tmp_path) -> None:
    clock = Clock()
    kind = kind_of("aws:sqs/queue:Queue")
    world = World(tmp_path, now=lambda: clock.now)
    Accounts(world).create(
        Wanted(urn="urn:pulumi:a::b::aws:sqs/queue:Queue::q", type=kind.type, wire_inputs={"name": "q2o"}, place=HOME)
    )
    Accounts(world).delete(world.entries()[0])
    clock.now += 20

    assert World(tmp_path, now=lambda: clock.now).seconds_until_free(kind, "q2o") == pytest.approx(40.0)
    assert World(tmp_path, now=lambda: clock.now).seconds_until_free(kind, "other") == 0.0


def test_the_times_of_a_cloud_are_scaled(tmp_path) -> None:
    clock = Clock()
    backend = Accounts(World(tmp_path), time_scale=0.1, sleep=clock.sleep)
    wanted = Wanted(
        urn="urn:pulumi:a::b::aws:ec2/vpc:Vpc::vpc",
        type="aws:ec2/vpc:Vpc",
        wire_inputs={"cidrBlock": "10.0.0.0/16"},
        place=HOME,
    )

    backend.create(wanted)

    assert clock.slept == [pytest.approx(0.1 * kind_of("aws:ec2/vpc:Vpc").seconds.create)]

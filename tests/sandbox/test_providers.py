"""The simulated providers answer Pulumi's gRPC service as real ones do; no CLI is needed to ask them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from q2o_infra.plan import wire
from tests.sandbox.simulations import VPC, Simulation, create, diff, urn

SUBNET, PASSWORD, LOG_GROUP = (
    "aws:ec2/subnet:Subnet",
    "random:index/randomPassword:RandomPassword",
    "aws:cloudwatch/logGroup:LogGroup",
)
DIFF, KIND = provider_pb2.DiffResponse, provider_pb2.PropertyDiff


@pytest.fixture
def simulation(tmp_path: Path) -> Iterator[Simulation]:
    """Servers over an empty world."""
    running = Simulation(tmp_path)
    with running.servers:
        yield running


@pytest.fixture
def aws(simulation: Simulation) -> Iterator[Any]:
    """A connection of an aws provider in us-east-1."""
    with simulation.connected(region="us-east-1", allowedAccountIds='["111122223333"]') as stub:
        yield stub


def test_the_version_is_the_one_that_the_program_asks_for(simulation: Simulation) -> None:
    for package in simulation.servers.ports:
        with simulation.connected(package) as stub:
            assert stub.GetPluginInfo(empty_pb2.Empty()).version == version(f"pulumi-{package}")


def test_the_engine_is_told_a_port_for_each_package(simulation: Simulation) -> None:
    names = [item.split(":")[0] for item in simulation.servers.attached.split(",")]
    assert names == ["aws", "azure-native", "gcp", "random"]


def test_secrets_are_accepted_and_stay_marked(simulation: Simulation) -> None:
    with simulation.connected("random") as stub:
        assert stub.Handshake(provider_pb2.ProviderHandshakeRequest()).accept_secrets
        stub.Configure(provider_pb2.ConfigureRequest())
        made = create(stub, PASSWORD, "token", {"length": wire.wrap_secret(20)})
    outputs = wire.from_struct(made.properties)
    assert wire.is_secret(outputs["length"]), "what came as a secret must go back as one"
    assert wire.is_secret(outputs["result"])
    assert len(wire.unwrap(outputs["result"])) == 20


def test_each_connection_has_the_region_and_account_of_its_own_provider(simulation: Simulation) -> None:
    with (
        simulation.connected(region="us-east-1", allowedAccountIds='["111122223333"]') as home,
        simulation.connected(region="eu-west-1", allowedAccountIds='["444455556666"]') as far,
    ):
        near_arn = wire.from_struct(create(home, VPC, "near", {"cidrBlock": "10.0.0.0/16"}).properties)["arn"]
        far_arn = wire.from_struct(create(far, VPC, "far", {"cidrBlock": "10.1.0.0/16"}).properties)["arn"]
    assert near_arn.startswith("arn:aws:ec2:us-east-1:111122223333:")
    assert far_arn.startswith("arn:aws:ec2:eu-west-1:444455556666:")


def test_a_connection_without_a_configured_region_creates_nothing(simulation: Simulation) -> None:
    with simulation.connected() as stub, pytest.raises(grpc.RpcError, match="was lost and with it the region"):
        create(stub, VPC, "network", {"cidrBlock": "10.0.0.0/16"})
    assert simulation.world.entries() == []


def test_a_region_that_does_not_exist_is_refused_before_anything_is_made(simulation: Simulation) -> None:
    with simulation.connected() as stub, pytest.raises(grpc.RpcError, match="region 'mars-1' is not one of"):
        stub.CheckConfig(provider_pb2.CheckRequest(news=wire.to_struct({"region": "mars-1"})))


def test_a_missing_input_is_a_failure_of_that_property_and_one_sentence_for_the_person(
    simulation: Simulation, aws: Any
) -> None:
    request = provider_pb2.CheckRequest(urn=urn(SUBNET, "subnet"), news=wire.to_struct({"cidrBlock": "10.0.0.0/24"}))
    [failure] = aws.Check(request).failures
    assert (failure.property, failure.reason) == ("vpcId", "missing required property 'vpcId'")
    error = simulation.refusals.first()
    assert error is not None
    assert error.message.endswith("aws:ec2/subnet:Subnet subnet: missing required property 'vpcId'.")


def test_an_unknown_input_is_not_a_missing_one(aws: Any) -> None:
    inputs = {"vpcId": wire.UNKNOWN, "cidrBlock": "10.0.0.0/24"}
    answer = aws.Check(provider_pb2.CheckRequest(urn=urn(SUBNET, "subnet"), news=wire.to_struct(inputs)))
    assert not answer.failures
    assert wire.from_struct(answer.inputs) == inputs


def test_a_type_that_no_table_has_is_refused(aws: Any) -> None:
    with pytest.raises(grpc.RpcError, match="the simulated clouds do not know this resource type"):
        aws.Check(provider_pb2.CheckRequest(urn=urn("aws:moon/base:Base", "base"), news=wire.to_struct({})))


def test_a_preview_of_a_creation_makes_nothing_and_leaves_unknown_what_the_cloud_decides(
    simulation: Simulation, aws: Any
) -> None:
    made = create(aws, VPC, "network", {"cidrBlock": "10.0.0.0/16"}, preview=True)
    outputs = wire.from_struct(made.properties)
    assert made.id == ""
    assert outputs["cidrBlock"] == "10.0.0.0/16"
    assert outputs["arn"] == wire.UNKNOWN
    assert simulation.world.entries() == []


def test_a_preview_knows_the_given_parts_of_a_group_that_the_cloud_adds_to(aws: Any) -> None:
    cluster = create(
        aws,
        "aws:eks/cluster:Cluster",
        "cluster",
        {"name": "q2o", "roleArn": wire.UNKNOWN, "vpcConfig": {"subnetIds": ["subnet-1"]}},
        preview=True,
    )
    group = wire.from_struct(cluster.properties)["vpcConfig"]
    assert group == {"subnetIds": ["subnet-1"], "clusterSecurityGroupId": wire.UNKNOWN}


def test_a_preview_copes_with_an_unknown_where_the_table_counts(simulation: Simulation) -> None:
    with simulation.connected("random") as stub:
        made = create(stub, PASSWORD, "token", {"length": wire.UNKNOWN}, preview=True)
    assert wire.from_struct(made.properties) == {"length": wire.UNKNOWN}


def test_equal_inputs_have_no_difference(aws: Any) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16"}
    made = create(aws, VPC, "network", inputs)
    assert diff(aws, made.id, inputs, inputs).changes == DIFF.DIFF_NONE


def test_a_difference_names_each_leaf_and_how_it_changed(aws: Any) -> None:
    old = {"cidrBlock": "10.0.0.0/16", "tags": {"team": "a", "gone": "x"}}
    new = {"cidrBlock": "10.0.0.0/16", "tags": {"team": "b", "q2o.dev/new": "y"}, "enableDnsSupport": True}
    made = create(aws, VPC, "network", old)
    answer = diff(aws, made.id, old, new)
    assert {path: item.kind for path, item in answer.detailedDiff.items()} == {
        "enableDnsSupport": KIND.ADD,
        "tags.gone": KIND.DELETE,
        'tags["q2o.dev/new"]': KIND.ADD,
        "tags.team": KIND.UPDATE,
    }
    assert list(answer.replaces) == []


def test_a_property_that_cannot_change_in_place_forces_a_replacement(aws: Any) -> None:
    old, new = {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.2.0.0/16"}
    made = create(aws, VPC, "network", old)
    answer = diff(aws, made.id, old, new)
    assert list(answer.replaces) == ["cidrBlock"]
    assert answer.detailedDiff["cidrBlock"].kind == KIND.UPDATE_REPLACE
    assert not answer.deleteBeforeReplace


def test_what_bears_a_unique_name_is_deleted_before_it_is_replaced(aws: Any) -> None:
    made = create(aws, LOG_GROUP, "network", {"name": "/a"})
    assert diff(aws, made.id, {"name": "/a"}, {"name": "/b"}, type_=LOG_GROUP).deleteBeforeReplace


def test_a_difference_is_taken_from_what_the_world_holds_not_from_what_the_engine_remembers(aws: Any) -> None:
    old, written = {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.0.0.0/16", "tags": {"team": "b"}}
    made = create(aws, VPC, "network", written)
    assert diff(aws, made.id, old, old).changes == DIFF.DIFF_SOME
    assert diff(aws, made.id, old, written).changes == DIFF.DIFF_NONE


def test_what_was_interrupted_has_a_difference_even_when_its_inputs_are_equal(simulation: Simulation, aws: Any) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16"}
    made = create(aws, VPC, "network", inputs)
    [entry] = simulation.world.entries()
    simulation.world.put(replace(entry, complete=False))
    assert diff(aws, made.id, inputs, inputs).changes == DIFF.DIFF_SOME


def test_an_update_changes_the_world_and_its_preview_does_not(simulation: Simulation, aws: Any) -> None:
    old, new = {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.0.0.0/16", "tags": {"team": "b"}}
    made = create(aws, VPC, "network", old)
    request = {
        "id": made.id,
        "urn": urn(VPC, "network"),
        "olds": made.properties,
        "old_inputs": wire.to_struct(old),
        "news": wire.to_struct(new),
    }
    previewed = aws.Update(provider_pb2.UpdateRequest(**request, preview=True))
    assert wire.from_struct(previewed.properties)["arn"] == wire.from_struct(made.properties)["arn"]
    assert simulation.world.entries()[0].inputs == old, "a preview changes nothing"
    aws.Update(provider_pb2.UpdateRequest(**request))
    assert simulation.world.entries()[0].inputs == new


def test_reading_finds_what_exists_and_answers_no_id_for_what_does_not(aws: Any) -> None:
    made = create(aws, VPC, "network", {"cidrBlock": "10.0.0.0/16"})
    found = aws.Read(provider_pb2.ReadRequest(id=made.id, urn=urn(VPC, "network")))
    assert (found.id, found.properties) == (made.id, made.properties)
    assert aws.Read(provider_pb2.ReadRequest(id="vpc-0", urn=urn(VPC, "network"))).id == ""


def test_what_is_taken_over_is_read_by_its_id_whoever_made_it_and_in_its_own_place_only(
    simulation: Simulation, aws: Any
) -> None:
    made = create(aws, VPC, "network", {"cidrBlock": "10.0.0.0/16"})

    found = aws.Read(provider_pb2.ReadRequest(id=made.id, urn=urn(VPC, "another")))

    assert (found.id, wire.from_struct(found.inputs)) == (made.id, {"cidrBlock": "10.0.0.0/16"})
    with simulation.connected(region="us-west-2", allowedAccountIds='["111122223333"]') as elsewhere:
        assert elsewhere.Read(provider_pb2.ReadRequest(id=made.id, urn=urn(VPC, "network"))).id == ""


def test_what_is_ignored_is_no_difference(aws: Any) -> None:
    before, after = {"cidrBlock": "10.0.0.0/16", "tags": {"a": "1"}}, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "2"}}
    made = create(aws, VPC, "network", before)

    def asked(*ignored: str) -> Any:
        request = provider_pb2.DiffRequest(
            id=made.id,
            ignoreChanges=ignored,
            news=wire.to_struct(after),
            old_inputs=wire.to_struct(before),
            urn=urn(VPC, "network"),
        )
        return aws.Diff(request).changes

    assert (asked(), asked("tags.a")) == (DIFF.DIFF_SOME, DIFF.DIFF_NONE)


def test_a_refusal_reaches_the_engine_and_the_person_in_the_same_words(simulation: Simulation, aws: Any) -> None:
    create(aws, LOG_GROUP, "first", {"name": "/a"})
    with pytest.raises(grpc.RpcError) as caught:
        create(aws, LOG_GROUP, "second", {"name": "/a"})
    error = simulation.refusals.first()
    assert error is not None
    assert caught.value.details() == error.message


@pytest.mark.parametrize(
    ("package", "key", "forces"),
    [
        ("aws", "region", True),
        ("aws", "defaultTags", False),
        ("azure-native", "subscriptionId", True),
    ],
)
def test_only_another_region_or_account_makes_all_that_a_provider_manages_anew(
    simulation: Simulation, package: str, key: str, forces: bool
) -> None:
    with simulation.connected(package) as stub:
        answer = stub.DiffConfig(
            provider_pb2.DiffRequest(old_inputs=wire.to_struct({key: "a"}), news=wire.to_struct({key: "b"}))
        )
    assert answer.changes == DIFF.DIFF_SOME
    assert list(answer.replaces) == ([key] if forces else [])


def test_more_creations_at_once_than_the_engine_starts_do_not_block_each_other(
    simulation: Simulation, aws: Any
) -> None:
    with ThreadPoolExecutor(max_workers=100) as threads:
        ids = {
            made.id
            for made in threads.map(
                lambda number: create(aws, VPC, f"network-{number}", {"cidrBlock": "10.0.0.0/16"}), range(100)
            )
        }
    assert len(ids) == len(simulation.world.entries()) == 100

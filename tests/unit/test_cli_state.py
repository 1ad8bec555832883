"""The CLI's state is read and repaired without losing what stands."""

from __future__ import annotations

from typing import Any

from q2o_infra.plan import wire
from sandbox.engines import cli_state

STACK = "urn:pulumi:us-east::q2o-infra::pulumi:pulumi:Stack::q2o-infra-us-east"
PROVIDER = "urn:pulumi:us-east::q2o-infra::pulumi:providers:aws::home"
NETWORK = "urn:pulumi:us-east::q2o-infra::aws:ec2/vpc:Vpc::network"
SUBNET = "urn:pulumi:us-east::q2o-infra::aws:ec2/subnet:Subnet::subnet"
SECRET = {wire.SIGNATURE_KEY: wire.SECRET_SIGNATURE, "plaintext": '"hidden"'}


def document(**deployment: Any) -> cli_state.Document:
    return {
        "version": 3,
        "deployment": {
            "resources": [
                {"urn": STACK, "type": "pulumi:pulumi:Stack", "outputs": {"token": [SECRET], "phase": 1}},
                {"urn": PROVIDER, "type": "pulumi:providers:aws", "id": "1", "custom": True},
                {"urn": NETWORK, "type": "aws:ec2/vpc:Vpc", "id": "vpc-1", "custom": True},
                {
                    "urn": SUBNET,
                    "type": "aws:ec2/subnet:Subnet",
                    "id": "subnet-1",
                    "custom": True,
                    "parent": STACK,
                    "deletedWith": NETWORK,
                    "dependencies": [NETWORK, STACK],
                    "propertyDependencies": {"vpcId": [NETWORK], "cidrBlock": None},
                },
            ],
            **deployment,
        },
    }


def test_what_exists_is_neither_a_component_nor_a_provider() -> None:
    assert cli_state.known(document()) == {
        ("aws:ec2/vpc:Vpc", "vpc-1", NETWORK),
        ("aws:ec2/subnet:Subnet", "subnet-1", SUBNET),
    }


def test_what_is_gone_leaves_no_reference_behind() -> None:
    repaired = cli_state.without(document(), {("aws:ec2/vpc:Vpc", "vpc-1", NETWORK)})
    rows = {row["urn"]: row for row in cli_state.rows(repaired)}
    assert NETWORK not in rows
    assert rows[SUBNET]["dependencies"] == [STACK]
    assert rows[SUBNET]["propertyDependencies"] == {"vpcId": [], "cidrBlock": []}
    assert "deletedWith" not in rows[SUBNET]
    assert rows[SUBNET]["parent"] == STACK


def test_an_old_resource_that_waits_for_deletion_goes_alone() -> None:
    """Both bear one URN: dropping the one that is gone must not touch its successor or who refers to it."""
    state = document()
    old = {"urn": NETWORK, "type": "aws:ec2/vpc:Vpc", "id": "vpc-0", "custom": True, "delete": True}
    state["deployment"]["resources"].append(old)
    repaired = cli_state.without(state, {("aws:ec2/vpc:Vpc", "vpc-0", NETWORK)})
    *others, subnet = cli_state.rows(document())
    assert cli_state.rows(repaired) == [
        *others,
        {**subnet, "propertyDependencies": {"vpcId": [NETWORK], "cidrBlock": []}},
    ]


def test_operations_that_never_ended_are_struck_out() -> None:
    interrupted = document(pending_operations=[{"type": "creating"}])
    assert cli_state.has_pending(interrupted)
    assert not cli_state.has_pending(cli_state.without(interrupted, set()))
    assert not cli_state.has_pending(document())


def test_secrets_come_out_marked_as_on_the_wire() -> None:
    assert cli_state.exports(document()) == {"token": [wire.wrap_secret("hidden")], "phase": 1}


def test_a_stack_that_was_only_created_holds_nothing() -> None:
    empty: cli_state.Document = {"version": 3, "deployment": {}}
    assert cli_state.known(empty) == set()
    assert cli_state.exports(empty) == {}


def test_what_stays_when_the_engine_deletes_it_is_told_apart() -> None:
    whole = document()
    whole["deployment"]["resources"][2]["retainOnDelete"] = True
    whole["deployment"]["resources"][1]["retainOnDelete"] = True

    assert cli_state.retained(whole) == {("aws:ec2/vpc:Vpc", "vpc-1", NETWORK)}
    assert cli_state.retained(document()) == set()

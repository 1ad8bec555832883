"""The real engine does what is declared, exactly that, and takes all of it down again."""

from __future__ import annotations

import pytest

from components.base.errors import SandboxError
from q2o_infra.plan import wire
from q2o_infra.stack_files import ROOT
from sandbox.engines.cli import FOLDER
from tests.engine.places import Place

pytestmark = pytest.mark.engine

EVERYTHING = ["key", "network", "password", "routes", "subnet"]


def test_up_creates_what_the_program_declares(place: Place) -> None:
    run = place.up()
    assert run.changes == [("create", name) for name in EVERYTHING]
    assert run.names == EVERYTHING, "the world must hold what the engine says it made"
    assert run.engine.exports["network_arn"].startswith("arn:aws:ec2:us-east-1:111122223333:vpc/vpc-")


def test_a_second_preview_is_empty(place: Place) -> None:
    place.up()
    with place.opened() as run:
        assert set(run.engine.preview()) == {"same"}


def test_a_second_up_changes_nothing(place: Place) -> None:
    place.up()
    run = place.up()
    assert run.changes == []
    assert run.journal.counts() == {"same": len(EVERYTHING)}


def test_a_first_preview_knows_inputs_and_makes_nothing(place: Place) -> None:
    with place.opened() as run:
        summary = run.engine.preview()
        assert summary == {"create": len(EVERYTHING) + 3}, "five resources, two providers and the stack"
        assert run.session.world.entries() == []


def test_a_changed_input_updates_exactly_that(place: Place) -> None:
    place.up()
    run = place.up(team="another")
    assert run.changes == [("update", "network")]
    [step] = run.journal.changes()
    assert step.detail == "tags"


def test_a_change_that_forces_replacement_replaces_with_what_needs_it(place: Place) -> None:
    before = place.up()
    network, subnet, key = (before.id_of(name) for name in ("network", "subnet", "key"))
    run = place.up(network_range="10.2.0.0/16")
    assert ("replace", "network") in run.changes
    assert ("replace", "subnet") in run.changes
    assert ("delete", "network") in run.changes
    assert (run.id_of("network"), run.id_of("subnet")) != (network, subnet)
    assert run.id_of("key") == key, "only waiting for something is no reason to be replaced"
    reasons = {step.name: step.detail for step in run.journal.changes() if step.action.value == "replace"}
    assert reasons["network"] == "cidrBlock"


def test_what_is_no_longer_declared_is_deleted(place: Place) -> None:
    place.up(far_network=True)
    run = place.up()
    assert run.changes == [("delete", "far-network")]
    assert run.names == EVERYTHING


def test_two_providers_work_in_two_accounts_and_regions(place: Place) -> None:
    exports = place.up(far_network=True).engine.exports
    assert exports["network_arn"].startswith("arn:aws:ec2:us-east-1:111122223333:")
    assert exports["far_network_arn"].startswith("arn:aws:ec2:eu-west-1:444455556666:")


def test_a_renamed_resource_keeps_its_id_and_is_not_made_again(place: Place) -> None:
    key = place.up().id_of("key")
    run = place.up(key_name="main-key")
    assert run.changes == []
    assert run.id_of("main-key") == key
    assert place.up(key_name="main-key").changes == [], "the recovery of the next run must know it by its new name"


def test_a_secret_is_encrypted_in_the_state_and_marked_in_the_exports(place: Place) -> None:
    run = place.up()
    password = run.engine.exports["password"]
    assert wire.is_secret(password)
    state = "".join(path.read_text() for path in (run.session.folder / FOLDER).rglob("*.json"))
    assert "arn:aws:ec2" in state, "the test must read the state"
    assert wire.unwrap(password) not in state


def test_an_input_that_is_missing_is_refused_in_one_sentence(place: Place) -> None:
    with place.opened(subnet_without_network=True) as run, pytest.raises(SandboxError) as caught:
        run.engine.up()
    assert str(caught.value) == "aws:ec2/subnet:Subnet lost: missing required property 'vpcId'."


def test_a_region_that_does_not_exist_is_refused_in_one_sentence(place: Place) -> None:
    with place.opened(location="us-east-9") as run, pytest.raises(SandboxError) as caught:
        run.engine.up()
    assert str(caught.value).startswith("aws provider: region 'us-east-9' is not one of ")
    assert run.session.world.entries() == []


def test_a_program_that_fails_says_why_in_one_sentence(place: Place) -> None:
    with place.opened(far_network="perhaps") as run, pytest.raises(SandboxError) as caught:
        run.engine.up()
    message = str(caught.value)
    assert "perhaps" in message
    assert "\n" not in message


def test_down_leaves_nothing_not_even_what_was_deleted_with_something_else(place: Place) -> None:
    place.up(far_network=True)
    run = place.down()
    assert ("delete", "routes") not in run.changes, "it goes with the network"
    assert run.session.world.entries() == []
    assert not (run.session.folder / FOLDER).exists(), "the CLI's state, locks and settings go too"
    assert place.down().changes == [], "nothing to do is fine"


def test_the_checkout_is_never_written(place: Place) -> None:
    before = {path: path.read_bytes() for path in ROOT.glob("Pulumi*")}
    place.up()
    place.down()
    assert {path: path.read_bytes() for path in ROOT.glob("Pulumi*")} == before


def test_what_is_retained_outlives_the_stack_and_is_taken_over_by_its_id(place: Place) -> None:
    place.up(backups=True)
    run = place.down()
    assert ("keep", "bucket") in run.changes
    assert run.names == ["bucket"]

    with place.opened(backups=True) as again, pytest.raises(SandboxError, match="it stands already, kept when its"):
        again.engine.up()

    run = place.up(backups=True, adopt=True)
    assert run.id_of("bucket") == "q2o-kept"
    assert place.up(backups=True, adopt=True).changes == []
    assert place.down().names == ["bucket"]

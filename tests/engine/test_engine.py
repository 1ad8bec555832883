"""The engine does what is declared, exactly that, and takes all of it down again."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions

from clouds.catalogue import kind_of
from components.base.errors import SandboxError
from q2o_infra.plan import wire
from q2o_infra.stack_files import ROOT
from sandbox.engine.engine import FOLDER
from tests.support.worlds import EVERYTHING, CloudOnly, at_home, far_network, network

CREATED = [f"create {name}" for name in EVERYTHING]


def test_up_creates_what_the_program_declares_and_again_nothing(place: CloudOnly) -> None:
    with place.opened(network()) as run:
        assert run.engine.preview() == {"create": len(EVERYTHING) + 3}, "five resources, two providers and the stack"
        assert run.session.world.entries() == [], "a preview creates nothing"
        run.engine.up()
        assert run.engine.exports["network_arn"].startswith("arn:aws:ec2:us-east-1:111122223333:vpc/vpc-")
    assert sorted(run.words) == CREATED
    assert place.names == EVERYTHING, "the world must hold what the engine says it created"
    with place.opened(network()) as run:
        assert set(run.engine.preview()) == {"same"}
        run.engine.up()
    assert run.words == []
    assert run.journal.counts() == {"same": len(EVERYTHING)}


def test_a_changed_input_updates_exactly_that_and_names_it(place: CloudOnly) -> None:
    place.up(network())
    assert place.up(network(tags={"team": "another"})) == ["update network (tags)"]


def test_a_change_that_cannot_be_made_in_place_replaces_it_with_what_needs_its_id(place: CloudOnly) -> None:
    place.up(network())
    before = {name: place.entry(name).id for name in ("network", "subnet", "key")}
    done = place.up(network(address_range="10.2.0.0/16"))
    assert "replace network (cidrBlock)" in done
    assert "replace subnet (vpcId)" in done
    assert done.index("delete subnet") < done.index("delete network")
    assert place.entry("network").id != before["network"]
    assert place.entry("subnet").id != before["subnet"]
    assert place.entry("key").id == before["key"], "only waiting for something is no reason to be replaced"
    assert place.names == EVERYTHING


def test_what_is_no_longer_declared_is_deleted_after_the_changes(place: CloudOnly) -> None:
    with place.opened(network(more=far_network)) as run:
        run.engine.up()
        exports = run.engine.exports
    assert exports["network_arn"].startswith("arn:aws:ec2:us-east-1:111122223333:")
    assert exports["far_network_arn"].startswith("arn:aws:ec2:eu-west-1:444455556666:"), "two accounts, two regions"
    assert place.up(network(tags={"team": "another"})) == ["update network (tags)", "delete far-network"]
    assert place.names == EVERYTHING


def test_another_region_is_another_network(place: CloudOnly) -> None:
    place.up(network())
    done = place.up(network(region="us-west-2"))
    assert {"replace network (provider)", "delete network"} <= set(done) or "replace network" in done
    assert place.entry("network").place.location == "us-west-2"


def test_a_renamed_resource_keeps_its_id_and_is_not_created_again(place: CloudOnly) -> None:
    place.up(network())
    key = place.entry("key").id
    assert place.up(network(key_name="main-key")) == []
    assert place.up(network(key_name="main-key")) == [], "the recovery of the next run must know it by its new name"
    assert place.entry("main-key").id == key


def test_a_secret_is_encrypted_in_the_state_and_marked_in_the_exports(place: CloudOnly) -> None:
    with place.opened(network()) as run:
        run.engine.up()
        password = run.engine.exports["password"]
    assert wire.is_secret(password)
    state = "".join(path.read_text() for path in (run.session.folder / FOLDER).rglob("*.json"))
    assert "arn:aws:ec2" in state, "the test must read the state"
    assert wire.unwrap(password) not in state


def test_what_is_protected_is_neither_deleted_nor_replaced(place: CloudOnly) -> None:
    place.up(network(protect=True))
    for refused in (place.down, lambda: place.up(network(address_range="10.1.0.0/16", protect=True))):
        with pytest.raises(SandboxError, match="protect"):
            refused()
        assert "network" in place.names


def test_an_input_that_somebody_else_owns_is_not_changed_back(place: CloudOnly) -> None:
    place.up(network(tags={"size": "1", "team": "a"}, ignored=["tags.size"]))
    assert place.up(network(tags={"size": "2", "team": "a"}, ignored=["tags.size"])) == []
    assert place.up(network(tags={"size": "2", "team": "b"}, ignored=["tags.size"])) == ["update network (tags)"]
    assert place.entry("network").inputs["tags"] == {"size": "1", "team": "b"}
    assert place.up(network(tags={"size": "2", "team": "b"})) == ["update network (tags)"]


def test_down_deletes_dependents_first_and_leaves_nothing_not_even_the_engines_files(
    place: CloudOnly, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.up(network(more=far_network))
    asked: list[str] = []
    with place.opened() as run:
        delete = run.session.accounts.delete
        monkeypatch.setattr(
            run.session.accounts, "delete", lambda entry: asked.append(entry.urn.rsplit("::", 1)[-1]) or delete(entry)
        )
        run.engine.down()
    assert asked.index("subnet") < asked.index("network")
    assert "routes" not in asked, "it goes with the network"
    assert place.world.entries() == []
    assert not (run.session.folder / FOLDER).exists(), "the engine's state, locks and settings go too"
    assert place.down() == [], "nothing to do is fine"


def test_the_checkout_is_never_written(place: CloudOnly) -> None:
    before = {path: path.read_bytes() for path in ROOT.glob("Pulumi*")}
    place.up(network())
    place.down()
    assert {path: path.read_bytes() for path in ROOT.glob("Pulumi*")} == before


# What is refused, each in one sentence


def without_a_provider() -> None:
    aws.ec2.Vpc("network", cidr_block="10.0.0.0/16")


def with_a_database(home: ResourceOptions) -> None:
    aws.rds.Instance("db", instance_class="db.t4g.micro", opts=home)


def with_one_name_twice(home: ResourceOptions) -> None:
    for number in range(2):
        aws.cloudwatch.LogGroup(f"logs-{number}", name="/q2o/logs", opts=home)


def failing_half_way(home: ResourceOptions) -> None:
    aws.ec2.Vpc("network", cidr_block="10.0.0.0/16", opts=home)
    raise RuntimeError("half way")


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        (network(subnet_without_network=True), "aws:ec2/subnet:Subnet lost: missing required property 'vpcId'."),
        (network(region="us-east-9"), "aws provider: region 'us-east-9' is not one of us-east-1, us-east-2"),
        (without_a_provider, "Default provider for 'aws' disabled"),
        (at_home(with_a_database), "aws:rds/instance:Instance: the simulated clouds do not know this resource type"),
        (at_home(with_one_name_twice), "LogGroup /q2o/logs: the name is taken by 'logs-"),
        (at_home(failing_half_way), "half way"),
    ],
    ids=["input", "region", "provider", "type", "name", "program"],
)
def test_bad_input_is_refused_in_one_sentence(place: CloudOnly, program, sentence: str) -> None:
    with pytest.raises(SandboxError) as refusal:
        place.up(program)
    assert sentence in refusal.value.message
    assert "\n" not in refusal.value.message
    assert "Traceback" not in refusal.value.message


def test_a_program_that_fails_leaves_what_it_created_and_the_next_run_goes_on(place: CloudOnly) -> None:
    with pytest.raises(SandboxError, match="half way"):
        place.up(at_home(failing_half_way))
    made = set(place.names)
    done = place.up(network())
    assert not {f"create {name}" for name in made} & set(done)
    assert place.names == EVERYTHING


# What outlives its region

BUCKET = "q2o-us-east-recovery"


def backups(*, adopt: str | None = None, retain: bool = True, tags: dict[str, str] | None = None):
    """A bucket and a key that outlive their region; `adopt` is the key's id."""

    def program(home: ResourceOptions) -> None:
        def kept(id_: str) -> ResourceOptions:
            options = ResourceOptions(import_=id_ if adopt else None, retain_on_delete=retain)
            return ResourceOptions.merge(home, options)

        bucket = aws.s3.Bucket("bucket", bucket=BUCKET, tags=tags, opts=kept(BUCKET))
        aws.kms.Key("key", description=pulumi.Output.concat("of ", bucket.bucket), opts=kept(adopt or ""))

    return at_home(program)


def test_what_is_retained_outlives_its_stack_and_is_taken_over_by_its_id(place: CloudOnly) -> None:
    place.up(backups())
    key = place.entry("key").id
    assert place.down() == ["keep key", "keep bucket"]
    assert place.down() == [], "and no later run takes it for something half made"
    assert place.names == ["bucket", "key"]

    with pytest.raises(SandboxError) as refusal:
        place.up(backups())
    assert refusal.value.message == (
        f"aws:s3/bucket:Bucket {BUCKET}: it stands already, kept when its region was destroyed; "
        "set recovery.adopt to the id of the key that it is encrypted with, and it is taken over."
    )
    with pytest.raises(SandboxError, match="resource '00000000' does not exist"):
        place.up(backups(adopt="00000000"))

    place.down()
    done = place.up(backups(adopt=key, tags={"team": "platform"}))
    assert done == ["import bucket", "update bucket (tags)", "import key"], (
        "first taken over, then brought to the inputs"
    )
    assert place.entry("key").id == key
    assert place.up(backups(adopt=key)) == ["update bucket (tags)"], "the setting may stay"
    assert place.up(backups()) == [], "and may go"
    assert place.names == ["bucket", "key"]


def test_what_is_no_longer_declared_but_retained_is_kept(place: CloudOnly) -> None:
    place.up(backups())
    assert place.up(lambda: None) == ["keep key", "keep bucket"]
    assert place.names == ["bucket", "key"]
    assert place.up(lambda: None) == []


def test_what_is_no_longer_retained_is_deleted(place: CloudOnly) -> None:
    place.up(backups())
    place.up(backups(retain=False))
    assert place.down() == ["delete key", "delete bucket"]
    assert place.world.entries() == []


# What another hand did


def test_what_somebody_removed_from_the_world_is_created_again(place: CloudOnly) -> None:
    place.up(network())
    entry = place.entry("subnet")
    place.world.remove(kind_of(entry.type), entry)
    assert place.up(network()) == ["create subnet"]

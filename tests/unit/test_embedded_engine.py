"""The engine for machines without the Pulumi CLI, on the simulated clouds alone."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pulumi_random as random
import pytest

from clouds.catalogue import kind_of
from components.base.errors import SandboxError
from sandbox.world import World
from tests.support.worlds import CloudOnly, Program


@pytest.fixture
def clouds(tmp_path) -> CloudOnly:
    return CloudOnly(tmp_path)


def network(cidr: str = "10.0.0.0/16", *, subnets: int = 1, tags: dict[str, str] | None = None, protect: bool = False):
    def program(opts: pulumi.ResourceOptions) -> None:
        guarded = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=protect))
        vpc = aws.ec2.Vpc("vpc", cidr_block=cidr, tags=tags, opts=guarded)
        for number in range(subnets):
            aws.ec2.Subnet(f"subnet-{number}", vpc_id=vpc.id, cidr_block=f"10.0.{number}.0/24", opts=opts)
        pulumi.export("vpc", vpc.id)

    return program


def without_a_provider(_: pulumi.ResourceOptions) -> None:
    aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")


def with_a_database(opts: pulumi.ResourceOptions) -> None:
    aws.rds.Instance("db", instance_class="db.t4g.micro", opts=opts)


def test_what_is_declared_is_created_once(clouds: CloudOnly) -> None:
    assert clouds.up(network()) == ["create vpc", "create subnet-0"]
    assert clouds.up(network()) == []


def test_a_changed_input_is_an_update_that_names_it(clouds: CloudOnly) -> None:
    clouds.up(network())

    assert clouds.up(network(tags={"team": "platform"})) == ["update vpc (tags)"]


def test_a_change_that_cannot_be_made_in_place_replaces_it_and_what_depends_on_its_id(clouds: CloudOnly) -> None:
    clouds.up(network())
    before = {entry.urn: entry.id for entry in clouds.world.entries()}

    done = clouds.up(network("10.1.0.0/16"))

    assert done == ["replace vpc (cidrBlock)", "replace subnet-0 (vpcId)", "delete subnet-0", "delete vpc"]
    after = {entry.urn: entry.id for entry in clouds.world.entries()}
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())


def test_what_is_no_longer_declared_is_deleted_after_the_rest_stands(clouds: CloudOnly) -> None:
    clouds.up(network(subnets=3))

    done = clouds.up(network(subnets=1, tags={"team": "platform"}))

    assert done[0] == "update vpc (tags)"
    assert sorted(done[1:]) == ["delete subnet-1", "delete subnet-2"]


def test_everything_goes_dependents_first(clouds: CloudOnly) -> None:
    clouds.up(network())

    assert clouds.down() == ["delete subnet-0", "delete vpc"]
    assert clouds.world.entries() == []


def test_what_is_protected_is_neither_deleted_nor_replaced_and_nothing_else_is_touched(clouds: CloudOnly) -> None:
    clouds.up(network(protect=True))

    for refused in (clouds.down, lambda: clouds.up(network("10.1.0.0/16", protect=True))):
        with pytest.raises(SandboxError, match="it is protected and would be deleted or replaced"):
            refused()

    assert len(clouds.world.entries()) == 2


def test_a_resource_without_an_explicit_provider_is_refused(clouds: CloudOnly) -> None:
    with pytest.raises(SandboxError) as refusal:
        clouds.up(without_a_provider)

    assert refusal.value.message == (
        "aws:ec2/vpc:Vpc vpc: default providers are disabled; "
        "give the resource or a component above it an explicit provider."
    )


def test_a_region_that_does_not_exist_is_refused_by_name(clouds: CloudOnly) -> None:
    with pytest.raises(SandboxError, match="aws provider: region 'us-east-9' is not one of us-east-1, us-east-2"):
        clouds.up(network(), region="us-east-9")


def test_a_resource_type_without_a_row_is_refused_with_what_to_add(clouds: CloudOnly) -> None:
    with pytest.raises(SandboxError, match="aws:rds/instance:Instance: the simulated clouds do not know this resource"):
        clouds.up(with_a_database)


def test_another_region_is_another_vpc(clouds: CloudOnly) -> None:
    clouds.up(network(subnets=0))

    assert clouds.up(network(subnets=0), region="us-west-2") == ["replace vpc (provider)", "delete vpc"]


def test_two_passwords_are_two_things(clouds: CloudOnly) -> None:
    def program(_: pulumi.ResourceOptions) -> None:
        provider = pulumi.ResourceOptions(provider=random.Provider("secrets"))
        random.RandomPassword("one", length=20, opts=provider)
        random.RandomPassword("two", length=20, opts=provider)

    assert sorted(clouds.up(program)) == ["create one", "create two"]


def test_a_missing_required_input_is_refused_by_its_name(clouds: CloudOnly) -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        pulumi.CustomResource("aws:ec2/subnet:Subnet", "subnet", {"cidrBlock": "10.0.0.0/24"}, opts)

    with pytest.raises(SandboxError, match=r"Subnet subnet: missing required property 'vpcId'\."):
        clouds.up(program)


def test_two_resources_of_one_name_are_refused_as_the_cloud_would(clouds: CloudOnly) -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        for number in range(2):
            aws.cloudwatch.LogGroup(f"logs-{number}", name="/q2o/logs", opts=opts)

    with pytest.raises(SandboxError, match="LogGroup /q2o/logs: the name is taken by 'logs-"):
        clouds.up(program)


def test_what_was_begun_and_never_written_down_is_cleaned_up(clouds: CloudOnly) -> None:
    clouds.up(network())
    state = clouds.engine_state()

    state.remove(next(row for row in state.resources() if row.urn.endswith("::subnet-0")))

    assert clouds.up(network()) == ["clean up subnet-0", "create subnet-0"]


def test_what_somebody_removed_from_the_world_is_made_anew(clouds: CloudOnly) -> None:
    clouds.up(network())
    world = World(clouds.folder / "world")
    entry = next(entry for entry in world.entries() if entry.urn.endswith("::subnet-0"))
    world.remove(kind_of(entry.type), entry)

    assert clouds.up(network()) == ["create subnet-0"]


def test_an_alias_moves_a_resource_without_touching_it(clouds: CloudOnly) -> None:
    clouds.up(network(subnets=0))

    def renamed(opts: pulumi.ResourceOptions) -> None:
        old = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="vpc")])
        aws.ec2.Vpc("main", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions.merge(opts, old))

    assert clouds.up(renamed) == []
    assert [entry.urn.rsplit("::", 1)[-1] for entry in clouds.world.entries()] == ["main"]


def test_a_resource_goes_with_the_one_it_is_deleted_with(clouds: CloudOnly) -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=opts)
        with_vpc = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(deleted_with=vpc))
        aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/24", opts=with_vpc)

    clouds.up(program)

    assert clouds.down() == ["delete vpc"]
    assert clouds.world.entries() == []


def test_a_program_that_fails_leaves_what_stands_and_the_next_run_goes_on(clouds: CloudOnly) -> None:
    def failing(opts: pulumi.ResourceOptions) -> None:
        network()(opts)
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        clouds.up(failing)

    assert clouds.up(network()) == []


BUCKET = "q2o-us-east-recovery"
ADOPT = "set recovery.adopt to the id of the key that it is encrypted with, and it is taken over."


def backups(*, adopt: str | None = None, retain: bool = True, tags: dict[str, str] | None = None):
    """A bucket and a key that outlive their region; `adopt` is the key's id."""

    def program(opts: pulumi.ResourceOptions) -> None:
        def staying(id_: str) -> pulumi.ResourceOptions:
            kept = pulumi.ResourceOptions(import_=id_ if adopt else None, retain_on_delete=retain)
            return pulumi.ResourceOptions.merge(opts, kept)

        bucket = aws.s3.Bucket("bucket", bucket=BUCKET, tags=tags, opts=staying(BUCKET))
        aws.kms.Key("key", description=pulumi.Output.concat("of ", bucket.bucket), opts=staying(adopt or ""))

    return program


def id_of(clouds: CloudOnly, name: str) -> str:
    return next(entry.id for entry in clouds.world.entries() if entry.urn.endswith(f"::{name}"))


def test_what_is_retained_stays_in_the_world_and_the_engine_says_so(clouds: CloudOnly) -> None:
    clouds.up(backups())

    assert clouds.down() == ["keep key", "keep bucket"]
    assert clouds.down() == [], "and no later run takes it for something half made"
    assert len(clouds.world.entries()) == 2
    assert clouds.engine_state().resources() == []


def test_what_is_no_longer_declared_is_kept_too(clouds: CloudOnly) -> None:
    clouds.up(backups())

    assert clouds.up(network()) == ["create vpc", "create subnet-0", "keep key", "keep bucket"]
    assert clouds.up(network()) == []


def test_what_is_no_longer_retained_is_deleted(clouds: CloudOnly) -> None:
    clouds.up(backups())
    clouds.up(backups(retain=False))

    assert clouds.down() == ["delete key", "delete bucket"]
    assert clouds.world.entries() == []


def test_a_region_that_comes_back_without_adopting_is_told_how_and_makes_no_second_key(clouds: CloudOnly) -> None:
    clouds.up(backups())
    clouds.down()

    with pytest.raises(SandboxError) as refusal:
        clouds.up(backups())

    assert refusal.value.message == (
        f"aws:s3/bucket:Bucket {BUCKET}: it stands already, kept when its region was destroyed; {ADOPT}"
    )
    assert len(clouds.world.entries()) == 2


def test_a_region_that_comes_back_takes_over_what_stands(clouds: CloudOnly) -> None:
    clouds.up(backups())
    key = id_of(clouds, "key")
    clouds.down()

    done = clouds.up(backups(adopt=key))

    assert done == [f"import bucket ({BUCKET})", f"import key ({key})"]
    assert id_of(clouds, "key") == key
    assert clouds.up(backups(adopt=key)) == [], "the setting may stay"
    assert clouds.up(backups()) == [], "and may go"
    assert clouds.down() == ["keep key", "keep bucket"]


def test_taking_over_what_is_not_there_is_refused(clouds: CloudOnly) -> None:
    clouds.up(backups())
    clouds.down()

    with pytest.raises(SandboxError) as refusal:
        clouds.up(backups(adopt="00000000-0000-0000-0000-000000000000"))

    assert refusal.value.message == (
        "aws:kms/key:Key key: there is no '00000000-0000-0000-0000-000000000000' in us-east-1 to take over; "
        "correct the id that it is imported by."
    )


def test_what_is_taken_over_must_be_as_the_program_wants_it(clouds: CloudOnly) -> None:
    clouds.up(backups())
    key = id_of(clouds, "key")
    clouds.down()

    with pytest.raises(SandboxError, match=r"inputs to import do not match the existing resource \(tags\)"):
        clouds.up(backups(adopt=key, tags={"team": "platform"}))

    assert clouds.up(backups(adopt=key))[0] == f"import bucket ({BUCKET})", "nothing was changed by the refusal"


def test_an_interrupted_take_over_loses_nothing(clouds: CloudOnly) -> None:
    clouds.up(backups())
    key = id_of(clouds, "key")
    clouds.down()
    clouds.up(backups(adopt=key))
    state = clouds.engine_state()
    for row in state.resources():
        state.remove(row)

    assert clouds.up(backups(adopt=key)) == [f"import bucket ({BUCKET})", f"import key ({key})"]


def test_what_somebody_else_owns_is_not_changed_back(clouds: CloudOnly) -> None:
    def program(cidr: str, tags: dict[str, str], ignored: list[str]) -> Program:
        def build(opts: pulumi.ResourceOptions) -> None:
            whole = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=ignored))
            aws.ec2.Vpc("vpc", cidr_block=cidr, tags=tags, opts=whole)

        return build

    clouds.up(program("10.0.0.0/16", {"size": "1", "team": "a"}, ["tags.size"]))

    assert clouds.up(program("10.0.0.0/16", {"size": "2", "team": "a"}, ["tags.size"])) == []
    assert clouds.up(program("10.0.0.0/16", {"size": "2", "team": "b"}, ["tags.size"])) == ["update vpc (tags)"]
    assert clouds.world.entries()[0].inputs["tags"] == {"size": "1", "team": "b"}
    assert clouds.up(program("10.0.0.0/16", {"size": "2", "team": "b"}, [])) == ["update vpc (tags)"]

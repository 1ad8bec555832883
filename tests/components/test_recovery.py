"""Backups on AWS: what stands in the recovery location, who may touch it, and how a region that comes back finds it."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions

from components.base.errors import ComponentError, SandboxError
from components.recovery.aws import AwsRecovery
from components.recovery.contract import RecoveryArgs
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording, record
from tests.support.assertions import assert_none
from tests.support.components import recovery_args
from tests.support.stacks import awkward, planned
from tests.support.titles import title
from tests.support.worlds import CloudOnly, Program, at_home

README = Path(__file__).parents[2] / "components" / "recovery" / "README.md"
BUCKET = "q2o-test-recovery-123456789012"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
CHILDREN = {
    "aws:kms/alias:Alias recovery-key",
    "aws:kms/key:Key recovery-key",
    "aws:s3/bucket:Bucket recovery-bucket",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration recovery-retention",
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration recovery-lock",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls recovery-ownership",
    "aws:s3/bucketPolicy:BucketPolicy recovery-policy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock recovery-public-access",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration recovery-encryption",
    "aws:s3/bucketVersioning:BucketVersioning recovery-versions",
}


def built(**changed: Any) -> Recording:
    def program() -> None:
        provider = aws.Provider("recovery", allowed_account_ids=["123456789012"], region="us-west-2")
        AwsRecovery("recovery", recovery_args("test", **changed), ResourceOptions(provider=provider))

    return record(program)


def children(recording: Recording) -> list[Registration]:
    return [row for row in recording.resources if row.type.startswith(("aws:s3/", "aws:kms/"))]


def inputs(recording: Recording, short: str) -> dict[str, Any]:
    (row,) = [row for row in children(recording) if row.type.endswith(f":{short}")]
    return row.inputs


def test_exactly_this_is_made() -> None:
    assert {f"{row.type} {row.name}" for row in children(built())} == CHILDREN


def test_all_of_it_outlives_its_region() -> None:
    assert_none([title(row) for row in children(built()) if not row.retain_on_delete], "a destroy would take it along")


def test_nothing_is_taken_over_unless_it_is_asked_for() -> None:
    assert_none([title(row) for row in children(built()) if row.import_id], "it would fail where nothing stands")


def test_a_region_that_comes_back_takes_all_of_it_over_by_its_own_id() -> None:
    ids = {row.type.rsplit(":", 1)[-1]: row.import_id for row in children(built(adopt_key_id=KEY_ID))}

    assert ids.pop("Key") == KEY_ID
    assert ids.pop("Alias") == "alias/q2o-test-recovery"
    assert set(ids.values()) == {BUCKET}
    assert len(ids) == len(CHILDREN) - 2


def test_what_is_taken_over_keeps_its_arn() -> None:
    (component,) = built(adopt_key_id=KEY_ID).of_type("q2o:recovery:AwsRecovery")

    assert component.outputs["key_arn"] == f"arn:aws:kms:us-west-2:123456789012:key/{KEY_ID}"
    assert component.outputs["bucket_arn"] == f"arn:aws:s3:::{BUCKET}"
    assert component.outputs["bucket_name"] == BUCKET


def test_what_aws_does_not_tell_on_import_is_not_set() -> None:
    assert "deletionWindowInDays" not in inputs(built(), "Key"), "the import would be refused for a difference"
    assert "forceDestroy" not in inputs(built(), "Bucket")


def test_the_bucket_stands_before_the_key() -> None:
    """Where a bucket stands already, a key made before it would be left behind, at a dollar a month."""
    (key,) = built().of_type("aws:kms/key:Key")
    (bucket,) = built().of_type("aws:s3/bucket:Bucket")
    assert key.property_dependencies["description"] == (bucket.urn,)


def test_what_holds_data_is_protected_and_can_be_freed() -> None:
    protected = {row.type for row in children(built()) if row.protect}
    assert protected == {"aws:s3/bucket:Bucket", "aws:kms/key:Key"}
    assert_none([title(row) for row in children(built(deletion_protection=False)) if row.protect], "still protected")


def test_objects_are_encrypted_with_the_region_s_own_key() -> None:
    recording = built()
    (rule,) = inputs(recording, "BucketServerSideEncryptionConfiguration")["rules"]
    (component,) = recording.of_type("q2o:recovery:AwsRecovery")

    assert rule["applyServerSideEncryptionByDefault"] == {
        "kmsMasterKeyId": component.outputs["key_arn"],
        "sseAlgorithm": "aws:kms",
    }
    assert rule["bucketKeyEnabled"] is True
    assert inputs(recording, "Key")["enableKeyRotation"] is True


def test_nobody_reaches_it_without_tls_and_no_other_encryption_is_taken() -> None:
    recording = built()
    policy = json.loads(inputs(recording, "BucketPolicy")["policy"])
    by_sid = {statement["Sid"]: statement for statement in policy["Statement"]}

    assert {statement["Effect"] for statement in by_sid.values()} == {"Deny"}
    assert by_sid["OverTlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert by_sid["OverTlsOnly"]["Resource"] == [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    arn = recording.of_type("q2o:recovery:AwsRecovery")[0].outputs["key_arn"]
    assert by_sid["EncryptedByThisKeyOnly"]["Condition"] == {"Null": {key: "false"}, "StringNotEquals": {key: arn}}


def test_a_writer_that_names_no_encryption_is_not_refused() -> None:
    """The bucket's own encryption then applies; a negated condition alone would also match an absent header."""
    policy = json.loads(inputs(built(), "BucketPolicy")["policy"])
    writes = [row for row in policy["Statement"] if row["Action"] == "s3:PutObject"]
    assert len(writes) == 2
    assert all("false" in row["Condition"]["Null"].values() for row in writes)


def test_nothing_is_public_and_acls_are_off() -> None:
    block = inputs(built(), "BucketPublicAccessBlock")
    block.pop("bucket")
    assert block == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert inputs(built(), "BucketOwnershipControls")["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_backups_are_kept_as_long_as_asked_and_locked_for_the_first_days() -> None:
    recording = built(retention_days=60, replaced_days=9, locked_days=5)
    (rule,) = inputs(recording, "BucketLifecycleConfiguration")["rules"]

    assert rule["expiration"] == {"days": 60}
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 9}
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 1}
    assert inputs(recording, "BucketVersioning")["versioningConfiguration"] == {"status": "Enabled"}
    assert inputs(recording, "Bucket")["objectLockEnabled"] is True
    assert inputs(recording, "BucketObjectLockConfiguration")["rule"] == {
        "defaultRetention": {"days": 5, "mode": "GOVERNANCE"}
    }


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"location": "us-east-1"},
            "recovery.location: 'us-east-1' is not allowed: the region lives there, and a backup beside its source is "
            "lost with it; choose another location of the same jurisdiction.",
        ),
        (
            {"retention_days": 0},
            "recovery.retention_days: 0 is not allowed: 1 to 3650 days; choose a number in between.",
        ),
        (
            {"retention_days": 5, "locked_days": 6},
            "recovery.locked_days: 6 is not allowed: 1 day or more, and at most recovery.retention_days, which is 5; "
            "let the lock end before the retention does.",
        ),
        (
            {"replaced_days": 0},
            "recovery.replaced_days: 0 is not allowed: 1 day or more; keep replaced versions at least a day.",
        ),
    ],
    ids=["home", "retention", "lock", "replaced"],
)
def test_what_contradicts_itself_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        recovery_args("test", **changed)
    assert refusal.value.message == message


def test_it_stands_in_the_recovery_location_of_each_stack(stack: str) -> None:
    recording = planned(stack)
    (provider,) = [row for row in recording.of_type("pulumi:providers:aws") if row.name == "recovery"]
    assert provider.inputs["region"] == recording.exports["recovery_location"] != recording.exports["location"]
    strays = [
        title(row)
        for row in recording.resources
        if row.custom and "recovery" in row.parent.rsplit("::", 1)[-1] and not row.provider.startswith(provider.urn)
    ]
    assert_none(strays, "would be lost with the region")


def test_a_long_name_of_a_stack_still_gives_a_bucket_that_names_location_and_account() -> None:
    name = awkward().named("aws:s3/bucket:Bucket", "recovery-bucket").inputs["bucket"]
    assert len(name) <= 63
    assert name.endswith("recovery-us-west-2-111122223333")


def test_the_example_in_the_readme_builds_it(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    example = tmp_path / "example.py"
    example.write_text(code)

    def program() -> None:
        runpy.run_path(str(example))

    assert len(record(program).of_type("q2o:recovery:AwsRecovery")) == 1


def test_a_region_that_comes_back_finds_the_same_bucket_and_the_same_key(tmp_path: Path) -> None:
    clouds = CloudOnly(tmp_path)

    def program(**changed: Any) -> Program:
        return lambda opts: void(AwsRecovery("recovery", free(**changed), opts))

    def ids() -> dict[str, str]:
        return {f"{entry.type} {entry.urn.rsplit('::', 1)[-1]}": entry.id for entry in clouds.world.entries()}

    clouds.up(at_home(program(), region="us-west-2"))
    before = ids()
    key = before["aws:kms/key:Key recovery-key"]
    assert set(before) == CHILDREN
    assert len([line for line in clouds.down() if line.startswith("keep ")]) == len(CHILDREN)

    with pytest.raises(SandboxError) as refusal:
        clouds.up(at_home(program(), region="us-west-2"))
    assert refusal.value.message == (
        f"aws:s3/bucket:Bucket {BUCKET}: it stands already, kept when its region was destroyed; "
        "set recovery.adopt to the id of the key that it is encrypted with, and it is taken over."
    )
    assert ids() == before, "nothing is left behind by the refusal"

    done = clouds.up(at_home(program(adopt_key_id=key), region="us-west-2"))
    assert len(done) == len(CHILDREN)
    assert all(line.startswith("import ") for line in done)
    assert ids() == before


def test_a_region_that_comes_back_elsewhere_does_not_find_it(tmp_path: Path) -> None:
    clouds = CloudOnly(tmp_path)

    def program(**changed: Any) -> Program:
        return lambda opts: void(AwsRecovery("recovery", free(**changed), opts))

    clouds.up(at_home(program(), region="us-west-2"))
    clouds.down()

    with pytest.raises(SandboxError, match=f"resource '{BUCKET}' does not exist"):
        clouds.up(at_home(program(adopt_key_id=KEY_ID, location="us-east-2"), region="us-east-2"))


def void(_: object) -> None:
    """Take no notice: a program returns nothing."""


def free(**changed: Any) -> RecoveryArgs:
    """Arguments without protection, so that the region can be destroyed."""
    return recovery_args("test", deletion_protection=False, **changed)

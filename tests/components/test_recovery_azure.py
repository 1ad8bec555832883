"""Backups on Azure: locked, encrypted, in one location, kept when the region goes, and taken over again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi import ResourceOptions

from components.base.errors import ComponentError, SandboxError
from components.base.vocabulary import Cloud
from components.recovery.azure import AzureRecovery
from components.redis.azure import ACTIONS, backup_remote
from q2o_infra.plan.recorder import Recording, record
from sandbox.engine.journal import Action
from tests.support.azure import provider, recovery_args
from tests.support.stacks import planned_on
from tests.support.worlds import CloudOnly

ACCOUNT = "azure-native:storage:StorageAccount"
KEY_URI = "https://q2o-us-east-1.vault.azure.net/keys/recovery"


def program(**changes: Any) -> Callable[[], None]:
    def make() -> None:
        opts = ResourceOptions(provider=provider("recovery", "centralus"))
        AzureRecovery("recovery", recovery_args(**changes), opts)

    return make


def recorded(**changes: Any) -> Recording:
    return record(program(**changes))


def made(recording: Recording) -> list[Any]:
    return [row for row in recording.resources if row.type.startswith("azure-native:")]


def account(**changes: Any) -> dict[str, Any]:
    return recorded(**changes).named(ACCOUNT, "recovery-account").inputs


def test_no_version_can_be_deleted_or_overwritten_in_its_time() -> None:
    found = account(locked_days=9)["immutableStorageWithVersioning"]
    assert found["enabled"] is True
    assert found["immutabilityPolicy"]["immutabilityPeriodSinceCreationInDays"] == 9
    assert found["immutabilityPolicy"]["state"] == "Unlocked"


def test_what_was_deleted_or_replaced_is_kept_a_while() -> None:
    found = recorded(replaced_days=11).named("azure-native:storage:BlobServiceProperties", "recovery-versions").inputs
    assert found["isVersioningEnabled"] is True
    assert found["deleteRetentionPolicy"] == found["containerDeleteRetentionPolicy"] == {"days": 11, "enabled": True}


def test_old_backups_go_when_their_time_is_over() -> None:
    policy = recorded(retention_days=40).named("azure-native:storage:ManagementPolicy", "recovery-retention").inputs
    (rule,) = policy["policy"]["rules"]
    assert rule["definition"]["actions"]["baseBlob"]["delete"] == {"daysAfterCreationGreaterThan": 40}


def test_backups_are_encrypted_with_a_key_of_their_own_and_open_to_roles_alone() -> None:
    recording = recorded()
    found = account()
    assert found["encryption"]["keySource"] == "Microsoft.Keyvault"
    assert found["encryption"]["keyVaultProperties"]["keyName"] == "recovery"
    assert "keyVersion" not in found["encryption"]["keyVaultProperties"], "a new version takes over by itself"
    assert (found["allowSharedKeyAccess"], found["allowBlobPublicAccess"]) == (False, False)
    key = recording.named("azure-native:keyvault:Key", "recovery-key").inputs["properties"]
    assert key["rotationPolicy"]["lifetimeActions"][0]["trigger"] == {"timeAfterCreate": "P1Y"}


def test_they_lie_in_the_recovery_location_and_in_no_other() -> None:
    recording = recorded()
    places = {row.inputs["location"] for row in made(recording) if "location" in row.inputs}
    assert places == {"centralus"}
    assert account()["sku"] == {"name": "Standard_ZRS"}, "a second location would be Azure's choice"


def test_everything_stays_when_the_region_goes_but_the_lock_that_would_hold_what_has_to_go() -> None:
    assert [row.name for row in made(recorded()) if not row.retain_on_delete] == ["recovery-lock"]
    unprotected = recorded(deletion_protection=False)
    assert not unprotected.of_type("azure-native:authorization:ManagementLockByScope"), "it holds every right below it"


def test_a_region_that_comes_back_takes_all_of_it_over_by_the_key_s_address() -> None:
    recording = recorded(adopt_key_id=KEY_URI, vault_name="q2o-us-east-2")
    assert [row.name for row in made(recording) if not row.import_id] == ["recovery-lock"]
    vault = recording.named("azure-native:keyvault:Vault", "recovery-vault")
    assert vault.inputs["vaultName"] == "q2o-us-east-1", "that of the key, and not the next generation's"
    assert vault.import_id.endswith("/vaults/q2o-us-east-1")


def test_what_it_is_taken_over_by_is_what_it_was_made_as() -> None:
    first, again = recorded(), recorded(adopt_key_id=KEY_URI, vault_name="q2o-us-east-1")
    outputs = first.named("q2o:recovery:AzureRecovery", "recovery").outputs
    assert outputs["key_id"] == KEY_URI
    before = {row.urn: row.inputs for row in made(first)}
    assert {row.urn for row in made(again)} == before.keys()
    account_of = {row.urn: row.import_id for row in made(again)}
    identity = next(urn for urn in account_of if urn.endswith("recovery-account"))
    assert outputs["account_id"] == account_of[identity]


def test_a_region_that_comes_back_in_the_sandbox_finds_its_backups(tmp_path: Path) -> None:
    world = CloudOnly(tmp_path)

    def up(**changes: Any) -> list[Action]:
        steps = world.run(program(deletion_protection=False, **changes)).journal.steps()
        return [step.action for step in steps if step.type.startswith("azure-native:")]

    assert set(up()) == {Action.CREATE}
    standing = {entry.id for entry in world.world.entries()}
    world.down()
    with pytest.raises(SandboxError, match=r"it stands already, kept when its region was destroyed"):
        up(vault_name="q2o-us-east-2")

    vault = next(entry.id for entry in world.world.entries() if entry.type == "azure-native:keyvault:Vault")
    address = f"https://{vault.rpartition('/')[2]}.vault.azure.net/keys/recovery"
    assert set(up(adopt_key_id=address, vault_name="q2o-us-east-2")) == {Action.IMPORT}
    assert {entry.id for entry in world.world.entries()} == standing


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"adopt_key_id": "1234abcd-12ab-34cd-56ef-1234567890ab"},
            "recovery.adopt: '1234abcd-12ab-34cd-56ef-1234567890ab' is not allowed: the address of a key, "
            "https://<vault>.vault.azure.net/keys/recovery; take what the last `up` gave as recovery_key_id.",
        ),
        (
            {"location": "eastus2"},
            "recovery.location: 'eastus2' is not allowed: the region lives there, and a backup beside its source is "
            "lost with it; choose another location of the same jurisdiction.",
        ),
    ],
    ids=["a key of another cloud", "beside its source"],
)
def test_bad_arguments_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        recovery_args(**changes)
    assert refusal.value.message == message


def test_whoever_writes_backups_deletes_none_and_stays_below_its_own_prefix() -> None:
    plan = planned_on(Cloud.AZURE)
    assert not [action for action in ACTIONS if "delete" in action or "immutab" in action.lower() or "*" in action]
    (role,) = [row for row in plan.of_type("azure-native:authorization:RoleDefinition") if "redis" in row.name]
    (permission,) = role.inputs["permissions"]
    assert permission["dataActions"] == list(ACTIONS)
    assert permission["actions"] == []
    right = plan.named("azure-native:authorization:RoleAssignment", "redis-backup-blobs").inputs
    assert "StringLike 'redis/us-east/*'" in right["condition"]
    assert right["conditionVersion"] == "2.0"
    assert right["scope"].endswith("/blobServices/default/containers/q2o-us-east-recovery")


def test_rclone_reaches_the_account_without_a_key() -> None:
    assert backup_remote("q2obackups") == ":azureblob,account=q2obackups,env_auth=true,no_check_container=true"


def test_the_backups_pods_take_on_their_identity() -> None:
    plan = planned_on(Cloud.AZURE)
    account_ = plan.named("kubernetes:core/v1:ServiceAccount", "redis-backup").inputs["metadata"]
    job = plan.named("kubernetes:batch/v1:CronJob", "redis-backup").inputs["spec"]["jobTemplate"]["spec"]["template"]
    assert account_["annotations"].keys() == {"azure.workload.identity/client-id"}
    assert job["metadata"]["labels"]["azure.workload.identity/use"] == "true"

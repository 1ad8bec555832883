"""Backups on Google Cloud: a bucket that keeps what it got, under a key of its own, in the recovery location.

Everything here stays when its region is destroyed: a bucket whose key nobody may use opens no more. `adopt_key_id`
takes bucket, key and ring over again; the right of Cloud Storage to use the key is given anew, which changes nothing.

What is deleted or replaced comes back from soft deletion and not from versions: a bucket has versions or a retention
policy, and without the latter a thief of the rights deletes every backup.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_gcp as gcp
from pulumi import ComponentResource, InvokeOutputOptions, Output, Resource, ResourceOptions

from components.base.errors import ComponentError, refused
from components.cluster.gcp_contract import KEY_ROTATION
from components.recovery.contract import RecoveryArgs

DAY_SECONDS = 86_400
SOFT_DELETE_DAYS = (7, 90)
"""Least and most days that soft deletion keeps an object (Cloud Storage documentation, "Soft delete")."""
KEY = "backups"
"""Name of the key in its ring."""
UPLOAD_DAYS = 1
"""Parts of an upload that never ended are paid for and seen by nobody."""
_KEYS = "/cryptoKeys/"


@dataclass(frozen=True, kw_only=True)
class GcpRecoveryArgs(RecoveryArgs):
    """Arguments of a place for backups on Google Cloud.

    `account_id` is the project's id, `adopt_key_id` the key's whole name,
    `projects/<project>/locations/<location>/keyRings/<ring>/cryptoKeys/backups`.
    """

    generation: int = 1
    """Part of the key ring's name, which no one gets back once it was used."""
    tags: dict[str, str]
    """Cost-allocation labels."""

    def __post_init__(self) -> None:
        super().__post_init__()
        least, most = SOFT_DELETE_DAYS
        if not least <= self.replaced_days <= most:
            raise ComponentError(
                refused(
                    "recovery.replaced_days",
                    self.replaced_days,
                    f"soft deletion keeps objects for {least} to {most} days",
                    "choose a number in between",
                )
            )
        if self.adopt_key_id is not None and not self.adopt_key_id.startswith(self._rings):
            raise ComponentError(
                refused(
                    "recovery.adopt",
                    self.adopt_key_id,
                    f"a key below {self._rings}",
                    "take what the last `up` gave as recovery_key_id",
                )
            )

    @property
    def _rings(self) -> str:
        return f"projects/{self.account_id}/locations/{self.location}/keyRings/"

    @property
    def ring_id(self) -> str:
        """The key ring's whole name: that of the key taken over, or one of this generation."""
        if self.adopt_key_id:
            return self.adopt_key_id.partition(_KEYS)[0]
        return f"{self._rings}{self.key_name}-g{self.generation}"


class GcpRecovery(ComponentResource):
    """Meets `Recovery`."""

    bucket_name: Output[str]
    key_id: Output[str]
    """The key's whole name."""
    location: str
    resource: Resource

    def __init__(self, name: str, args: GcpRecoveryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("q2o:recovery:GcpRecovery", name, None, opts)
        self._name = name
        self._args = args
        key = self._create_key()
        bucket = self._create_bucket(self._admit_storage(key))
        self.bucket_name = bucket.name
        self.key_id = key.id
        self.location = args.location
        self.resource = bucket
        self.register_outputs({"bucket_name": self.bucket_name, "key_id": self.key_id})

    def _options(self, id_: str | None = None, *, protect: bool = False) -> ResourceOptions:
        """Return options of something that stays; `id_` is what it is taken over by."""
        return ResourceOptions(
            parent=self,
            import_=id_ if self._args.adopt_key_id else None,
            protect=protect and self._args.deletion_protection,
            retain_on_delete=True,
        )

    def _create_key(self) -> gcp.kms.CryptoKey:
        args = self._args
        ring = gcp.kms.KeyRing(
            f"{self._name}-key",
            location=args.location,
            name=args.ring_id.rpartition("/")[2],
            project=args.account_id,
            opts=self._options(args.ring_id, protect=True),
        )
        return gcp.kms.CryptoKey(
            f"{self._name}-key",
            key_ring=ring.id,
            labels=dict(args.tags),
            name=KEY,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=KEY_ROTATION,
            opts=self._options(args.adopt_key_id, protect=True),
        )

    def _admit_storage(self, key: gcp.kms.CryptoKey) -> Output[str]:
        """Let Cloud Storage use the key, as an agent of its own; return the key's id, known once it may.

        A project has the agent only once somebody asked who it is; before that IAM refuses its name
        (docs/adr/0025-azure-is-asked-one-question.md).
        """
        agent = gcp.storage.get_project_service_account_output(
            project=self._args.account_id, opts=InvokeOutputOptions(parent=self, depends_on=[key])
        )
        use = gcp.kms.CryptoKeyIAMMember(
            f"{self._name}-storage",
            crypto_key_id=key.id,
            member=agent.apply(lambda found: found.member),
            role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
            opts=ResourceOptions(parent=self, retain_on_delete=True),
        )
        return use.crypto_key_id

    def _create_bucket(self, key: Output[str]) -> gcp.storage.Bucket:
        args = self._args
        return gcp.storage.Bucket(
            f"{self._name}-bucket",
            encryption={"default_kms_key_name": key},
            force_destroy=False,
            labels=dict(args.tags),
            lifecycle_rules=[
                {"action": {"type": "Delete"}, "condition": {"age": args.retention_days}},
                {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": UPLOAD_DAYS}},
            ],
            location=args.location,
            name=args.bucket_name,
            project=args.account_id,
            public_access_prevention="enforced",
            # Not locked: a lock that nobody can take back again would outlive a mistake in the number.
            retention_policy={"is_locked": False, "retention_period": str(args.locked_days * DAY_SECONDS)},
            soft_delete_policy={"retention_duration_seconds": args.replaced_days * DAY_SECONDS},
            storage_class="STANDARD",
            uniform_bucket_level_access=True,
            versioning={"enabled": False},
            opts=self._options(args.bucket_name, protect=True),
        )

"""How Google Cloud says it."""

from __future__ import annotations

from typing import Any

from q2o_infra.parity.dialect import Dialect, Pool
from q2o_infra.parity.findings import Beside, Check, at, pairs
from q2o_infra.parity.inside import ELASTIC_POOL, POOL_LABEL, STORAGE_CLASS, SYSTEM_POOL, is_true
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording

CLUSTER = "gcp:container/cluster:Cluster"
NODE_POOL = "gcp:container/nodePool:NodePool"
BUCKET = "gcp:storage/bucket:Bucket"
KEY = "gcp:kms/cryptoKey:CryptoKey"


def _pools(recording: Recording, label: str) -> list[dict[str, Any]]:
    return [
        row.inputs for row in recording.of_type(NODE_POOL) if row.inputs["nodeConfig"]["labels"][POOL_LABEL] == label
    ]


def _system_pool(recording: Recording) -> Pool:
    (given,) = _pools(recording, SYSTEM_POOL)
    zones = len(given["nodeLocations"])
    return Pool(
        nodes=zones * int(given["nodeCount"]),
        zones=zones,
        label=SYSTEM_POOL,
        is_tainted=bool(at(given, "nodeConfig.taints")),
        spot=is_true(at(given, "nodeConfig.spot")),
        on_demand=not is_true(at(given, "nodeConfig.spot")),
    )


def _elastic_pool(recording: Recording) -> Pool:
    """One pool for each machine: a pool on GKE has one."""
    pools = _pools(recording, ELASTIC_POOL)
    return Pool(
        nodes=sum(int(at(given, "autoscaling.totalMaxNodeCount")) for given in pools),
        zones=min(len(given["nodeLocations"]) for given in pools),
        label=ELASTIC_POOL,
        is_tainted=any(at(given, "nodeConfig.taints") for given in pools),
        spot=any(is_true(at(given, "nodeConfig.spot")) for given in pools),
        on_demand=any(not is_true(at(given, "nodeConfig.spot")) for given in pools),
    )


def _encrypted_bucket(bucket: Registration, recording: Recording) -> bool:
    """Return whether this bucket's objects are encrypted under a key of the plan."""
    keys = {f"{row.inputs['keyRing']}/cryptoKeys/{row.inputs['name']}" for row in recording.of_type(KEY)}
    return at(bucket.inputs, "encryption.defaultKmsKeyName") in keys


DIALECT = Dialect(
    encryption=(
        Check(
            types=(CLUSTER,),
            is_kept=lambda given: (
                at(given, "databaseEncryption.state") == "ENCRYPTED" and bool(at(given, "databaseEncryption.keyName"))
            ),
            how="a Cloud KMS key for Kubernetes' secrets",
            wrong="its secrets are not encrypted under a key of ours",
        ),
        # Disks are encrypted under Google's own keys, always (Google Cloud, "Default encryption at rest").
        Check(
            types=(NODE_POOL,),
            is_kept=lambda given: str(at(given, "nodeConfig.diskType")).startswith("hyperdisk"),
            how="disks that Google always encrypts",
            wrong="its root disk is of a kind that was not looked at",
        ),
        Check(
            types=(STORAGE_CLASS,),
            is_kept=lambda given: str(at(given, "parameters.type")).startswith("hyperdisk"),
            how="volumes that Google always encrypts",
            wrong="its volumes are of a kind that was not looked at",
        ),
        Beside(
            types=(BUCKET,),
            is_kept=_encrypted_bucket,
            how="a Cloud KMS key for backups",
            wrong="its objects are not encrypted under a key of ours",
        ),
    ),
    privacy=(
        Check(
            types=(CLUSTER,),
            is_kept=lambda given: (
                is_true(at(given, "privateClusterConfig.enablePrivateNodes"))
                and not is_true(at(given, "controlPlaneEndpointsConfig.ipEndpointsConfig.enabled"))
                and not is_true(at(given, "controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic"))
            ),
            how="private nodes, and no address of the API server that the internet reaches",
            wrong="the internet reaches its nodes or its API server",
        ),
        Check(
            types=(NODE_POOL,),
            is_kept=lambda given: is_true(at(given, "networkConfig.enablePrivateNodes")),
            how="private nodes in each pool",
            wrong="its machines get public addresses",
        ),
    ),
    identity=(
        Check(
            types=(CLUSTER,),
            is_kept=lambda given: (
                bool(at(given, "workloadIdentityConfig.workloadPool"))
                and not is_true(at(given, "masterAuth.clientCertificateConfig.issueClientCertificate"))
                and not is_true(given.get("enableLegacyAbac"))
            ),
            how="Workload Identity, and no client certificate of the cluster",
            wrong="its pods have no identity, or a certificate enters it",
        ),
        Check(
            types=(NODE_POOL,),
            is_kept=lambda given: (
                at(given, "nodeConfig.workloadMetadataConfig.mode") == "GKE_METADATA"
                and bool(at(given, "nodeConfig.serviceAccount"))
            ),
            how="a service account for nodes that pods do not reach",
            wrong="pods reach the credentials of its nodes",
        ),
    ),
    static_credentials=frozenset({"gcp:serviceaccount/key:Key", "gcp:storage/hmacKey:HmacKey"}),
    protection=(
        Check(
            types=(CLUSTER,),
            is_kept=lambda given: is_true(given.get("deletionProtection")),
            how="deletion protection of the cluster",
            wrong="the provider would delete it",
        ),
        Check(
            types=(BUCKET,),
            is_kept=lambda given: (
                int(at(given, "retentionPolicy.retentionPeriod") or 0) > 0 and not is_true(given.get("forceDestroy"))
            ),
            how="a retention policy on backups",
            wrong="backups can be deleted at once",
        ),
    ),
    recovery={
        BUCKET: lambda recording: str(recording.named(BUCKET, "recovery-bucket").inputs["location"]),
        "gcp:kms/keyRing:KeyRing": lambda recording: str(_key_ring(recording)["location"]),
    },
    system_pool=_system_pool,
    elastic_pool=_elastic_pool,
    # Google Cloud, "Requirements for labels": 63 characters, no capital letters.
    label_pattern=r"[a-z0-9_-]{1,63}",
    label_field="labels",
    labels_come_from_the_provider=True,
    beyond_the_provider={
        CLUSTER: lambda given: [at(given, "resourceLabels")],
        NODE_POOL: lambda given: [at(given, "nodeConfig.resourceLabels")],
        STORAGE_CLASS: lambda given: [pairs(at(given, "parameters.labels"))],
    },
    unlabelled={},
)


def _key_ring(recording: Recording) -> dict[str, Any]:
    (row,) = (found for found in recording.of_type("gcp:kms/keyRing:KeyRing") if found.name.startswith("recovery"))
    return row.inputs

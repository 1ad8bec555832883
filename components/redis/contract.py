"""What the Redis Cluster is given, and by which names others reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi import Input, Resource

from components.base.errors import ComponentError
from components.base.images import check_image
from components.cluster.contract import CredentialSource
from components.namespaces.contract import DATA_NAMESPACE
from components.redis.failover import check_node_timeout
from components.redis.sizes import check_backup_interval, check_redis_size
from components.redis.topology import plan_nodes

PORT = 6379
"""Port of every node and of the Service; TLS only."""
BUS_PORT = PORT + 10_000
"""Where nodes speak among themselves; always so far above their port (Redis Cluster specification)."""
EXPORTER_PORT = 9121

SERVICE = "redis"
"""The Service that clients discover the cluster by; it leads to whichever node is ready."""
NODES_SERVICE = "redis-nodes"
"""The headless Service that names each node, ready or not."""
HOST = f"{SERVICE}.{DATA_NAMESPACE}.svc.cluster.local"
NODES_DOMAIN = f"{NODES_SERVICE}.{DATA_NAMESPACE}.svc.cluster.local"

APPLICATION_SECRET = "redis-application"  # noqa: S105 # the name of a Secret
APPLICATION_USER = "application"
CLIENT_ISSUER = "q2o-redis"
"""ClusterIssuer whose certificates carry the authority (`ca.crt`) that clients verify the nodes by."""

BACKUP_SERVICE_ACCOUNT = "redis-backup"
BACKUP_PREFIX = "redis"
"""Where backups lie in the bucket: `redis/<stack>/<time>/shard-<n>.rdb`."""


@dataclass(frozen=True, kw_only=True)
class ImageArgs:
    """The three images, by digest, for arm64."""

    backup: str
    """rclone, which writes to the object store."""
    exporter: str
    """redis_exporter."""
    server: str
    """Valkey on Debian: the scripts use `getent`, `timeout` and `awk` of that image."""

    def __post_init__(self) -> None:
        for name in ("backup", "exporter", "server"):
            check_image(f"redis.images.{name}", getattr(self, name), error=ComponentError)


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """Where backups go, and how often."""

    bucket_name: Input[str]
    """A bucket in the region's recovery location, never in the region itself."""
    credential_source: CredentialSource | None
    """Where the backups' pods ask for their credentials (the cluster's)."""
    account_annotations: Mapping[str, Input[str]] = field(default_factory=dict)
    """On the service account: which of the cloud's identities its pods take on, where the cloud reads it there."""
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    """On the backups' pods: what gives them their credentials, where the cloud reads it there."""
    identity: Resource
    """What gives `BACKUP_SERVICE_ACCOUNT` its rights on the bucket: pods started before it get none."""
    interval_minutes: int
    """Time between two backups, and so what is lost with a region at most. Each costs three objects of a shard's
    size for as long as the bucket keeps them."""
    remote: str
    """How rclone reaches the bucket's object store, as a connection string (rclone.org, "Connection strings")."""
    stack: str
    """Part of the objects' names, so that a region finds its own."""

    def __post_init__(self) -> None:
        check_backup_interval("redis.backups.interval_minutes", self.interval_minutes, error=ComponentError)


@dataclass(frozen=True, kw_only=True)
class RedisArgs:
    """Arguments of the Redis Cluster: three primaries and three replicas."""

    backups: BackupArgs | None
    """`None`: no backups, and with the region its data is gone."""
    certificates: Resource
    """What issues certificates; it stands before the first one is asked for."""
    cluster_resource: Resource
    """The cluster itself: what needs no orderly end is gone with it."""
    cpu_millicores: int
    """CPU that one server asks for, in thousandths of a core; it may use what is idle."""
    deletion_protection: bool = True
    """Guards the namespace and the StatefulSets, whose deletion takes the data along."""
    images: ImageArgs
    kubernetes_minor: str
    """The cluster's minor version, for example `1.36`; pins what Pod Security `restricted` means."""
    memory_mib: int
    """Memory of one server's container, in MiB; data takes 70 % of it at most. There are six."""
    node_timeout_milliseconds: int
    """Silence after which a node counts as dead. Shorter: writes are back sooner, and a pause looks like a death."""
    priority_class: Input[str]
    """Priority class of the tier data."""
    recovery_seconds: int
    """In less than this writes are back after a primary died (the phase's promise)."""
    storage: Resource
    """What makes volumes, and deletes them: it outlives the claims."""
    storage_class: Input[str]
    storage_gib: int
    """Volume of one node, in GiB; billed six times. The log may grow to three times the data before it is rewritten."""
    zone_label: str = "topology.kubernetes.io/zone"
    """Label of nodes that says which zone they stand in, in the words of `zones` (AWS: `topology.k8s.aws/zone-id`)."""
    zones: tuple[str, ...]
    """Three zones; the place of each in this order decides which shard it leads, so the order is never changed."""

    def __post_init__(self) -> None:
        plan_nodes(self.zones)
        check_node_timeout(
            "redis.node_timeout_milliseconds",
            self.node_timeout_milliseconds,
            promise_seconds=self.recovery_seconds,
            error=ComponentError,
        )
        check_redis_size("redis", memory_mib=self.memory_mib, storage_gib=self.storage_gib, error=ComponentError)

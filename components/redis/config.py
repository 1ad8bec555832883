"""What every server is told, and who may do what: the same text for all six nodes.

Redis 7.0 and Valkey 8 and 9 take it; the drills run it. What differs between nodes (address, port, folders) is added by
`scripts/start.sh`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum

MAXMEMORY_PERCENT = 70
"""Share of the container's memory that data may take. The rest is for the copy that a fork keeps while it writes a
snapshot or a new log under load, for the backlog and for clients; where that runs out the kernel kills the server."""
NODE_TIMEOUT_MILLISECONDS = 2000
"""Silence after which a node counts as failing; what it is worth is computed in components/redis/failover.py."""
BACKLOG_MIB = 64
VALIDITY_FACTOR = 10

_CONFIG = """\
# Generated; the same for all nodes. Address, port, folders and passwords are added when a node starts.
daemonize no
logfile ""
loglevel notice
protected-mode yes

# TLS for clients, replication and the bus; no other port is open. Clients prove who they are by password. On the bus
# the server always asks for a certificate, whatever this says.
port 0
tls-auth-clients no
tls-cluster yes
tls-protocols "TLSv1.2 TLSv1.3"
tls-replication yes

cluster-enabled yes
cluster-config-file nodes.conf
cluster-node-timeout {node_timeout_milliseconds}
# A lost shard must not take the other two along.
cluster-require-full-coverage no
# A replica that was cut off for longer than this many timeouts and a ping does not take over by itself: the writes it
# lacks were acknowledged, and its primary's volume has them. A person may force it (docs/how-to/redis-failover.md).
cluster-replica-validity-factor {validity_factor}
# Each replica stays with its shard; one that wandered would share a zone with its primary.
cluster-allow-replica-migration no
# Clients verify certificates by name, and names outlive addresses.
cluster-preferred-endpoint-type hostname

# With one replica in each shard, asking for it would turn every restart of a replica into an outage of writes.
min-replicas-to-write 0
masteruser replication
# A short absence is made up for from the backlog, without a copy of everything.
repl-backlog-size {backlog_mib}mb
repl-diskless-sync yes
repl-diskless-sync-delay 0
repl-ping-replica-period 1
client-output-buffer-limit replica 128mb 64mb 60

appendonly yes
appendfsync everysec
appenddirname appendonlydir
save 3600 1
# The log is what counts; a snapshot that fails must not stop writes, and none is waited for at the end.
stop-writes-on-bgsave-error no
shutdown-on-sigterm nosave
shutdown-timeout 10

maxmemory {maxmemory_mib}mb
# Keys with an expiry are caches and go first; a key without one was acknowledged for good and is never given up:
# when only those are left, writes are refused.
maxmemory-policy volatile-lru
maxmemory-clients 5%
tcp-keepalive 60
"""


class AclUser(StrEnum):
    """Who speaks to a server. Not a person: nobody has a user of their own."""

    APPLICATION = "application"
    EXPORTER = "exporter"
    KEEPER = "keeper"
    REPLICATION = "replication"


_RIGHTS: dict[AclUser, str] = {
    # What clients of a cluster ask for on their way, and no command that empties, halts or lists everything.
    AclUser.APPLICATION: (
        "~* &* +@all -@admin -@dangerous "
        "+cluster|countkeysinslot +cluster|info +cluster|keyslot +cluster|myid +cluster|nodes +cluster|shards "
        "+cluster|slots"
    ),
    AclUser.EXPORTER: (
        "resetkeys resetchannels -@all +ping +info +client|setname +cluster|info +latency|latest "
        "+latency|histogram +slowlog|get +slowlog|len"
    ),
    AclUser.KEEPER: (
        "resetkeys resetchannels -@all +ping +info +config|set "
        "+cluster|addslotsrange +cluster|failover +cluster|forget +cluster|info +cluster|meet +cluster|nodes "
        "+cluster|replicate"
    ),
    # Also what a backup does: it reads a shard as a replica would.
    AclUser.REPLICATION: "resetkeys resetchannels -@all +ping +psync +replconf +sync",
}


def server_config(*, memory_mib: int, node_timeout_milliseconds: int = NODE_TIMEOUT_MILLISECONDS) -> str:
    """Return the configuration of a server whose container may use `memory_mib`."""
    return _CONFIG.format(
        backlog_mib=BACKLOG_MIB,
        maxmemory_mib=memory_mib * MAXMEMORY_PERCENT // 100,
        node_timeout_milliseconds=node_timeout_milliseconds,
        validity_factor=VALIDITY_FACTOR,
    )


def acl_file(passwords: Mapping[AclUser, str]) -> str:
    """Return the users with the hashes of their passwords; the default user, who needs none, is off."""
    lines = ["user default off resetpass resetkeys resetchannels -@all"]
    for user, rights in _RIGHTS.items():
        digest = hashlib.sha256(passwords[user].encode()).hexdigest()
        lines.append(f"user {user.value} on resetpass #{digest} {rights}")
    return "\n".join(lines) + "\n"

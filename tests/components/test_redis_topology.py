"""Where nodes stand, proven: any zone may be lost. That the hand-back undoes a failover is shown by the drill."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from components.redis.config import AclUser, acl_file, server_config
from components.redis.scripts import SCRIPTS, script
from components.redis.topology import SLOTS, Node, Role, plan_nodes, render_nodes, slot_range

ZONES = ("a", "b", "c")
NODES = plan_nodes(ZONES)


def primaries(failed_over: frozenset[int] = frozenset()) -> list[Node]:
    """The primary of each shard; where it failed over, the replica leads."""
    wanted = {shard: Role.REPLICA if shard in failed_over else Role.PRIMARY for shard in range(3)}
    return [node for node in NODES if node.role is wanted[node.shard]]


def test_a_primary_and_its_replica_never_share_a_zone() -> None:
    for shard in range(3):
        assert len({node.zone for node in NODES if node.shard == shard}) == 2


def test_in_steady_state_no_zone_holds_two_primaries() -> None:
    assert sorted(node.zone for node in primaries()) == list(ZONES)


@pytest.mark.parametrize("zone", ZONES)
def test_the_loss_of_any_zone_leaves_every_shard_a_node_and_two_of_three_votes(zone: str) -> None:
    left = [node for node in NODES if node.zone != zone]
    assert {node.shard for node in left} == {0, 1, 2}
    assert len([node for node in primaries() if node.zone != zone]) == 2


@pytest.mark.parametrize("shard", range(3))
def test_a_failover_puts_two_primaries_into_one_zone(shard: int) -> None:
    exposed = [node.zone for node in primaries(frozenset({shard}))]
    assert len(set(exposed)) == 2


@pytest.mark.parametrize("shard", range(3))
def test_even_while_exposed_the_loss_of_the_emptied_zone_keeps_all_three_votes(shard: int) -> None:
    leading = primaries(frozenset({shard}))
    assert len([node for node in leading if node.zone != ZONES[shard]]) == 3


def test_slots_are_covered_once() -> None:
    ranges = [slot_range(shard) for shard in range(3)]
    assert [slot for first, last in ranges for slot in range(first, last + 1)] == list(range(SLOTS))


def test_the_table_of_nodes_is_what_the_scripts_read() -> None:
    table = render_nodes(NODES, host=lambda node: f"{node.name}.example", port=lambda _: 6379)
    assert table.splitlines()[:2] == [
        "redis-a-0 redis-a-0.example 6379 0 primary 0 5460",
        "redis-b-1 redis-b-1.example 6379 0 replica 0 5460",
    ]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_one_that_sh_reads(name: str) -> None:
    shell = shutil.which("sh")
    assert shell
    found = subprocess.run([shell, "-n"], input=script(name), text=True, capture_output=True, check=False)
    assert found.returncode == 0, found.stderr


def directives() -> dict[str, str]:
    lines = [line for line in server_config(memory_mib=2048).splitlines() if line and not line.startswith("#")]
    return {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in lines}


def test_the_configuration_says_what_the_promises_rest_on() -> None:
    found = directives()
    assert found["port"] == "0", "no port without TLS"
    assert (found["tls-cluster"], found["tls-replication"]) == ("yes", "yes")
    assert found["cluster-node-timeout"] == "2000"
    assert found["cluster-require-full-coverage"] == "no"
    assert found["cluster-allow-replica-migration"] == "no"
    assert found["cluster-preferred-endpoint-type"] == "hostname"
    assert (found["appendonly"], found["appendfsync"]) == ("yes", "everysec")
    assert found["maxmemory"] == "1433mb"
    assert found["min-replicas-to-write"] == "0"


def test_nobody_but_the_keeper_changes_the_cluster_and_nobody_empties_it() -> None:
    lines = {line.split()[1]: line for line in acl_file(dict.fromkeys(AclUser, "x")).splitlines()}
    assert set(lines) == {"default", *(user.value for user in AclUser)}
    assert "-@admin -@dangerous" in lines["application"]
    for name, line in lines.items():
        assert ("+cluster|failover" in line) == (name == "keeper")
        assert "config|get" not in line, "it shows the password that replicas show their primary"
        assert "flush" not in line

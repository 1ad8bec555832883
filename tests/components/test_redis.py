"""What the Redis component makes, and whom it lets in."""

from __future__ import annotations

import json
import re
import runpy
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_kubernetes import Provider as KubernetesProvider
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_random import Provider as RandomProvider

from components.base.errors import ComponentError
from components.cluster.aws_contract import POD_IDENTITY
from components.redis.aws import backup_remote
from components.redis.component import Redis
from components.redis.config import NODE_TIMEOUT_MILLISECONDS, AclUser, acl_file
from components.redis.contract import BackupArgs, ImageArgs, RedisArgs
from components.redis.failover import failover_seconds
from components.redis.scripts import SCRIPTS
from q2o_infra.plan import wire
from q2o_infra.plan.recorder import Recording, record
from q2o_infra.settings import RedisSettings

GIVEN = RedisSettings()
IMAGE = "registry.example/q2o/app@sha256:" + "0" * 64
ZONES = ("use1-az1", "use1-az2", "use1-az4")
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def args(cluster: Namespace, **changes: Any) -> RedisArgs:
    given: dict[str, Any] = {
        "backups": None,
        "certificates": cluster,
        "cluster_resource": cluster,
        "cpu_millicores": GIVEN.cpu_millicores,
        "images": ImageArgs(backup=IMAGE, exporter=IMAGE, server=IMAGE),
        "kubernetes_minor": "1.36",
        "memory_mib": GIVEN.memory_mib,
        "node_timeout_milliseconds": GIVEN.node_timeout_milliseconds,
        "priority_class": "q2o-data",
        "recovery_seconds": 10,
        "storage": cluster,
        "storage_class": "encrypted-gp3",
        "storage_gib": GIVEN.storage_gib,
        "zone_label": "topology.k8s.aws/zone-id",
        "zones": ZONES,
    }
    return RedisArgs(**{**given, **changes})


def build(*, backups: bool = True, **changes: Any) -> Recording:
    def program() -> None:
        kubernetes = KubernetesProvider("cluster", kubeconfig="{}", cluster_identifier="test")
        random = RandomProvider("random")
        cluster = Namespace("stand-in", metadata={"name": "c"}, opts=pulumi.ResourceOptions(provider=kubernetes))
        where = BackupArgs(
            bucket_name="backups",
            credential_source=POD_IDENTITY,
            identity=cluster,
            interval_minutes=GIVEN.backup_interval_minutes,
            remote=backup_remote("us-west-2"),
            stack="us-east",
        )
        Redis(
            "redis",
            args(cluster, backups=where if backups else None, **changes),
            pulumi.ResourceOptions(providers=[kubernetes, random]),
        )

    return record(program)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return cached()


@cache
def cached() -> Recording:
    return build()


def pod(recording: Recording, zone: str) -> dict[str, Any]:
    spec: dict[str, Any] = recording.named(STATEFUL_SET, f"redis-{zone}").inputs["spec"]["template"]["spec"]
    return spec


def test_it_consists_of_exactly_this(recording: Recording) -> None:
    own = [row for row in recording.resources if row.name.startswith("redis-")]
    assert sorted(f"{row.type.rsplit(':', 1)[-1]} {row.name}" for row in own) == sorted(
        [
            "Certificate redis-authority",
            "Certificate redis-certificate",
            "ClusterIssuer redis-issuer",
            "ClusterIssuer redis-self-signed",
            "ConfigMap redis-settings",
            "CronJob redis-backup",
            "Namespace redis-namespace",
            *(
                f"NetworkPolicy redis-{name}"
                for name in (
                    "backups-to-identity",
                    "backups-to-nodes",
                    "backups-to-object-store",
                    "default-deny",
                    "from-backups",
                    "from-clients",
                    "from-nodes",
                    "from-prometheus",
                    "to-dns",
                    "to-nodes",
                )
            ),
            "PodDisruptionBudget redis-nodes",
            *(f"RandomPassword redis-{user.value}" for user in AclUser),
            "Secret redis-application",
            "Secret redis-users",
            "Service redis-clients",
            "Service redis-nodes",
            "ServiceAccount redis-backup",
            "ServiceAccount redis-nodes",
            *(f"StatefulSet redis-{zone}" for zone in ZONES),
        ]
    )


def test_without_backups_nothing_leads_out() -> None:
    bare = build(backups=False)
    assert not bare.of_type("kubernetes:batch/v1:CronJob")
    assert not [row.name for row in bare.of_type(POLICY) if "backup" in row.name]


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_has_two_pods_that_can_stand_nowhere_else(recording: Recording, zone: str) -> None:
    spec = recording.named(STATEFUL_SET, f"redis-{zone}").inputs["spec"]
    assert spec["replicas"] == 2
    terms = pod(recording, zone)["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert terms["nodeSelectorTerms"] == [
        {"matchExpressions": [{"key": "topology.k8s.aws/zone-id", "operator": "In", "values": [zone]}]}
    ]
    assert pod(recording, zone)["nodeSelector"] == {"q2o.dev/pool": "system"}
    assert pod(recording, zone)["priorityClassName"] == "q2o-data"


def test_all_pods_of_a_zone_start_at_once_so_that_six_new_addresses_recover(recording: Recording) -> None:
    assert {row.inputs["spec"]["podManagementPolicy"] for row in recording.of_type(STATEFUL_SET)} == {"Parallel"}
    nodes = recording.named("kubernetes:core/v1:Service", "redis-nodes").inputs["spec"]
    assert nodes["publishNotReadyAddresses"] is True
    assert nodes["clusterIP"] == "None"


def test_a_rollout_takes_one_node_of_the_six_at_a_time(recording: Recording) -> None:
    first, second, third = (recording.named(STATEFUL_SET, f"redis-{zone}") for zone in ZONES)
    assert first.urn in second.dependencies
    assert second.urn in third.dependencies
    budget = recording.named("kubernetes:policy/v1:PodDisruptionBudget", "redis-nodes").inputs["spec"]
    assert budget == {"maxUnavailable": 1, "selector": {"matchLabels": {"app.kubernetes.io/component": "redis"}}}


def test_the_hand_over_ends_before_the_pod_is_killed(recording: Recording) -> None:
    server = pod(recording, ZONES[0])["containers"][0]
    hand_over = next(int(row["value"]) for row in server["env"] if row["name"] == "Q2O_REDIS_HAND_OVER_SECONDS")
    assert server["lifecycle"]["preStop"]["exec"]["command"] == ["/bin/sh", "/etc/redis/settings/pre-stop"]
    assert hand_over + 15 < pod(recording, ZONES[0])["terminationGracePeriodSeconds"]


def test_changed_settings_start_the_pods_anew() -> None:
    def mark(recording: Recording) -> str:
        row = recording.named(STATEFUL_SET, f"redis-{ZONES[0]}")
        return str(row.inputs["spec"]["template"]["metadata"]["annotations"]["q2o.dev/settings"])

    assert mark(build(node_timeout_milliseconds=3000)) != mark(cached())
    assert mark(build()) == mark(cached())


def test_claims_outlive_their_stateful_set(recording: Recording) -> None:
    for row in recording.of_type(STATEFUL_SET):
        assert row.inputs["spec"]["persistentVolumeClaimRetentionPolicy"] == {
            "whenDeleted": "Retain",
            "whenScaled": "Retain",
        }
        (claim,) = row.inputs["spec"]["volumeClaimTemplates"]
        assert claim["spec"]["storageClassName"] == "encrypted-gp3"


def test_what_holds_data_is_protected_unless_that_is_switched_off(recording: Recording) -> None:
    guarded = {row.name for row in recording.resources if row.protect}
    assert guarded == {"redis-namespace", *(f"redis-{zone}" for zone in ZONES)}
    assert not [row.name for row in build(deletion_protection=False).resources if row.protect]


def test_every_pod_is_as_restricted_as_its_namespace_asks(recording: Recording) -> None:
    job = recording.named("kubernetes:batch/v1:CronJob", "redis-backup").inputs["spec"]["jobTemplate"]["spec"]
    for spec in [*(pod(recording, zone) for zone in ZONES), job["template"]["spec"]]:
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["automountServiceAccountToken"] is False
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            }
            assert container["image"] == IMAGE
            assert container["resources"]["limits"].keys() == {"memory"}


def test_clients_come_from_two_namespaces_and_the_bus_is_among_nodes(recording: Recording) -> None:
    def opened(name: str) -> tuple[list[str], list[int]]:
        (rule,) = recording.named(POLICY, f"redis-{name}").inputs["spec"]["ingress"]
        peers = [
            str(next(iter(selector["matchLabels"].values()))) for peer in rule["from"] for selector in peer.values()
        ]
        return peers, [int(port["port"]) for port in rule["ports"]]

    assert opened("from-clients") == (["q2o-api", "q2o-agents"], [6379])
    assert opened("from-nodes") == (["redis"], [6379, 16379])
    assert opened("from-prometheus") == (["q2o-observability"], [9121])
    assert opened("from-backups") == (["redis-backup"], [6379])


def test_the_certificate_names_what_nodes_announce_and_what_clients_ask_for(recording: Recording) -> None:
    spec = recording.named("kubernetes:cert-manager.io/v1:Certificate", "redis-certificate").inputs["spec"]
    announced = [line.split()[1] for line in settings(recording)["nodes"].splitlines()]
    assert len(announced) == 6
    assert set(announced) < set(spec["dnsNames"])
    assert "redis.q2o-data.svc.cluster.local" in spec["dnsNames"]
    assert {"server auth", "client auth"} < set(spec["usages"])


def settings(recording: Recording) -> dict[str, str]:
    data: dict[str, str] = recording.named("kubernetes:core/v1:ConfigMap", "redis-settings").inputs["data"]
    return data


def test_a_pod_finds_every_script_that_it_is_told_to_run(recording: Recording) -> None:
    assert set(settings(recording)) == {"nodes", "server.conf", *SCRIPTS}
    told = json.dumps([row.inputs for row in recording.of_type(STATEFUL_SET)])
    for name in ("keeper", "pre-stop", "probe", "start"):
        assert f"/etc/redis/settings/{name}" in told


def test_passwords_are_secret_from_birth_and_the_server_reads_hashes(recording: Recording) -> None:
    row = recording.named("kubernetes:core/v1:Secret", "redis-users")
    assert set(row.inputs["stringData"]) == {"users.acl", "exporter", "keeper", "replication"}
    assert "user " not in json.dumps(wire.redact(row.wire_inputs))
    application = recording.named("kubernetes:core/v1:Secret", "redis-application")
    assert set(application.inputs["stringData"]) == {"host", "password", "port", "user"}
    text = acl_file({user: f"password of {user}" for user in AclUser})
    assert "password of" not in text
    assert text.startswith("user default off")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"zones": ZONES[:2]},
            "redis.zones: ['use1-az1', 'use1-az2'] is not allowed: 3 different zones; name one zone for each shard.",
        ),
        (
            {"zones": (*ZONES[:2], ZONES[0])},
            "redis.zones: ['use1-az1', 'use1-az2', 'use1-az1'] is not allowed: 3 different zones; name one zone for "
            "each shard.",
        ),
        (
            {"memory_mib": 128},
            "redis.memory_mib: 128 is not allowed: 256 or more, because the backlog and the clients take their part "
            "beside the data; set it to 256 or more.",
        ),
        (
            {"storage_gib": 3},
            "redis.storage_gib: 3 is not allowed: the log of a server of 1280 MiB may grow to 3 times that, 4 GiB; set "
            "it to 4 or more.",
        ),
        (
            {"node_timeout_milliseconds": 6000},
            "redis.node_timeout_milliseconds: 6000 is not allowed: writes are promised back in less than 10 s, and "
            "with it they take up to 1.5 x 6 s of silence + 1 s until a majority agrees + 0.5 s + 0.5 s until the "
            "election = 11 s; set it to 5333 or less.",
        ),
        (
            {"node_timeout_milliseconds": 500},
            "redis.node_timeout_milliseconds: 500 is not allowed: a fork or a busy machine is silent for as long, and "
            "its shard would be taken from it; set it to 1000 or more.",
        ),
    ],
    ids=["two-zones", "a-zone-twice", "small-memory", "small-volume", "slow-failover", "nervous-failover"],
)
def test_what_breaks_the_promise_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError) as caught:
        build(**changes)
    assert caught.value.message == message


def test_an_image_by_tag_is_refused() -> None:
    with pytest.raises(ComponentError, match=r"redis\.images\.server"):
        ImageArgs(backup=IMAGE, exporter=IMAGE, server="valkey/valkey:9")


def test_an_uneven_interval_of_backups_is_refused(recording: Recording) -> None:
    (row,) = recording.of_type("kubernetes:batch/v1:CronJob")
    assert row.inputs["spec"]["schedule"] == "0 */1 * * *"
    with pytest.raises(ComponentError, match="that divide an hour"):
        BackupArgs(
            bucket_name="b",
            credential_source=None,
            identity=None,  # type: ignore[arg-type]
            interval_minutes=7,
            remote="x",
            stack="y",
        )


README = (Path(__file__).parents[2] / "components" / "redis" / "README.md").read_text(encoding="utf-8")


def test_the_readme_says_how_large_a_server_is() -> None:
    assert f"Six servers of {GIVEN.memory_mib:,} MiB " in README


def test_the_readme_says_how_long_a_failover_takes() -> None:
    longest = f"{failover_seconds(NODE_TIMEOUT_MILLISECONDS):g}"
    rows = re.findall(r"^\| a (?:primary dies|zone is lost).* \| (\d+) \|$", README, flags=re.MULTILINE)
    assert rows == [longest, longest]


def test_the_example_of_the_readme_builds_what_it_says(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    example = tmp_path / "example.py"
    example.write_text(code)
    recording = record(runpy.run_path(str(example))["program"])
    assert len(recording.of_type(STATEFUL_SET)) == 3

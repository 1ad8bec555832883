"""Edge, backups and budget on Google Cloud: what is made, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi import ResourceOptions

from clouds.gcp import records as gcp_table
from components.base.errors import ComponentError, SandboxError
from components.base.vocabulary import Cloud
from components.edge.gcp import HABITS, NEG_STATUS
from components.edge.gcp_balancer import BALANCER_RANGES
from components.edge.timings import DRAIN_SECONDS, HEALTH_INTERVAL_SECONDS, HEALTH_THRESHOLD, REQUEST_SECONDS
from components.recovery.gcp import GcpRecovery
from components.redis.gcp import backup_remote
from q2o_infra.plan.recorder import Recording
from q2o_infra.plan.region_plan import plan_region
from tests.support.gcp import PROJECT, budget_args, edge_args, provider, recorded, recovery_args
from tests.support.stacks import built_settings, planned_on
from tests.support.worlds import CloudOnly

ADOPTED = "projects/q2o-test/locations/us-central1/keyRings/q2o-us-east-recovery-g4/cryptoKeys/backups"


def one(type_: str, name: str) -> dict[str, Any]:
    return planned_on(Cloud.GCP).named(type_, name).inputs


def recovery(**changed: Any) -> Recording:
    return recorded(lambda opts: GcpRecovery("recovery", recovery_args(**changed), opts))


# Edge


def test_the_balancer_leads_to_the_group_of_each_zone_under_the_name_that_the_service_asks_for() -> None:
    service = one("kubernetes:core/v1:Service", "edge-endpoints")
    backends = one("gcp:compute/backendService:BackendService", "edge-proxies")["backends"]
    (name,) = {
        row["name"]
        for row in json.loads(service["metadata"]["annotations"]["cloud.google.com/neg"])["exposed_ports"].values()
    }

    assert service["metadata"]["annotations"]["pulumi.com/waitFor"] == NEG_STATUS
    assert [row["group"].partition("/zones/")[2] for row in backends] == [
        f"us-east4-{letter}/networkEndpointGroups/{name}" for letter in "abc"
    ]
    # The proxies that Envoy Gateway runs: by its labels, on the port that the container has.
    assert service["spec"]["selector"]["gateway.envoyproxy.io/owning-gateway-name"] == "public"
    assert service["spec"]["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP", "targetPort": 8080}]


def test_a_proxy_that_fails_is_dropped_as_fast_as_on_aws() -> None:
    health = one("gcp:compute/healthCheck:HealthCheck", "edge-proxies")
    service = one("gcp:compute/backendService:BackendService", "edge-proxies")

    assert (health["checkIntervalSec"], health["unhealthyThreshold"]) == (HEALTH_INTERVAL_SECONDS, HEALTH_THRESHOLD)
    assert health["httpHealthCheck"] == {
        "port": 19003,
        "portSpecification": "USE_FIXED_PORT",
        "requestPath": "/ready",
    }
    assert (service["connectionDrainingTimeoutSec"], service["timeoutSec"]) == (DRAIN_SECONDS, REQUEST_SECONDS)
    assert service["loadBalancingScheme"] == "EXTERNAL_MANAGED"
    assert service["logConfig"] == {"enable": True, "sampleRate": 1.0}


def test_nobody_but_google_reaches_the_proxies_and_on_two_ports_only() -> None:
    rule = one("gcp:compute/firewall:Firewall", "edge-from-balancer")
    (policy,) = [
        row.inputs
        for row in planned_on(Cloud.GCP).of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
        if row.name == "edge-from-balancer"
    ]
    ranges = [str(block) for block in BALANCER_RANGES]

    assert rule["sourceRanges"] == ranges == ["35.191.0.0/16", "130.211.0.0/22"]
    assert rule["allows"] == [{"ports": ["8080", "19003"], "protocol": "tcp"}]
    # Every node bears the tag that the rule is about.
    pools = planned_on(Cloud.GCP).of_type("gcp:container/nodePool:NodePool")
    assert all(row.inputs["nodeConfig"]["tags"] == rule["targetTags"] for row in pools)
    assert [row["ipBlock"]["cidr"] for row in policy["spec"]["ingress"][0]["from"]] == ranges


def test_http_is_sent_on_to_https_at_the_same_address() -> None:
    rules = {
        row.name: row.inputs
        for row in planned_on(Cloud.GCP).of_type("gcp:compute/globalForwardingRule:GlobalForwardingRule")
    }

    assert {name: row["portRange"] for name, row in rules.items()} == {"edge-http": "80", "edge-https": "443"}
    assert len({row["ipAddress"] for row in rules.values()}) == 1
    assert one("gcp:compute/uRLMap:URLMap", "edge-http")["defaultUrlRedirect"]["httpsRedirect"] is True
    assert one("gcp:compute/sSLPolicy:SSLPolicy", "edge-tls")["minTlsVersion"] == "TLS_1_2"


def test_the_certificate_is_proven_in_the_zone_and_the_host_leads_to_the_balancer() -> None:
    plan = planned_on(Cloud.GCP)
    certificate = one("gcp:certificatemanager/certificate:Certificate", "edge-certificate")["managed"]
    proof = one("gcp:dns/recordSet:RecordSet", "edge-validation")
    host = one("gcp:dns/recordSet:RecordSet", "edge-host")

    assert certificate["domains"] == ["api.us-east.q2o.example"]
    assert len(certificate["dnsAuthorizations"]) == 1
    assert (proof["type"], host["type"], host["name"]) == ("CNAME", "A", "api.us-east.q2o.example.")
    assert plan.exports["url"] == "https://api.us-east.q2o.example"
    assert plan.exports["edge_address"] == host["rrdatas"][0]
    front = one("gcp:compute/targetHttpsProxy:TargetHttpsProxy", "edge-https")
    assert front["certificateMap"].startswith("//certificatemanager.googleapis.com/projects/")


def test_the_proxies_know_the_habits_of_googles_balancer() -> None:
    clients = one("kubernetes:gateway.envoyproxy.io/v1alpha1:ClientTrafficPolicy", "edge-clients")["spec"]

    assert clients["clientIPDetection"] == {"xForwardedFor": {"numTrustedHops": 2}}
    assert clients["timeout"]["http"]["idleTimeout"] == f"{HABITS.proxy_idle_seconds}s" == "615s"


def test_the_firewall_is_there_for_who_pays_for_it() -> None:
    policy = "gcp:compute/securityPolicy:SecurityPolicy"
    assert not planned_on(Cloud.GCP).of_type(policy)
    settings = built_settings("us-east", cloud="gcp")
    guarded = settings.model_copy(update={"edge": settings.edge.model_copy(update={"waf": True})})
    plan = plan_region("us-east", guarded)

    (found,) = plan.of_type(policy)
    assert [row["action"] for row in found.inputs["rules"]] == ["deny(403)"] * 3 + ["allow"]
    assert plan.named("gcp:compute/backendService:BackendService", "edge-proxies").inputs["securityPolicy"]


def test_an_edge_names_every_zone_that_nodes_stand_in() -> None:
    with pytest.raises(ComponentError, match=r"edge\.zone_names: .* the names of the 3 zones that nodes stand in"):
        edge_args("us-east", cluster=None, load_balancing=None, zone_names=("us-east4-a",))  # type: ignore[arg-type]


# Backups


def test_backups_lie_elsewhere_under_a_key_of_their_own_and_outlive_the_region() -> None:
    plan = planned_on(Cloud.GCP)
    bucket = plan.named("gcp:storage/bucket:Bucket", "recovery-bucket")

    assert bucket.inputs["location"] == "us-central1"
    assert bucket.inputs["encryption"]["defaultKmsKeyName"] == plan.exports["recovery_key_id"]
    assert "/locations/us-central1/keyRings/" in plan.exports["recovery_key_id"]
    assert bucket.inputs["uniformBucketLevelAccess"] is True
    assert bucket.inputs["publicAccessPrevention"] == "enforced"
    assert bucket.inputs["retentionPolicy"] == {"isLocked": False, "retentionPeriod": str(7 * 86400)}
    assert bucket.inputs["softDeletePolicy"] == {"retentionDurationSeconds": 7 * 86400}
    assert bucket.inputs["lifecycleRules"][0] == {"action": {"type": "Delete"}, "condition": {"age": 35}}
    kept = {row.type for row in plan.resources if row.retain_on_delete}
    assert kept == {
        "gcp:kms/cryptoKey:CryptoKey",
        "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
        "gcp:kms/keyRing:KeyRing",
        "gcp:storage/bucket:Bucket",
    }


def test_cloud_storage_is_asked_who_it_is_before_it_gets_the_key() -> None:
    plan = recovery()
    use = plan.named("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "recovery-storage")
    found = gcp_table.answer(gcp_table.STORAGE_AGENT, {"project": PROJECT})

    assert found
    assert use.inputs["member"] == found["member"]
    # Another agent's address would tell the number, and leave this one unmade.
    assert plan.of_type("gcp:projects/serviceIdentity:ServiceIdentity") == ()
    assert gcp_table.answer("gcp:storage/getBucket:getBucket", {"project": PROJECT}) is None


def test_a_region_that_comes_back_takes_ring_key_and_bucket_over() -> None:
    rows = recovery(adopt_key_id=ADOPTED).resources
    taken = {row.type.rpartition(":")[2]: row.import_id for row in rows if row.import_id}
    ring = recovery(adopt_key_id=ADOPTED).named("gcp:kms/keyRing:KeyRing", "recovery-key")

    assert taken == {
        "Bucket": "q2o-us-east-recovery-q2o-test",
        "CryptoKey": ADOPTED,
        "KeyRing": ADOPTED.partition("/cryptoKeys/")[0],
    }
    assert ring.inputs["name"] == "q2o-us-east-recovery-g4"
    assert not [row for row in recovery().resources if row.import_id]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"replaced_days": 3},
            r"recovery\.replaced_days: 3 is not allowed: soft deletion keeps objects for 7 to 90 days",
        ),
        (
            {"adopt_key_id": ADOPTED.replace("us-central1", "europe-west3")},
            r"recovery\.adopt: .* a key below projects/q2o-test/locations/us-central1/keyRings/",
        ),
        ({"location": "us-east4"}, r"a backup beside its source is lost with it"),
    ],
)
def test_a_place_that_keeps_nothing_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ComponentError, match=words):
        recovery_args(**changed)


def test_a_region_that_comes_back_in_the_sandbox_finds_its_backups(tmp_path: Path) -> None:
    world = CloudOnly(tmp_path)

    def up(**changed: Any) -> list[str]:
        def program() -> None:
            options = ResourceOptions(provider=provider("recovery", "us-central1"))
            GcpRecovery("recovery", recovery_args(deletion_protection=False, **changed), options)

        return [f"{step.action} {step.type}" for step in world.run(program).journal.changes()]

    assert len(up()) == 4
    world.down()
    with pytest.raises(SandboxError, match=r"kept when its region was destroyed; set recovery\.adopt"):
        up()

    key = next(entry.id for entry in world.world.entries() if "cryptoKey:" in entry.type)
    assert sorted(row for row in up(adopt_key_id=key) if row.startswith("import")) == [
        "import gcp:kms/cryptoKey:CryptoKey",
        "import gcp:kms/keyRing:KeyRing",
        "import gcp:storage/bucket:Bucket",
    ]


def test_the_backups_may_add_objects_below_their_prefix_and_nothing_else() -> None:
    right = one("gcp:storage/bucketIAMMember:BucketIAMMember", "redis-backup-objects")
    bucket = planned_on(Cloud.GCP).exports["recovery_bucket"]

    assert right["role"] == "roles/storage.objectCreator"
    assert right["member"].endswith("/subject/ns/q2o-data/sa/redis-backup")
    assert right["condition"]["expression"] == (
        f'resource.name.startsWith("projects/_/buckets/{bucket}/objects/redis/us-east/")'
    )
    job = one("kubernetes:batch/v1:CronJob", "redis-backup")
    sender = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "BACKUP_REMOTE", "value": backup_remote()} in sender["env"]


# Budget


def test_people_and_the_guard_hear_at_the_same_shares_as_on_aws() -> None:
    budget = one("gcp:billing/budget:Budget", "budget-budget")

    assert [(row["spendBasis"], row["thresholdPercent"]) for row in budget["thresholdRules"]] == [
        ("CURRENT_SPEND", 0.5),
        ("CURRENT_SPEND", 0.8),
        ("CURRENT_SPEND", 1.0),
        ("FORECASTED_SPEND", 1.0),
        ("FORECASTED_SPEND", 1.2),
    ]
    assert budget["amount"] == {"specifiedAmount": {"currencyCode": "USD", "units": "800"}}
    assert budget["budgetFilter"]["labels"] == {"q2o-stack": "us-east"}
    assert budget["budgetFilter"]["creditTypesTreatment"] == "EXCLUDE_ALL_CREDITS"
    assert budget["allUpdatesRule"]["disableDefaultIamRecipients"] is True
    assert len(budget["allUpdatesRule"]["monitoringNotificationChannels"]) == 1


def test_more_recipients_than_a_budget_leads_to_are_refused() -> None:
    with pytest.raises(ComponentError, match=r"budget\.recipients: .* 1 to 5 mail addresses on Google Cloud"):
        budget_args("us-east", recipients=tuple(f"person{number}@example.com" for number in range(6)))


def test_the_guard_may_bound_pools_and_read_its_messages_and_nothing_else() -> None:
    plan = planned_on(Cloud.GCP)
    role = one("gcp:projects/iAMCustomRole:IAMCustomRole", "budget-guard")
    mine = [row for row in plan.resources if row.inputs.get("member", "").endswith("/ns/q2o-budget/sa/budget-guard")]

    assert role["permissions"] == ["container.clusters.get", "container.clusters.update", "container.operations.get"]
    assert {row.name for row in mine} == {"budget-guard-alerts", "budget-guard-bounds"}
    (inside,) = [
        row for row in plan.of_type("kubernetes:rbac.authorization.k8s.io/v1:Role") if row.name == "budget-guard"
    ]
    assert inside.inputs["rules"] == [
        {
            "apiGroups": [""],
            "resourceNames": ["budget-guard-state"],
            "resources": ["configmaps"],
            "verbs": ["get", "patch"],
        }
    ]


def test_the_guard_bounds_every_elastic_pool_by_what_it_was_made_with() -> None:
    plan = planned_on(Cloud.GCP)
    told = one("kubernetes:core/v1:ConfigMap", "budget-numbers")["data"]["NODE_POOLS"]
    made = {
        row.inputs["name"]: row.inputs["autoscaling"]["totalMaxNodeCount"]
        for row in plan.of_type("gcp:container/nodePool:NodePool")
        if "autoscaling" in row.inputs
    }

    assert {name: int(usual) for name, usual, _ in (row.split(":") for row in told.split())} == made
    assert all(1 <= int(row.rsplit(":", 1)[1]) <= int(row.split(":")[1]) for row in told.split())

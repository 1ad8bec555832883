"""What holds for every component on Google Cloud, in a region and alone; each test names all that breaks it."""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from subprocess import run
from typing import Any

import pytest
from pulumi import ComponentResource

from components.base.labels import object_labels
from components.base.names import LIMITS, PREFIX
from components.base.vocabulary import Cloud
from q2o_infra import program
from q2o_infra.phases.names import tags
from q2o_infra.plan.monitor import PROVIDER_PREFIX, Registration
from q2o_infra.plan.recorder import Recording, record
from q2o_infra.plan.region_plan import plan_region
from q2o_infra.region import decide_region
from q2o_infra.release_files import read_release
from q2o_infra.stack_files import ROOT
from q2o_infra.stateful import EXEMPT, STATEFUL
from tests.components import test_invariants as on_aws
from tests.support.assertions import assert_none
from tests.support.components import annotated_outputs
from tests.support.gcp import build_one_of_each
from tests.support.stacks import LONG_STACK, built_settings, planned, planned_on
from tests.support.titles import KUBERNETES, title
from tests.support.withheld import previewed

CLUSTER = "gcp:container/cluster:Cluster"
RELEASE = "kubernetes:helm.sh/v3:Release"
SHARED = {"q2o:redis:Redis", "q2o:tiers:Tiers", "q2o:workloads:Workloads", "q2o:observability:EvidenceRecorder"}
"""Components that every cloud has."""

# Where a resource has its physical name, and which limit of `names.LIMITS` it is under.
PHYSICAL_NAMES: dict[str, tuple[str, str]] = {
    "gcp:billing/budget:Budget": ("displayName", "gcp-budget"),
    "gcp:container/cluster:Cluster": ("name", "gcp-cluster"),
    "gcp:container/nodePool:NodePool": ("name", "gcp-node-pool"),
    "gcp:kms/keyRing:KeyRing": ("name", "gcp-compute"),
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": ("bucketId", "gcp-log"),
    "gcp:logging/projectExclusion:ProjectExclusion": ("name", "gcp-log"),
    "gcp:logging/projectSink:ProjectSink": ("name", "gcp-log"),
    "gcp:projects/iAMCustomRole:IAMCustomRole": ("roleId", "gcp-role"),
    "gcp:pubsub/subscription:Subscription": ("name", "gcp-message"),
    "gcp:pubsub/topic:Topic": ("name", "gcp-message"),
    "gcp:serviceaccount/account:Account": ("accountId", "gcp-service-account"),
    "gcp:storage/bucket:Bucket": ("name", "bucket"),
}
INSIDE_A_RING = "gcp:kms/cryptoKey:CryptoKey"
USERS_OWN = "gcp:dns/recordSet:RecordSet"
# What can carry labels, by the input that holds them; the compute resources that the beta API alone labels are not
# among them (pulumi-gcp 10.2).
LABELS = {
    "gcp:compute/address:Address": "labels",
    "gcp:compute/globalAddress:GlobalAddress": "labels",
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": "labels",
    "gcp:container/cluster:Cluster": "resourceLabels",
    "gcp:kms/cryptoKey:CryptoKey": "labels",
    "gcp:pubsub/topic:Topic": "labels",
    "gcp:pubsub/subscription:Subscription": "labels",
    "gcp:storage/bucket:Bucket": "labels",
    "gcp:certificatemanager/certificate:Certificate": "labels",
}


@pytest.fixture(params=["us-east", "eu-west", "apac"])
def stack(request: pytest.FixtureRequest) -> str:
    """Each stack."""
    return str(request.param)


@pytest.fixture
def recording(stack: str) -> Recording:
    """Its plan on Google Cloud."""
    return planned_on(Cloud.GCP, stack)


@cache
def long_names() -> Recording:
    settings = built_settings("us-east", cloud="gcp", deletion_protection=False)
    return plan_region(LONG_STACK, settings, release=read_release("us-east"))


@cache
def two_of_each() -> tuple[Recording, tuple[ComponentResource, ...]]:
    made: list[ComponentResource] = []

    def both() -> None:
        made.extend((*build_one_of_each("first"), *build_one_of_each("second")))

    return record(both), tuple(made)


def clouds_own(recording: Recording) -> list[Registration]:
    return [row for row in recording.resources if row.type.startswith("gcp:")]


def test_a_plan_imports_no_other_clouds_library() -> None:
    program_text = (
        "import sys; from q2o_infra.plan.region_plan import plan_region; "
        "from q2o_infra.stack_files import read_settings; "
        "plan_region('us-east', read_settings('us-east', overrides={'cloud': 'gcp', 'phase': 1})); "
        "print(sorted({'pulumi_aws', 'pulumi_azure_native', 'pulumi_gcp'} & set(sys.modules)))"
    )
    found = run([sys.executable, "-c", program_text], capture_output=True, check=True, cwd=ROOT, text=True, timeout=300)
    assert found.stdout == "['pulumi_gcp']\n"


def test_every_resource_descends_from_a_component(recording: Recording) -> None:
    known = recording.by_urn()

    def descends(row: Registration) -> bool:
        above = known.get(row.parent)
        return above is not None and (not above.custom or descends(above))

    rows = [row for row in recording.resources if row.custom and not row.type.startswith(PROVIDER_PREFIX)]
    assert_none([title(row) for row in rows if not descends(row)], "belongs to nobody: give it a component as parent")


def test_every_custom_resource_has_an_explicit_provider_of_its_package(recording: Recording) -> None:
    known = recording.by_urn()
    strays = []
    for row in recording.resources:
        if row.custom and not row.type.startswith(PROVIDER_PREFIX):
            provider = known.get(row.provider.rpartition("::")[0])
            if provider is None or provider.type != f"{PROVIDER_PREFIX}{row.type.split(':')[0]}":
                strays.append(title(row))
    assert_none(strays, "would use whatever project or cluster this machine knows")


def test_every_kubernetes_object_goes_through_its_own_clusters_provider(recording: Recording) -> None:
    on_aws.test_every_kubernetes_object_goes_through_its_own_clusters_provider(recording)


def test_pods_of_a_critical_class_come_after_the_quota_that_lets_them_in(recording: Recording) -> None:
    on_aws.test_pods_of_a_critical_class_come_after_the_quota_that_lets_them_in(recording)


def test_the_providers_are_pinned_to_the_project(recording: Recording, stack: str) -> None:
    settings = built_settings(stack, cloud="gcp")
    assert settings.clouds.gcp
    rows = {row.name: row.inputs for row in recording.of_type("pulumi:providers:gcp")}
    facts = decide_region(stack, settings)
    assert {name: row["region"] for name, row in rows.items()} == {
        "home": facts.location.name,
        "recovery": facts.recovery.name,
    }
    assert {row["project"] for row in rows.values()} == {settings.clouds.gcp.project_id}
    # Billing Budgets refuses a person's login that says no project to count the question for.
    counted = {(row["billingProject"], row["userProjectOverride"]) for row in rows.values()}
    assert counted == {(settings.clouds.gcp.project_id, "true")}


def test_the_same_components_stand_as_on_aws() -> None:
    def parts(recording: Recording) -> set[str]:
        return {row.name for row in recording.resources if not row.custom and not row.parent.count("q2o:")}

    assert parts(planned_on(Cloud.GCP)) == parts(planned("us-east"))
    types = {row.type for row in planned_on(Cloud.GCP).resources if row.type.startswith("q2o:")}
    assert types >= SHARED
    assert {row.pulumi_resource_type for row in two_of_each()[1]} == types - SHARED


def test_the_exports_are_those_of_aws() -> None:
    assert set(planned_on(Cloud.GCP).exports) == set(planned("us-east").exports)


def test_registered_outputs_are_the_annotated_ones() -> None:
    recording, made = two_of_each()
    wrong = []
    for component in made:
        row = recording.named(component.pulumi_resource_type, component.pulumi_resource_name)
        if set(row.outputs) != annotated_outputs(type(component)):
            wrong.append((title(row), sorted(set(row.outputs) ^ annotated_outputs(type(component)))))
    assert_none(wrong, "annotated and not registered, or registered and not annotated")


def test_two_of_a_component_do_not_collide() -> None:
    recording, _ = two_of_each()
    known = recording.by_urn()
    foreign = [
        title(row)
        for row in recording.resources
        if (above := known.get(row.parent)) is not None
        and row.name != above.name
        and not row.name.startswith(f"{above.name}-")
    ]
    assert_none(foreign, "a child is named after its component")


def test_nothing_appears_only_outside_a_preview() -> None:
    settings = built_settings("us-east", cloud="gcp")
    in_preview = previewed(lambda: program.run("us-east", settings), stack="us-east")
    made = {row.urn for row in planned_on(Cloud.GCP).resources}
    assert_none(sorted(made ^ in_preview), "it is made inside an apply, so a preview does not show it")


def names_out_of_bounds(recording: Recording) -> list[str]:
    wrong = []
    for row in clouds_own(recording):
        if row.type in {INSIDE_A_RING, USERS_OWN}:
            continue
        kind = "gcp-certificate" if ":certificatemanager/" in row.type else "gcp-compute"
        field, limit = PHYSICAL_NAMES.get(row.type, ("name", kind))
        name = str(row.inputs.get(field, ""))
        shape = r"[a-z0-9_]+" if field == "roleId" else r"[A-Za-z0-9-]+"
        if name and not (len(name) <= LIMITS[limit] and PREFIX in name and re.fullmatch(shape, name)):
            wrong.append(f"{title(row)}: {name}")
    return wrong


def test_physical_names_are_within_their_limits(recording: Recording) -> None:
    assert_none(names_out_of_bounds(recording), "Google would refuse it, or nobody would know it as ours")


def test_physical_names_are_within_their_limits_in_a_stack_with_a_long_name() -> None:
    assert_none(names_out_of_bounds(long_names()), "Google would refuse it, or nobody would know it as ours")


def test_no_two_resources_of_a_type_claim_one_physical_name() -> None:
    for recording in (planned_on(Cloud.GCP), long_names()):
        claims = [
            (row.type, row.inputs.get("location"), row.inputs[field])
            for row in clouds_own(recording)
            if (field := PHYSICAL_NAMES.get(row.type, ("name", ""))[0]) in row.inputs
            and row.type not in {INSIDE_A_RING, USERS_OWN}
        ]
        assert_none([claim for claim in claims if claims.count(claim) > 1], "the second create fails")


def test_labels_reach_everything_that_is_billed(recording: Recording, stack: str) -> None:
    wanted = tags(decide_region(stack, built_settings(stack, cloud="gcp")))
    bare = []

    def check(row: Registration, found: Any) -> None:
        if not found or not wanted.items() <= found.items():
            bare.append(title(row))

    for row in recording.resources:
        if row.type in LABELS:
            check(row, row.inputs.get(LABELS[row.type]))
        if row.type == "gcp:container/nodePool:NodePool":
            check(row, row.inputs["nodeConfig"].get("resourceLabels"))
        if row.type == f"{PROVIDER_PREFIX}gcp":
            check(row, json.loads(row.inputs["defaultLabels"]))
        if row.type.endswith(":StorageClass"):
            check(row, dict(pair.split("=") for pair in row.inputs["parameters"]["labels"].split(",")))
    assert_none(bare, "its cost belongs to nobody")


def test_labels_are_of_googles_alphabet() -> None:
    """Resource Manager documentation, "Labels": small letters, digits, `-` and `_`, 63 at most."""
    for recording in (planned_on(Cloud.GCP), long_names()):
        for row in recording.of_type("pulumi:providers:gcp"):
            for key, value in json.loads(row.inputs["defaultLabels"]).items():
                assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key)
                assert re.fullmatch(r"[a-z0-9_-]{0,63}", value)


def test_every_kubernetes_object_carries_the_labels(recording: Recording) -> None:
    required = object_labels(component="any", instance="any")
    own = {"app.kubernetes.io/component", "app.kubernetes.io/name"}
    bare = []
    for row in recording.resources:
        if row.type.startswith(KUBERNETES) and row.type != RELEASE:
            labels = row.inputs.get("metadata", {}).get("labels") or {}
            same = all(labels.get(key) == value for key, value in required.items() if key not in own)
            if not (same and all(labels.get(key) for key in own)):
                bare.append(title(row))
    assert_none(bare, "cannot be told from what others made")


def test_what_holds_state_is_protected_in_production(recording: Recording) -> None:
    naked = [
        title(row)
        for row in recording.resources
        if row.type in STATEFUL and (row.type, row.name) not in EXEMPT and not row.protect
    ]
    # Spot and on-demand machines of the elastic pool hold nothing; the system pool's hold the controllers.
    naked = [name for name in naked if "controllers-spot-" not in name and "controllers-on-demand" not in name]
    assert_none(naked, "one typing error in a pull request would delete it")
    assert recording.named("gcp:container/nodePool:NodePool", "cluster-system").protect


def test_nothing_is_protected_without_deletion_protection() -> None:
    assert_none([title(row) for row in long_names().resources if row.protect], "a wanted destroy would stop there")
    assert long_names().named(CLUSTER, "cluster-cluster").inputs["deletionProtection"] is False


def test_nobody_holds_a_key_of_a_service_account(recording: Recording) -> None:
    assert_none([title(row) for row in recording.resources if "serviceaccount/key" in row.type], "a static key")
    members = [row.inputs["member"] for row in clouds_own(recording) if "member" in row.inputs]
    assert any(str(member).startswith("principal://iam.googleapis.com/projects/") for member in members)
    assert not any("allUsers" in str(member) or "allAuthenticatedUsers" in str(member) for member in members)


def test_everything_stays_in_the_places_of_its_region(recording: Recording, stack: str) -> None:
    facts = decide_region(stack, built_settings(stack, cloud="gcp"))
    here = {facts.location.name, facts.recovery.name}
    strays = [
        f"{title(row)}: {row.inputs[field]}"
        for row in clouds_own(recording)
        for field in ("location", "region")
        if field in row.inputs and row.inputs[field] not in here
    ]
    assert_none(strays, "another location than the region's")
    (topic,) = recording.of_type("gcp:pubsub/topic:Topic")
    assert topic.inputs["messageStoragePolicy"]["allowedPersistenceRegions"] == [facts.location.name]

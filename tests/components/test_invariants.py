"""What holds for every component in every stack; each test names all that breaks it."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import Any

from pulumi import ComponentResource

from components.base.labels import object_labels
from components.base.vocabulary import Cloud
from q2o_infra import program
from q2o_infra.phases.names import tags
from q2o_infra.plan.monitor import PROVIDER_PREFIX, Registration
from q2o_infra.plan.recorder import Recording, record
from q2o_infra.region import decide_region
from q2o_infra.stateful import OUTAGES, STATEFUL, lost_with
from tests.support.assertions import assert_none
from tests.support.components import (
    annotated_outputs,
    build_one_of_each,
    build_one_of_each_on_azure,
    component_classes,
)
from tests.support.stacks import awkward, built_settings, planned, planned_on
from tests.support.titles import KUBERNETES, title
from tests.support.withheld import previewed

RELEASE = "kubernetes:helm.sh/v3:Release"
CLUSTER = "aws:eks/cluster:Cluster"
CLUSTERS = (CLUSTER, "azure-native:containerservice:ManagedCluster", "gcp:container/cluster:Cluster")
QUOTA = "kubernetes:core/v1:ResourceQuota"
CRITICAL = ("system-cluster-critical", "system-node-critical")
"""Classes whose pods GKE takes in `kube-system`, and elsewhere only where a quota names them."""


def is_provider(row: Registration) -> bool:
    return row.type.startswith(PROVIDER_PREFIX)


def objects(recording: Recording) -> list[Registration]:
    """Everything that the program makes inside a cluster."""
    return [row for row in recording.resources if row.type.startswith(KUBERNETES)]


def provider_of(recording: Recording, row: Registration) -> Registration | None:
    return recording.by_urn().get(row.provider.rpartition("::")[0])


@cache
def two_of_each() -> tuple[Recording, tuple[ComponentResource, ...]]:
    made: list[ComponentResource] = []

    def program() -> None:
        made.extend((*build_one_of_each("first"), *build_one_of_each("second")))
        made.extend((*build_one_of_each_on_azure("first"), *build_one_of_each_on_azure("second")))

    return record(program), tuple(made)


# Descent and providers


def test_every_resource_descends_from_a_component(recording: Recording) -> None:
    known = recording.by_urn()

    def descends(row: Registration) -> bool:
        above = known.get(row.parent)
        return above is not None and (not above.custom or descends(above))

    orphans = [title(row) for row in recording.resources if row.custom and not is_provider(row) and not descends(row)]
    assert_none(orphans, "belongs to nobody: give it a component as its parent")


def test_every_custom_resource_has_an_explicit_provider_of_its_package(recording: Recording) -> None:
    strays = []
    for row in recording.resources:
        if row.custom and not is_provider(row):
            provider = provider_of(recording, row)
            if provider is None or provider.type != f"{PROVIDER_PREFIX}{row.type.split(':')[0]}":
                strays.append(title(row))
    assert_none(strays, "would use whatever account or cluster this machine knows")


def test_every_kubernetes_object_goes_through_its_own_clusters_provider(recording: Recording) -> None:
    strays = []
    for row in objects(recording):
        provider = provider_of(recording, row)
        clusters = {cluster.urn for type_ in CLUSTERS for cluster in recording.of_type(type_)}
        ways_in = clusters & set(provider.property_dependencies.get("kubeconfig", ())) if provider else set()
        identified = clusters & set(provider.property_dependencies.get("clusterIdentifier", ())) if provider else set()
        if len(ways_in) != 1 or identified != ways_in or (row.deleted_with and {row.deleted_with} != ways_in):
            strays.append(title(row))
    assert_none(strays, "would be made in another cluster, or go with another one")


def texts_in(value: Any) -> set[str]:
    """Every text in a value, however deep."""
    if isinstance(value, str):
        return {value}
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*(texts_in(part) for part in inside))


def namespace_of(row: Registration) -> str:
    return str(row.inputs.get("namespace") or row.inputs.get("metadata", {}).get("namespace") or "")


def admitted_classes(quota: Registration) -> set[str]:
    """The classes whose pods a quota lets into its namespace."""
    scopes = quota.inputs["spec"].get("scopeSelector", {}).get("matchExpressions", ())
    return {name for scope in scopes if scope["scopeName"] == "PriorityClass" for name in scope.get("values", ())}


def test_pods_of_a_critical_class_come_after_the_quota_that_lets_them_in(recording: Recording) -> None:
    quotas = {row.urn: row for row in recording.of_type(QUOTA)}
    asking, refused = [], []
    for row in objects(recording):
        wanted = texts_in(row.inputs) & set(CRITICAL)
        if row.type == QUOTA or not wanted or namespace_of(row) == "kube-system":
            continue
        asking.append(row.name)
        before = [quotas[urn] for urn in row.dependencies if urn in quotas]
        here = [admitted_classes(quota) for quota in before if namespace_of(quota) == namespace_of(row)]
        if not wanted <= set().union(*here):
            refused.append(title(row))
    assert {"controllers-cert-manager", "edge-gateway-helm"} <= set(asking)
    assert_none(refused, "GKE refuses its pods: components/charts/contract.py has admit_critical_pods")


# Components


def test_every_component_class_is_made_by_the_tests() -> None:
    _, made = two_of_each()
    forgotten = component_classes() - {type(component) for component in made}
    assert_none(forgotten, "tests/support/components.py makes one of each component; add it there")


def test_every_component_class_stands_in_every_stack_on_one_of_the_clouds(recording: Recording) -> None:
    _, made = two_of_each()
    types = {component.pulumi_resource_type for component in made}
    missing = types - {row.type for row in (*recording.resources, *planned_on(Cloud.AZURE).resources)}
    assert_none(missing, "the invariants of stacks do not reach this component")


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
    foreign = []
    known = recording.by_urn()
    for row in recording.resources:
        above = known.get(row.parent)
        if above is not None and row.name != above.name and not row.name.startswith(f"{above.name}-"):
            foreign.append(f"{title(row)} in {above.name}")
    assert_none(foreign, "a child is named after its component")


def test_types_of_components_are_unique() -> None:
    _, made = two_of_each()
    counts = Counter(token for token, _ in {(row.pulumi_resource_type, type(row)) for row in made})
    assert_none([token for token, count in counts.items() if count > 1], "two classes share this type")
    odd = [token for token in counts if not re.fullmatch(r"q2o:[a-z]+:[A-Z][A-Za-z]+", token)]
    assert_none(odd, "not of the form q2o:<module>:<Class>")


def test_nothing_appears_only_outside_a_preview(stack: str) -> None:
    settings = built_settings(stack)
    in_preview = previewed(lambda: program.run(stack, settings), stack=stack)
    made = {row.urn for row in planned(stack).resources}
    assert_none(sorted(made ^ in_preview), "it is made inside an apply, so a preview does not show it")


# Labels and tags


def test_every_kubernetes_object_carries_the_labels(recording: Recording) -> None:
    required = object_labels(component="any", instance="any")
    own = {"app.kubernetes.io/component", "app.kubernetes.io/name"}
    bare = []
    for row in objects(recording):
        labels = row.inputs.get("metadata", {}).get("labels") or {}
        same = all(labels.get(key) == value for key, value in required.items() if key not in own)
        # A release is no object; what it makes is labelled by its chart.
        if row.type != RELEASE and not (same and all(labels.get(key) for key in own)):
            bare.append(title(row))
    assert_none(bare, "cannot be told from what others made")


def test_cost_tags_reach_everything_that_is_billed(stack: str, recording: Recording) -> None:
    wanted = tags(decide_region(stack, built_settings(stack)))
    untagged = []

    def check(row: Registration, what: str, found: dict[str, Any] | None) -> None:
        if not found or not wanted.items() <= found.items():
            untagged.append(f"{title(row)} ({what})")

    for row in recording.resources:
        given = row.inputs
        if row.type == f"{PROVIDER_PREFIX}aws":
            check(row, "defaultTags", json.loads(given.get("defaultTags", "{}")).get("tags"))
        if row.type == "aws:ec2/launchTemplate:LaunchTemplate":
            by_kind = {spec["resourceType"]: spec["tags"] for spec in given.get("tagSpecifications", [])}
            for kind in ("instance", "network-interface", "volume"):
                check(row, kind, by_kind.get(kind))
        if row.type.endswith(":EC2NodeClass"):
            check(row, "tags", given["spec"].get("tags"))
        if row.type.endswith(":StorageClass"):
            pairs = [value.split("=", 1) for key, value in given["parameters"].items() if "tagSpecification" in key]
            check(row, "tagSpecification", dict(pairs))
        if row.type.startswith("aws:") and "tags" in given:
            check(row, "tags that replace the default ones", {**wanted, **given["tags"]})
    assert_none(untagged, "its cost belongs to nobody")


# Protection


def test_what_holds_state_is_protected_in_production(stack: str, recording: Recording) -> None:
    assert built_settings(stack).environment.value == "production"
    naked = [
        title(row)
        for row in recording.resources
        if row.type in STATEFUL and lost_with(row.type, row.name) and not row.protect
    ]
    assert_none(naked, "one typing error in a pull request would delete it")


def test_what_is_protected_is_on_the_list_of_what_holds_state(recording: Recording) -> None:
    unlisted = [title(row) for row in recording.resources if row.protect and row.type not in {*STATEFUL, *OUTAGES}]
    assert_none(unlisted, "say in q2o_infra/stateful.py what is lost with it")
    exempt = [row for row in recording.resources if row.type in STATEFUL and not lost_with(row.type, row.name)]
    assert_none([title(row) for row in exempt if row.protect], "protected, so no exemption is needed")


def test_nothing_is_protected_without_deletion_protection() -> None:
    assert_none([title(row) for row in awkward().resources if row.protect], "a wanted destroy would stop there")
    assert awkward().named(CLUSTER, "cluster-cluster").inputs["deletionProtection"] is False

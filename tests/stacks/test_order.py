"""The tables of order and the plans explain each other, and what must wait for what does: every cloud, and AWS."""

from __future__ import annotations

import pytest

from components.base.vocabulary import Cloud
from q2o_infra.order.checks import (
    disordered,
    label,
    matching,
    prerequisites,
    unexplained,
    unoperated,
    unused,
)
from q2o_infra.order.page import FILE, render_order
from q2o_infra.order.rows import Order, Row
from q2o_infra.order.tables import EVERYWHERE, OWN, order_on
from q2o_infra.phases.contract import BUILT_ON
from q2o_infra.plan.recorder import Recording
from q2o_infra.stack_files import ROOT, stack_names
from tests.support.assertions import assert_none
from tests.support.plans import beside, gone_with, linked, without
from tests.support.stacks import planned, planned_on

ORDER = order_on(Cloud.AWS)
KARPENTER = "Release controllers-karpenter"
POOL = "NodePool controllers-node-pool"


def idle_rows(plan: Recording) -> list[Row]:
    return unused(plan, ORDER)


def test_every_written_edge_is_in_a_table(recording: Recording) -> None:
    assert_none(unexplained(recording, ORDER), "no row of q2o_infra/order/ says why")


def test_every_row_explains_an_edge() -> None:
    idle = [{f"{row.dependent}: {row.prerequisites}" for row in idle_rows(planned(stack))} for stack in stack_names()]
    assert_none(set[str].intersection(*idle), "a row of q2o_infra/order/ that no stack has an edge for")


@pytest.mark.parametrize("cloud", BUILT_ON)
def test_what_holds_everywhere_holds_on_each_cloud(cloud: Cloud) -> None:
    idle = unused(planned_on(cloud), EVERYWHERE)
    assert_none([f"{row.dependent}: {row.prerequisites}" for row in idle], "it belongs into the files of some clouds")


def test_an_edge_that_no_row_explains_is_noticed() -> None:
    odd = linked(planned("us-east"), POOL, "Queue controllers-interruptions")
    assert [str(edge) for edge in unexplained(odd, ORDER)] == [f"{POOL} -> Queue controllers-interruptions"]


def test_what_goes_with_another_resource_unexplained_is_noticed() -> None:
    odd = gone_with(planned("us-east"), POOL, "Cluster cluster-cluster")
    assert [str(edge) for edge in unexplained(odd, ORDER)] == [f"{POOL} -> Cluster cluster-cluster"]


def test_a_row_that_no_edge_needs_is_noticed() -> None:
    found = idle_rows(without(planned("us-east"), POOL, "EC2NodeClass *"))
    assert [(row.dependent, row.prerequisites) for row in found] == [(POOL, ("EC2NodeClass controllers-node-class",))]


def test_what_goes_with_the_cluster_makes_nothing_outside(recording: Recording) -> None:
    awaiting = {pattern for row in ORDER.outside for pattern in row.awaited_by}
    silent = [label(row) for pattern in awaiting for row in matching(recording, pattern) if row.deleted_with]
    assert_none(silent, "goes with another resource without a call, so nothing awaits what it made")


@pytest.mark.parametrize("order", [EVERYWHERE, *OWN.values()], ids=["everywhere", *OWN])
def test_rows_are_sentences(order: Order) -> None:
    texts = [row.reason for row in (*order.depends_on, *order.deleted_with)] + [row.how for row in order.outside]
    assert_none([text for text in texts if not text.endswith(".")], "a reason is a sentence")


def test_the_page_is_current() -> None:
    path = ROOT / "docs" / "reference" / FILE
    assert path.read_text(encoding="utf-8") == render_order(), f"{path.relative_to(ROOT)} is old: run `make docs`"


def test_custom_resources_come_after_their_definitions_and_operators(recording: Recording) -> None:
    assert_none(unoperated(recording, ORDER), "the API server would not know it, or nobody would act on it")


@pytest.mark.parametrize(
    ("type_", "release"),
    [
        ("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "Release controllers-aws-load-balancer-controller"),
        ("kubernetes:cert-manager.io/v1:Certificate", "Release controllers-cert-manager"),
        ("kubernetes:karpenter.sh/v1:NodePool", KARPENTER),
    ],
)
def test_a_binding_comes_after_its_controller_and_falls_before_it(type_: str, release: str) -> None:
    plan = planned("us-east")
    assert unoperated(beside(plan, type_, "late", release), ORDER) == []
    lacking = {edge.prerequisite for edge in unoperated(beside(plan, type_, "early"), ORDER)}
    assert release in lacking


def test_a_custom_resource_that_nobody_brings_is_noticed() -> None:
    found = unoperated(beside(planned("us-east"), "kubernetes:kafka.strimzi.io/v1:Kafka", "events"), ORDER)
    assert [str(edge) for edge in found] == ["Kafka events -> a row of operators for kafka.strimzi.io"]


def test_every_operator_stands_in_every_stack(recording: Recording) -> None:
    for operator in ORDER.operators:
        assert matching(recording, operator.definitions), operator.definitions
        assert matching(recording, operator.operator), operator.operator


def test_every_identity_stands_before_the_pods_that_use_it(recording: Recording) -> None:
    before = prerequisites(recording)
    unused_identities = []
    for row in matching(recording, "PodIdentityAssociation *"):
        owner = row.name.removesuffix("-association")
        users = [user for kind in ("Release", "Addon", "CronJob") for user in matching(recording, f"{kind} {owner}")]
        if not users or any(row.urn not in before[user.urn] for user in users):
            unused_identities.append(label(row))
    assert_none(unused_identities, "pods that start before it get no credentials")


def test_rights_stand_before_the_identity_and_fall_after_it(recording: Recording) -> None:
    loose = []
    before = prerequisites(recording)
    for row in matching(recording, "PodIdentityAssociation *"):
        stem = row.name.removesuffix("-association")
        rights = (
            *matching(recording, f"RolePolicy {stem}-policy"),
            *matching(recording, f"RolePolicyAttachment {stem}-*"),
        )
        if not rights or any(right.urn not in before[row.urn] for right in rights):
            loose.append(label(row))
    assert_none(loose, "a destroy would take the rights first")


def test_pods_start_behind_their_guards_and_with_their_secrets(recording: Recording) -> None:
    for later, part in (("Deployment workloads-api", "api"), ("Deployment workloads-agent-*", "agents")):
        for guard in ("NetworkPolicy", "LimitRange", "ResourceQuota", "Secret", "Namespace"):
            pattern = f"{guard} workloads-{part}-*"
            assert matching(recording, pattern), pattern
            assert_none(disordered(recording, later, pattern), "a pod would start without it")
    assert_none(disordered(recording, "Deployment workloads-api", "PriorityClass tiers-api"), "refused")


def test_an_autoscaler_does_not_wait_for_its_deployment(recording: Recording) -> None:
    before = prerequisites(recording)
    waiting = [
        label(row)
        for row in matching(recording, "HorizontalPodAutoscaler *")
        if any(urn.split("::")[2].endswith("Deployment") for urn in before[row.urn])
    ]
    assert_none(waiting, "its Deployment would wait for readiness with one pod")

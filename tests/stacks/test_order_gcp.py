"""The tables of order/gcp.py and the plans on Google Cloud explain each other, and what must wait for what does."""

from __future__ import annotations

import pytest

from components.base.vocabulary import Cloud
from q2o_infra.order.checks import (
    disordered,
    label,
    matching,
    prerequisites,
    unawaited,
    unexplained,
    unoperated,
    unused,
)
from q2o_infra.order.tables import OWN, order_on
from q2o_infra.plan.recorder import Recording
from tests.support.assertions import assert_none
from tests.support.plans import gone_with, without
from tests.support.stacks import planned_on

ORDER = order_on(Cloud.GCP)
GUARD = "CronJob budget-guard"


@pytest.fixture(params=["us-east", "eu-west", "apac"])
def plan(request: pytest.FixtureRequest) -> Recording:
    """The plan of one stack on Google Cloud."""
    return planned_on(Cloud.GCP, request.param)


def test_every_written_edge_is_in_a_table(plan: Recording) -> None:
    assert_none(unexplained(plan, ORDER), "no row of q2o_infra/order/gcp.py says why")


def test_every_row_explains_an_edge() -> None:
    found = unused(planned_on(Cloud.GCP), OWN[Cloud.GCP])
    assert_none([f"{row.dependent}: {row.prerequisites}" for row in found], "a row that nothing needs")


def test_a_row_that_no_edge_needs_is_noticed() -> None:
    odd = without(planned_on(Cloud.GCP), GUARD, "ConfigMap budget-state")
    found = unused(odd, ORDER)
    assert [(row.dependent, row.prerequisites) for row in found] == [(GUARD, ("ConfigMap budget-state",))]


def test_what_the_cloud_holds_is_awaited_while_what_it_needs_stands(plan: Recording) -> None:
    assert_none(unawaited(plan, ORDER), "a destroy would leave something behind")


def test_what_awaits_something_outside_is_never_gone_without_a_call(plan: Recording) -> None:
    awaiting = {pattern for row in ORDER.outside for pattern in row.awaited_by}
    assert_none(
        [label(row) for pattern in awaiting for row in matching(plan, pattern) if row.deleted_with],
        "goes with another resource, so nothing awaits what it made",
    )
    odd = gone_with(plan, "Namespace edge-namespace", "Cluster cluster-cluster")
    assert [str(edge) for edge in unexplained(odd, ORDER)] == ["Namespace edge-namespace -> Cluster cluster-cluster"]


def test_custom_resources_come_after_their_definitions_and_operators(plan: Recording) -> None:
    assert_none(unoperated(plan, ORDER), "the API server would not know it, or nobody would act on it")


def test_the_balancer_comes_after_the_endpoint_groups_and_lets_go_of_them_first(plan: Recording) -> None:
    groups = "Service edge-endpoints"
    assert matching(plan, groups)
    for later in ("BackendService edge-proxies", "GlobalForwardingRule edge-https"):
        assert_none(disordered(plan, later, groups), "it would name groups that do not exist")
    assert_none(disordered(plan, groups, "Namespace edge-namespace"), "the namespace's end waits for the groups")


def test_every_identity_stands_before_the_pods_that_use_it(plan: Recording) -> None:
    before = prerequisites(plan)
    for pods, rights in {
        GUARD: ("IAMMember budget-guard-bounds", "SubscriptionIAMMember budget-guard-alerts"),
        "CronJob redis-backup": ("BucketIAMMember redis-backup-objects",),
    }.items():
        (job,) = matching(plan, pods)
        for right in rights:
            (found,) = matching(plan, right)
            assert found.urn in before[job.urn], f"{pods} would start without {right}"


def test_the_cluster_uses_its_key_only_once_it_may(plan: Recording) -> None:
    assert_none(disordered(plan, "Cluster cluster-cluster", "CryptoKeyIAMMember cluster-secrets"), "GKE is refused")
    assert_none(disordered(plan, "Bucket recovery-bucket", "CryptoKeyIAMMember recovery-storage"), "GCS is refused")

"""The tables of order and the plan on Azure explain each other, and nothing is left after a destroy."""

from __future__ import annotations

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
from tests.support.plans import linked, without
from tests.support.stacks import planned_on

ORDER = order_on(Cloud.AZURE)
CLUSTER = "ManagedCluster cluster-cluster"
POOL = "NodePool controllers-node-pool"


def plan() -> Recording:
    return planned_on(Cloud.AZURE)


def test_every_written_edge_is_in_a_table() -> None:
    assert_none(unexplained(plan(), ORDER), "no row of q2o_infra/order/azure.py says why")
    odd = linked(plan(), POOL, "Vault cluster-secrets-vault")
    assert [str(edge) for edge in unexplained(odd, ORDER)] == [f"{POOL} -> Vault cluster-secrets-vault"]


def test_every_row_explains_an_edge() -> None:
    idle = unused(plan(), OWN[Cloud.AZURE])
    assert_none(idle, "a row of q2o_infra/order/azure.py that the plan has no edge for")


def test_custom_resources_come_after_what_brings_them_which_may_be_the_cluster() -> None:
    assert_none(unoperated(plan(), ORDER), "the API server would not know it, or nobody would act on it")
    early = without(plan(), "Issuer edge-issuer", "Release controllers-cert-manager")
    assert "Issuer edge-issuer -> Release controllers-cert-manager" in [str(edge) for edge in unoperated(early, ORDER)]


def test_nothing_outside_outlives_what_it_needs() -> None:
    assert_none(unawaited(plan(), ORDER), "would fall while something that Pulumi does not know still stands")
    # The cluster's right to the address would hold it too.
    broken = without(without(plan(), CLUSTER, "PublicIPAddress *"), CLUSTER, "RoleAssignment cluster-address")
    assert f"{CLUSTER} -> PublicIPAddress network-public" in [str(edge) for edge in unawaited(broken, ORDER)]


def test_every_row_of_what_is_outside_means_something_in_the_plan() -> None:
    patterns = {pattern for row in ORDER.outside for pattern in (row.maker, *row.awaited_by, *row.outlived_by)}
    assert_none([pattern for pattern in patterns if not matching(plan(), pattern)], "means nothing")


def test_what_goes_with_the_cluster_makes_nothing_outside() -> None:
    awaiting = {pattern for row in ORDER.outside for pattern in row.awaited_by}
    assert_none(
        [label(row) for pattern in awaiting for row in matching(plan(), pattern) if row.deleted_with],
        "goes with another resource without a call, so nothing awaits what it made",
    )


def test_every_identity_stands_before_the_pods_that_use_it_and_after_its_rights() -> None:
    before = prerequisites(plan())
    assert_none(disordered(plan(), "CronJob budget-guard", "FederatedIdentityCredential budget-guard-*"), "refused")
    assert_none(disordered(plan(), "CronJob redis-backup", "FederatedIdentityCredential redis-backup-*"), "refused")
    assert_none(disordered(plan(), "Certificate edge-certificate", "FederatedIdentityCredential edge-*"), "refused")
    loose = [
        label(row)
        for row in matching(plan(), "FederatedIdentityCredential *")
        for right in matching(plan(), f"RoleAssignment {row.name.removesuffix('-credential')}-*")
        if right.urn not in before[row.urn]
    ]
    assert_none(loose, "a destroy would take the rights first")


def test_no_node_stands_before_the_way_out_and_the_rules_of_who_comes_in() -> None:
    for earlier in ("Subnet network-nodes", "NatGateway *", "SecurityRule network-from-*", "RoleAssignment cluster-*"):
        assert matching(plan(), earlier), earlier
        assert_none(disordered(plan(), CLUSTER, earlier), "a node would stand alone")

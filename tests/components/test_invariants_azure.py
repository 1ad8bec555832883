"""What holds for every component in every stack holds on Azure; each test names all that breaks it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from pulumi import _types

from components.base.vocabulary import Cloud
from q2o_infra import program
from q2o_infra.phases.names import tags
from q2o_infra.plan.recorder import Recording
from q2o_infra.region import decide_region
from q2o_infra.stack_files import stack_names
from q2o_infra.stateful import STATEFUL
from tests.components import test_invariants as on_aws
from tests.support.assertions import assert_none
from tests.support.stacks import awkward_on, built_settings, planned_on
from tests.support.titles import title
from tests.support.withheld import previewed

AZURE = "azure-native:"


@pytest.mark.parametrize("stack", stack_names())
@pytest.mark.parametrize(
    "holds",
    [
        on_aws.test_every_resource_descends_from_a_component,
        on_aws.test_every_custom_resource_has_an_explicit_provider_of_its_package,
        on_aws.test_every_kubernetes_object_goes_through_its_own_clusters_provider,
        on_aws.test_every_kubernetes_object_carries_the_labels,
        on_aws.test_pods_of_a_critical_class_come_after_the_quota_that_lets_them_in,
    ],
    ids=lambda holds: holds.__name__.removeprefix("test_"),
)
def test_what_holds_on_aws_holds_here(holds: Callable[[Recording], None], stack: str) -> None:
    holds(planned_on(Cloud.AZURE, stack))


def can_carry_tags(type_: str) -> bool:
    """Answer by the provider's own schema."""
    _, module, name = type_.split(":")
    package: Any = importlib.import_module(f"pulumi_azure_native.{module}")
    arguments = getattr(package, f"{name}InitArgs", None) or getattr(package, f"{name}Args")
    return "tags" in _types.input_type_py_to_pulumi_names(arguments).values()


def test_cost_tags_are_on_everything_that_can_carry_them_and_reach_what_others_make() -> None:
    wanted = tags(decide_region("us-east", built_settings("us-east", cloud="azure")))
    plan = planned_on(Cloud.AZURE)
    untagged = [
        title(row)
        for row in plan.resources
        if row.type.startswith(AZURE) and can_carry_tags(row.type) and row.inputs.get("tags") != wanted
    ]
    (cluster,) = plan.of_type("azure-native:containerservice:ManagedCluster")
    (pool,) = cluster.inputs["agentPoolProfiles"]
    (node_class,) = plan.of_type("kubernetes:karpenter.azure.com/v1beta1:AKSNodeClass")
    assert_none(untagged, "its cost belongs to nobody")
    assert pool["tags"] == node_class.inputs["spec"]["tags"] == wanted


def test_tags_are_within_azure_s_alphabet_and_lengths() -> None:
    """Azure Resource Manager documentation, "Use tags": 512 characters, 128 on storage, and not these characters."""
    for key, value in tags(decide_region("us-east", built_settings("us-east", cloud="azure"))).items():
        assert len(key) <= 128
        assert len(value) <= 256
        assert not set(key) & set("<>%&\\?/")


def test_what_holds_state_is_protected_in_production() -> None:
    naked = [title(row) for row in planned_on(Cloud.AZURE).resources if row.type in STATEFUL and not row.protect]
    # It holds one release, which is made again as it was.
    assert naked == ["kubernetes:core/v1:Namespace controllers-cert-manager"]


def test_nothing_is_protected_or_locked_without_deletion_protection() -> None:
    assert_none([title(row) for row in awkward_on(Cloud.AZURE).resources if row.protect], "a wanted destroy would stop")
    assert awkward_on(Cloud.AZURE).of_type("azure-native:authorization:ManagementLockByScope") == ()


def test_nothing_appears_only_outside_a_preview() -> None:
    settings = built_settings("us-east", cloud="azure")
    in_preview = previewed(lambda: program.run("us-east", settings), stack="us-east")
    made = {row.urn for row in planned_on(Cloud.AZURE).resources}
    assert_none(sorted(made ^ in_preview), "it is made inside an apply, so a preview does not show it")


def test_every_location_is_known_and_of_the_region_s_jurisdiction() -> None:
    plan = planned_on(Cloud.AZURE, "eu-west")
    places = {
        row.inputs["location"] for row in plan.resources if row.type.startswith(AZURE) and "location" in row.inputs
    }
    # An action group stands nowhere: it forwards a sentence about money.
    assert places == {"westeurope", "germanywestcentral", "Global"}


def test_every_storage_account_is_reached_by_https_alone() -> None:
    accounts = planned_on(Cloud.AZURE).of_type("azure-native:storage:StorageAccount")

    assert accounts
    assert_none(
        [title(row) for row in accounts if row.inputs.get("enableHttpsTrafficOnly") is not True],
        "it takes what is not encrypted on the way",
    )

"""Names that only Azure has: of what AKS makes by itself, and GUIDs."""

from __future__ import annotations

import re

import pytest

from components.base.vocabulary import Cloud
from tests.support.stacks import awkward_on, planned_on

PLANS = [lambda: planned_on(Cloud.AZURE), lambda: awkward_on(Cloud.AZURE)]


@pytest.mark.parametrize("plan", PLANS, ids=["short", "long"])
def test_the_group_that_aks_makes_itself_has_a_name_of_ours_too(plan) -> None:
    (cluster,) = plan().of_type("azure-native:containerservice:ManagedCluster")
    name = cluster.inputs["nodeResourceGroup"]
    # AKS documentation, "Can I provide my own name for the AKS node resource group": 80 characters.
    assert len(name) <= 80
    assert name not in {
        row.inputs["resourceGroupName"] for row in plan().of_type("azure-native:resources:ResourceGroup")
    }


def test_role_assignments_have_guids_that_no_other_has() -> None:
    names = [
        row.inputs["roleAssignmentName"]
        for plan in (planned_on(Cloud.AZURE), awkward_on(Cloud.AZURE))
        for row in plan.of_type("azure-native:authorization:RoleAssignment")
    ]
    assert len(names) == len(set(names)) > 0
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name) for name in names)

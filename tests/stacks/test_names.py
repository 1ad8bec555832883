"""Physical names on every cloud: known as ours, and each claimed once. Their length and alphabet: tests/parity."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import product

import pytest

from components.base.names import PREFIX
from q2o_infra.parity.names import RULES
from q2o_infra.phases.contract import BUILT_ON
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording
from tests.support.assertions import assert_none
from tests.support.stacks import awkward, awkward_on, planned_on
from tests.support.titles import KUBERNETES, title

INSIDE = frozenset(
    {
        "aws:iam/rolePolicy:RolePolicy",
        "azure-native:keyvault:Key",
        "azure-native:network:SecurityRule",
        "azure-native:network:Subnet",
        "gcp:kms/cryptoKey:CryptoKey",
    }
)
"""They stand inside something that has a name of ours."""
# Inputs that say inside of what a name is unique.
_PLACES = (
    "keyRing",
    "location",
    "networkSecurityGroupName",
    "project",
    "resourceGroupName",
    "resourceUri",
    "role",
    "scope",
    "vaultName",
    "virtualNetworkName",
)
PLANS = [
    pytest.param(plan, cloud, id=f"{cloud.value}-{length}")
    for (length, plan), cloud in product({"short": planned_on, "long": awkward_on}.items(), BUILT_ON)
]


def claim(row: Registration) -> tuple[str, ...] | None:
    """Return what nobody else may have: a type, a place and a name."""
    given = row.inputs
    if row.type in RULES:
        return (row.type, *(str(given.get(place)) for place in _PLACES), str(given[RULES[row.type][0]]))
    if row.type.startswith(KUBERNETES):
        metadata = given.get("metadata") or given
        return (row.type, str(metadata.get("namespace")), metadata["name"])
    return None


@pytest.mark.parametrize(("plan", "cloud"), PLANS)
def test_who_reads_a_name_in_an_account_knows_it_as_ours(plan, cloud) -> None:
    found = [row for row in plan(cloud).resources if row.type in RULES and row.type not in INSIDE]
    strange = [title(row) for row in found if PREFIX not in str(row.inputs[RULES[row.type][0]])]

    assert found
    assert_none(strange, "nobody would know whose it is")


@pytest.mark.parametrize(("plan", "cloud"), PLANS)
def test_no_two_resources_claim_one_name_in_one_place(plan, cloud) -> None:
    claims = Counter(filter(None, map(claim, plan(cloud).resources)))

    assert_none([found for found, count in claims.items() if count > 1], "the second create fails")


def test_names_of_kubernetes_objects_are_labels_of_dns(recording: Recording) -> None:
    names = {
        title(row): (row.inputs.get("metadata") or row.inputs)["name"]
        for row in recording.resources
        if row.type.startswith(KUBERNETES)
    }
    wrong = [where for where, name in names.items() if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name)]

    assert_none(wrong, "the API server would refuse some of them")


def test_every_interruption_rule_may_write_to_its_queue_however_long_the_names_are() -> None:
    """A rule that the queue refuses is a spot notice that nobody hears: pods then die with their machine."""
    recording = awkward()
    rules = {row.inputs["name"] for row in recording.of_type("aws:cloudwatch/eventRule:EventRule")}
    policy = json.loads(recording.of_type("aws:sqs/queuePolicy:QueuePolicy")[0].inputs["policy"])
    admitted = policy["Statement"][0]["Condition"]["ArnLike"]["aws:SourceArn"]

    assert rules
    assert {arn.rpartition("rule/")[2] for arn in admitted} == rules

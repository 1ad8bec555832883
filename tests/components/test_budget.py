"""A region's budget: what it counts, who is told when, and what the guard may do and decides by."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.base.errors import ComponentError
from components.base.vocabulary import Cloud, Region
from components.budget.guard import SCHEDULE, script
from q2o_infra.capacity.elastic import SPARE_NODES, PodGroup, nodes_for
from q2o_infra.phases.contract import PHASES, REGION_SHARES_PERCENT, Phase, region_usd_per_month
from q2o_infra.phases.machines import elastic_machines
from q2o_infra.phases.spending import reduced_nodes, usual_nodes
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import record
from q2o_infra.region import decide_region
from tests.support.components import budget_args
from tests.support.stacks import built_settings, planned

README = Path(__file__).parents[2] / "components" / "budget" / "README.md"
ENVIRONMENT = {
    *("ACCOUNT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_TENANT_ID", "BUDGET_NAME", "CLUSTER"),
    *("CREDENTIALS", "KUBERNETES_API", "NODES_REDUCED", "NODES_USUAL", "NODE_POOL", "NODE_POOLS"),
    *("REDUCE_AT_FORECAST_PERCENT", "REDUCE_AT_PERCENT", "STATE", "SUBSCRIPTION"),
}
"""Given to the guard by its pod: its numbers, and on Azure its identity."""
MACHINE = elastic_machines(Cloud.AWS, "us-east-1")[0]


def one(short: str, name: str = "") -> Registration:
    rows = [row for row in planned("us-east").resources if row.name.startswith("budget-")]
    (found,) = [row for row in rows if row.type.endswith(f":{short}") and (not name or row.name == name)]
    return found


def template() -> dict[str, Any]:
    found: dict[str, Any] = one("CronJob").inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return found


def test_it_counts_what_bears_the_stacks_cost_tag() -> None:
    given = one("Budget").inputs

    assert given["costFilters"] == [{"name": "TagKeyValue", "values": ["user:q2o-stack$us-east"]}]
    assert (given["budgetType"], given["timeUnit"], given["limitUnit"]) == ("COST", "MONTHLY", "USD")
    assert given["costTypes"] == {"includeCredit": False, "includeRefund": False}, "a credit hides what it costs"


def test_the_amount_is_the_phases_and_stands_nowhere_else() -> None:
    assert one("Budget").inputs["limitAmount"] == str(PHASES[Phase.FOUNDATION].infrastructure_usd_per_month) == "800"


@pytest.mark.parametrize("phase", Phase)
def test_the_regions_of_a_phase_share_its_budget_and_no_more(phase: Phase) -> None:
    contract = PHASES[phase]
    shares = [region_usd_per_month(contract, region) for region in Region]
    if phase is Phase.GLOBAL:
        assert sum(shares) == contract.infrastructure_usd_per_month
        assert set(REGION_SHARES_PERCENT) == set(Region)
    else:
        assert set(shares) == {contract.infrastructure_usd_per_month}, "one region carries the phase"


def test_people_and_machines_are_told_at_half_at_most_of_it_at_all_and_ahead_of_time() -> None:
    notifications = one("Budget").inputs["notifications"]
    topic = one("TopicPolicy").inputs["arn"]

    assert [(row["notificationType"], row["threshold"]) for row in notifications] == [
        ("ACTUAL", 50),
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    assert {row["thresholdType"] for row in notifications} == {"PERCENTAGE"}
    for row in notifications:
        assert row["subscriberEmailAddresses"] == ["platform@example.com"]
        assert row["subscriberSnsTopicArns"] == [topic]


def test_only_budgets_of_this_account_may_publish_and_encrypt() -> None:
    (publish,) = json.loads(one("TopicPolicy").inputs["policy"])["Statement"]
    encrypt = json.loads(one("Key").inputs["policy"])["Statement"][1]

    for statement in (publish, encrypt):
        assert statement["Principal"] == {"Service": "budgets.amazonaws.com"}
        assert statement["Condition"] == {
            "ArnLike": {"aws:SourceArn": "arn:aws:budgets::111122223333:*"},
            "StringEquals": {"aws:SourceAccount": "111122223333"},
        }
    assert (publish["Action"], encrypt["Action"]) == ("sns:Publish", ["kms:Decrypt", "kms:GenerateDataKey*"])


def test_the_topic_is_encrypted_by_a_key_whose_policy_is_ours() -> None:
    """The policy of AWS's own key cannot be changed, and Budgets would drop every alert without a word."""
    topic = one("Topic")
    assert topic.property_dependencies["kmsMasterKeyId"] == (one("Key").urn,)


def test_the_guard_looks_at_its_own_budget_and_nothing_else_on_aws() -> None:
    (statement,) = json.loads(one("RolePolicy").inputs["policy"])["Statement"]
    assert statement == {
        "Action": "budgets:ViewBudget",
        "Effect": "Allow",
        "Resource": "arn:aws:budgets::111122223333:budget/q2o-us-east",
    }


def test_the_guard_reads_and_changes_one_pool_and_nothing_else_in_the_cluster() -> None:
    assert one("ClusterRole").inputs["rules"] == [
        {
            "apiGroups": ["karpenter.sh"],
            "resourceNames": ["elastic"],
            "resources": ["nodepools"],
            "verbs": ["get", "patch"],
        }
    ]
    (subject,) = one("ClusterRoleBinding").inputs["subjects"]
    assert subject == {"kind": "ServiceAccount", "name": "budget-guard", "namespace": "q2o-budget"}


def test_the_program_gives_the_limit_its_first_value_and_then_leaves_it() -> None:
    pool = planned("us-east").named("kubernetes:karpenter.sh/v1:NodePool", "controllers-node-pool")

    assert pool.ignore_changes == ("spec.limits",)
    assert pool.inputs["spec"]["limits"] == {"nodes": one("ConfigMap", "budget-numbers").inputs["data"]["NODES_USUAL"]}


def test_the_numbers_of_the_guard_are_declared() -> None:
    assert one("ConfigMap", "budget-numbers").inputs["data"] == {
        "ACCOUNT_ID": "111122223333",
        "BUDGET_NAME": "q2o-us-east",
        "NODES_REDUCED": "4",
        "NODES_USUAL": "97",
        "NODE_POOL": "elastic",
        "REDUCE_AT_FORECAST_PERCENT": "120",
        "REDUCE_AT_PERCENT": "100",
    }


def test_the_guard_looks_every_quarter_of_an_hour_one_at_a_time() -> None:
    spec = one("CronJob").inputs["spec"]

    assert (spec["schedule"], spec["concurrencyPolicy"]) == (SCHEDULE, "Forbid") == ("*/15 * * * *", "Forbid")
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0, "a run that failed must be seen to have failed"
    assert spec["failedJobsHistoryLimit"] == 3


@pytest.mark.parametrize("cloud", Cloud)
def test_the_guard_of_each_cloud_is_one_script_that_the_linter_accepts(cloud: Cloud) -> None:
    """`make check` lints its files one by one; a function that no file defines shows in the whole only."""
    shellcheck = [Path(sys.executable).with_name("shellcheck"), "--format=json", "--shell=sh"]
    done = subprocess.run(
        [*shellcheck, "--enable=check-unassigned-uppercase", "-"],
        input=script(cloud),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    found = {row["message"] for row in json.loads(done.stdout)}
    assert found <= {f"{name} is referenced but not assigned." for name in ENVIRONMENT}


def test_each_cloud_defines_everything_that_the_guard_asks_of_it() -> None:
    head = script(Cloud.AWS).partition("#!/bin/sh\n")[2].partition("set -euf")[0]
    asked = re.findall(r"^#   (\w+)", head, flags=re.MULTILINE)
    assert len(asked) == 9
    for cloud in Cloud:
        defined = re.findall(r"^(\w+)\(\) \{", script(cloud), flags=re.MULTILINE)
        assert set(asked) <= set(defined)
        assert len(defined) == len(set(defined)), "the second of a name would hide the first"


def test_the_guard_needs_no_elastic_node() -> None:
    assert template()["nodeSelector"] == {"q2o.dev/pool": "system"}


def test_the_guard_stands_after_what_it_needs() -> None:
    known = planned("us-east").by_urn()
    before = {known[urn].name for urn in one("CronJob").explicit_dependencies}
    assert before == {
        "budget-default-deny",
        "budget-guard",
        "budget-guard-association",
        "budget-to-cloud",
        "budget-to-dns",
        "budget-to-identity",
        "budget-to-kubernetes",
        "controllers-node-pool",
    }


@pytest.mark.parametrize("stack", ["us-east", "eu-west", "apac"])
def test_the_reduced_number_holds_the_fewest_pods_of_everything(stack: str) -> None:
    facts = decide_region(stack, built_settings(stack))
    assert 1 + SPARE_NODES < reduced_nodes(facts) < usual_nodes(facts)
    assert reduced_nodes(facts) == 4, "the budget's arithmetic counts four elastic nodes"


def test_more_pods_need_more_nodes_whatever_is_scarce() -> None:
    def needed(**one_pod: int) -> int:
        groups = [PodGroup(**{"cpu_millicores": 1, "memory_mib": 1, "pods": 3, **one_pod})]
        return nodes_for(groups, machine=MACHINE, on_each=[], zones=3) - SPARE_NODES

    assert needed() == 3
    assert needed(cpu_millicores=MACHINE.allocatable_millicores) == 3
    assert needed(cpu_millicores=MACHINE.allocatable_millicores, pods=4) == 6, "the odd one may stand in any zone"
    assert needed(memory_mib=MACHINE.allocatable_memory_mib, pods=9) == 9
    assert needed(pods=3 * MACHINE.pods + 1) == 6


def test_a_machine_without_room_is_refused() -> None:
    full = PodGroup(cpu_millicores=MACHINE.allocatable_millicores, memory_mib=1, pods=1)
    with pytest.raises(ValueError, match="has no room beside what runs on every node"):
        nodes_for([], machine=MACHINE, on_each=[full], zones=3)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"amount_usd_per_month": 0}, "budget.amount_usd_per_month: 0 is not allowed: 1 USD or more; name an amount."),
        (
            {"recipients": ()},
            "budget.recipients: [] is not allowed: 1 to 10 mail addresses; "
            "name the people, or a list of theirs, who act on an alert.",
        ),
        (
            {"nodes_reduced": 98},
            "budget.nodes_reduced: 98 is not allowed: 1 node or more, and at most budget.nodes_usual, which is 97; "
            "lower the one or raise the other.",
        ),
        (
            {"reduce_at_forecast_percent": 90},
            "budget.reduce_at_forecast_percent: 90 is not allowed: at least budget.reduce_at_percent, which is 100; "
            "trust a forecast less than what was spent.",
        ),
        (
            {"image": "aws-cli:latest"},
            "budget.image: 'aws-cli:latest' is not allowed: an image is pinned as name@sha256: and 64 hexadecimal "
            "digits; give the digest that the registry printed when the image was pushed.",
        ),
    ],
    ids=["amount", "recipients", "reduced", "forecast", "image"],
)
def test_what_contradicts_itself_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        budget_args("test", **changed)
    assert refusal.value.message == message


def test_the_example_in_the_readme_builds_it(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    example = tmp_path / "example.py"
    example.write_text(code)

    def program() -> None:
        runpy.run_path(str(example))

    assert len(record(program).of_type("q2o:budget:AwsBudget")) == 1

"""The budget on Azure: who is told when, what the guard may do, and its script in a real shell against fakes."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.base.vocabulary import Cloud
from components.budget.azure import first_of_month
from components.budget.guard import GUARD, SCRIPT
from tests.support.stacks import planned, planned_on

USUAL = "97"
SUBSCRIPTION = "10000000-0000-4000-8000-000000000001"


def one(type_: str, name: str) -> dict[str, Any]:
    return planned_on(Cloud.AZURE).named(type_, name).inputs


def budget() -> dict[str, Any]:
    return one("azure-native:consumption:Budget", "budget-budget")


def test_people_are_told_at_half_at_most_at_all_and_of_a_forecast() -> None:
    told = budget()["notifications"]
    assert {(row["thresholdType"], row["threshold"]) for row in told.values()} == {
        ("Actual", 50),
        ("Actual", 80),
        ("Actual", 100),
        ("Forecasted", 100),
    }
    assert all(row["contactEmails"] == ["platform@example.com"] for row in told.values())
    assert all(row["enabled"] for row in told.values())


def test_it_counts_what_bears_the_stack_s_tag_wherever_it_stands() -> None:
    assert budget()["filter"] == {"tags": {"name": "q2o-stack", "operator": "In", "values": ["us-east"]}}
    assert budget()["scope"] == f"/subscriptions/{SUBSCRIPTION}"
    assert budget()["amount"] == 800


def test_it_begins_in_the_month_in_which_it_is_made_without_a_clock_and_is_left_alone_then() -> None:
    row = planned_on(Cloud.AZURE).named("azure-native:consumption:Budget", "budget-budget")
    assert row.inputs["timePeriod"] == {"startDate": "2026-01-01T00:00:00Z"}
    assert row.ignore_changes == ("timePeriod",)
    assert first_of_month("2026-11-25T16:44:07.1234567Z") == "2026-11-01T00:00:00Z"
    right = planned_on(Cloud.AZURE).named("azure-native:authorization:RoleAssignment", "budget-guard-budget")
    assert right.urn in row.property_dependencies["timePeriod"], "of an identity Azure does not say when it was made"


def test_the_guard_looks_at_budgets_and_at_nothing_else() -> None:
    role = one("azure-native:authorization:RoleDefinition", "budget-guard-budget-role")
    (permission,) = role["permissions"]
    assert permission == {"actions": ["Microsoft.Consumption/budgets/read"], "dataActions": []}


def test_inside_the_cluster_it_is_the_guard_of_aws_with_the_same_rights_and_numbers() -> None:
    here, there = planned_on(Cloud.AZURE), planned("us-east")
    for type_ in ("ClusterRole", "ClusterRoleBinding"):
        name = f"kubernetes:rbac.authorization.k8s.io/v1:{type_}"
        assert here.named(name, "budget-guard").inputs == there.named(name, "budget-guard").inputs
    numbers = one("kubernetes:core/v1:ConfigMap", "budget-numbers")["data"]
    assert numbers["NODES_USUAL"] == USUAL
    assert numbers["ACCOUNT_ID"] == SUBSCRIPTION


def test_its_pods_take_on_its_identity() -> None:
    account = one("kubernetes:core/v1:ServiceAccount", "budget-guard")["metadata"]
    pod = one("kubernetes:batch/v1:CronJob", "budget-guard")["spec"]["jobTemplate"]["spec"]["template"]
    assert account["annotations"].keys() == {"azure.workload.identity/client-id"}
    assert pod["metadata"]["labels"]["azure.workload.identity/use"] == "true"


# The script

CURL = """#!/bin/sh
for word in "$@"; do url=$word; done
case $url in
*/oauth2/v2.0/token)
    printf '%s\\n' "$*" >> "$FAKE/entra"
    cat "$FAKE/token-answer" ;;
*/Microsoft.Consumption/budgets/*)
    cat >> "$FAKE/config"
    printf '%s\\n' "$url" > "$FAKE/asked"
    [ -e "$FAKE/budget" ] || exit 22
    cat "$FAKE/budget" ;;
*fieldManager*)
    while [ $# -gt 0 ]; do [ "$1" != --data ] || printf '%s' "$2" > "$FAKE/patched"; shift; done ;;
*/nodepools/*)
    [ -e "$FAKE/pool" ] || exit 22
    cat "$FAKE/pool" ;;
esac
"""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """The script as its pod runs it, with a curl that answers for Entra, Azure and the cluster."""

    folder: Path

    def run(
        self, document: str | None, *, token: str = '{"access_token": "eyJ.a.b"}', today: str = "2026-11-25"
    ) -> Any:
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        for name, text in {"curl": CURL, "date": f"#!/bin/sh\necho {today}\n"}.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        (self.folder / "token-answer").write_text(token)
        (self.folder / "patched").unlink(missing_ok=True)
        if document is not None:
            (self.folder / "budget").write_text(document)
        script = self.folder / SCRIPT
        script.write_text(one("kubernetes:core/v1:ConfigMap", GUARD)["data"][SCRIPT])
        return subprocess.run(
            ["/bin/sh", str(script)],
            capture_output=True,
            check=False,
            env={
                "AZURE_CLIENT_ID": "client",
                "AZURE_FEDERATED_TOKEN_FILE": str(self.folder / "federated"),
                "AZURE_TENANT_ID": "tenant",
                "CREDENTIALS": str(self.folder),
                "FAKE": str(self.folder),
                "KUBERNETES_API": "https://cluster.example",
                "PATH": f"{programs}:{os.environ['PATH']}",
                **one("kubernetes:core/v1:ConfigMap", "budget-numbers")["data"],
            },
            text=True,
            timeout=180,
        )

    @property
    def patched(self) -> Any:
        found = self.folder / "patched"
        return json.loads(found.read_text()) if found.exists() else None

    def stands_at(self, nodes: str, *, mark: str | None = None) -> None:
        annotations = {"q2o.dev/reduced-in": mark} if mark else {}
        pool = {"metadata": {"annotations": annotations}, "spec": {"limits": {"nodes": nodes}}}
        (self.folder / "pool").write_text(json.dumps(pool, separators=(",", ":")))


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    (tmp_path / "token").write_text("of-the-cluster")
    (tmp_path / "federated").write_text("of-the-pod")
    found = Guard(folder=tmp_path)
    found.stands_at(USUAL)
    return found


def answered(spent: str, forecast: str | None, *, amount: str = "800.0", unit: str = "USD") -> str:
    """What Azure says of a budget, in lines."""
    properties: dict[str, Any] = {
        "amount": 0,
        "currentSpend": {"amount": 0, "unit": unit},
        "notifications": {"half": {"threshold": 50.0, "operator": "GreaterThan"}},
    }
    if forecast is not None:
        properties["forecastSpend"] = {"amount": 0, "unit": unit}
    text = json.dumps({"name": "q2o-us-east", "properties": properties}, indent=2)
    for figure in (amount, spent, *([forecast] if forecast is not None else [])):
        text = text.replace('"amount": 0,', f'"amount": {figure},', 1)
    return text


def reduced() -> str:
    found: str = one("kubernetes:core/v1:ConfigMap", "budget-numbers")["data"]["NODES_REDUCED"]
    return found


@pytest.mark.parametrize(
    ("spent", "forecast", "over"),
    [
        ("320.41", "610.5", False),
        ("799.99", "959.99", False),
        ("800.0", "810.0", True),
        ("1234.5", None, True),
        ("240", "960.0", True),
        ("240.0", None, False),
        ("0", None, False),
    ],
    ids=["40%", "just-below", "100%", "far-over", "forecast-over", "no-forecast", "nothing-spent"],
)
def test_the_limit_follows_what_is_spent_and_forecast(
    guard: Guard, spent: str, forecast: str | None, over: bool
) -> None:
    done = guard.run(answered(spent, forecast))
    assert (done.returncode, done.stderr) == (0, "")
    wanted = {
        "metadata": {"annotations": {"q2o.dev/reduced-in": "2026-11"}},
        "spec": {"limits": {"nodes": reduced()}},
    }
    assert guard.patched == (wanted if over else None)


def test_it_says_in_one_line_what_it_saw_and_did(guard: Guard) -> None:
    assert guard.run(answered("810.2", "990.0")).stdout == (
        f"budget guard: 810 of 800 USD spent, 990 forecast: the pool may have {reduced()} nodes, and no longer 97\n"
    )


def test_a_new_month_begins_with_the_usual_limit(guard: Guard) -> None:
    guard.stands_at(reduced(), mark="2026-11")
    guard.run(answered("26.0", None), today="2026-12-02")
    assert guard.patched == {
        "metadata": {"annotations": {"q2o.dev/reduced-in": None}},
        "spec": {"limits": {"nodes": USUAL}},
    }


def test_it_shows_entra_the_token_of_its_pod_and_asks_for_its_own_budget_only(guard: Guard) -> None:
    guard.run(answered("1.0", None))
    entra = (guard.folder / "entra").read_text()
    assert f"client_assertion@{guard.folder}/federated" in entra
    assert entra.endswith("https://login.microsoftonline.com/tenant/oauth2/v2.0/token\n")
    assert (guard.folder / "asked").read_text() == (
        f"https://management.azure.com/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Consumption/budgets/"
        "q2o-us-east?api-version=2024-08-01\n"
    )


def test_no_token_is_among_the_arguments_of_a_program(guard: Guard) -> None:
    guard.run(answered("1.0", None))
    assert "of-the-pod" not in (guard.folder / "entra").read_text()
    assert "eyJ.a.b" not in (guard.folder / "asked").read_text()
    assert (guard.folder / "config").read_text() == 'header = "Authorization: Bearer eyJ.a.b"\n'


@pytest.mark.parametrize(
    ("document", "token", "said"),
    [
        (None, '{"access_token": "eyJ.a.b"}', "the budget cannot be read"),
        (answered("1.0", None), '{"error": "invalid_client"}', "Entra gives no token"),
        (
            answered("1.0", None, unit="EUR"),
            '{"access_token": "eyJ.a.b"}',
            "the budget is counted in EUR, and not in USD",
        ),
        ('{"properties": {}}', '{"access_token": "eyJ.a.b"}', "the budget is counted in None, and not in USD"),
        (answered("12e3", None), '{"access_token": "eyJ.a.b"}', "'12e3' is no amount of money"),
        (answered("-5.0", None), '{"access_token": "eyJ.a.b"}', "'-5.0' is no amount of money"),
        (answered("5.0", None, amount="0.0"), '{"access_token": "eyJ.a.b"}', "the budget's amount is 0"),
        (answered("900.0", "much"), '{"access_token": "eyJ.a.b"}', "'much' is no amount of money"),
    ],
    ids=["refused", "no-token", "another-currency", "empty", "exponent", "negative", "no-amount", "no-forecast"],
)
def test_what_cannot_be_understood_changes_nothing_and_the_run_fails(
    guard: Guard, document: str | None, token: str, said: str
) -> None:
    done = guard.run(document, token=token)
    assert done.returncode != 0
    assert f"budget guard: {said}; nothing was changed\n" in done.stderr
    assert guard.patched is None


def test_a_pool_that_is_gone_fails_the_run(guard: Guard) -> None:
    (guard.folder / "pool").unlink()
    done = guard.run(answered("900.0", None))
    assert done.returncode == 1
    assert "the pool elastic cannot be read; nothing was changed" in done.stderr

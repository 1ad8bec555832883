"""The guard's own script in a real shell, against a recorded Google and a recorded cluster."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from components.base.vocabulary import Cloud
from components.budget.contract import BudgetArgs
from components.budget.gcp_guard import PoolBound, numbers
from components.budget.guard import script
from tests.support.gcp import PROJECT, budget_args

CLUSTER = f"projects/{PROJECT}/locations/us-east4/clusters/q2o-us-east"
SUBSCRIPTION = f"projects/{PROJECT}/subscriptions/q2o-us-east-budget-guard"
POOLS = (
    PoolBound(name="q2o-us-east-spot-n4a-standard-2", reduced=2, usual=9),
    PoolBound(name="q2o-us-east-on-demand", reduced=1, usual=7),
)
SPOT, ON_DEMAND = (pool.name for pool in POOLS)

# Answers what stands in files, as the services do: in many lines, with blanks. A file named `fails` in the folder names
# a part of an address that is refused.
CURL = r"""#!/bin/sh
for last; do :; done
body=
previous=
for word; do
    [ "$previous" != --data ] || body=$word
    previous=$word
done
printf '%s\t%s\n' "$last" "$body" >>"$RECORDED/asked"
if [ -e "$RECORDED/fails" ] && printf '%s' "$last" | grep -q "$(cat "$RECORDED/fails")"; then exit 22; fi
case $last in
*/computeMetadata/*) echo '{ "access_token": "ya29.token", "expires_in": 3599, "token_type": "Bearer" }' ;;
*:pull)
    # Without a message Pub/Sub holds the request open unless it is told not to, and curl gives up after --max-time.
    case $(cat "$RECORDED/messages")$body in *receivedMessages*|*'"returnImmediately":true'*) ;; *) exit 28 ;; esac
    cat "$RECORDED/messages" ;;
*:acknowledge) : >"$RECORDED/messages"; echo '{}' ;;
*/configmaps/*)
    if [ -n "$body" ]; then
        printf '%s' "$body" | sed 's/.*reduced-in":"\([^"]*\)".*/\1/' >"$RECORDED/state"
    else
        printf '{\n  "kind": "ConfigMap",\n  "data": {\n    "reduced-in": "%s"\n  }\n}\n' "$(cat "$RECORDED/state")"
    fi ;;
*/operations/*) printf '{\n  "name": "operation-1",\n  "status": "%s"\n}\n' "$(cat "$RECORDED/operation")" ;;
*:setAutoscaling)
    pool=${last##*/}
    printf '%s' "$body" | sed 's/.*totalMaxNodeCount":\([0-9]*\).*/\1/' >"$RECORDED/pool-${pool%%:*}"
    printf '{\n  "name": "operation-1",\n  "operationType": "SET_NODE_POOL_AUTOSCALING"\n}\n' ;;
*/nodePools/*)
    printf '{\n  "name": "%s",\n  "autoscaling": {\n    "enabled": true,\n    "totalMaxNodeCount": %s\n  }\n}\n' \
        "${last##*/}" "$(cat "$RECORDED/pool-${last##*/}")" ;;
*) echo "nobody answers $last" >&2; exit 1 ;;
esac
"""


def message(spent: float, *, forecast: float | None = None, since: str = "2026-11-01", limit: float = 800) -> str:
    """What a budget publishes (Cloud Billing documentation, "Notification format")."""
    document = {
        "budgetDisplayName": "q2o-us-east",
        "costAmount": spent,
        "costIntervalStart": f"{since}T07:00:00Z",
        "budgetAmount": limit,
        "budgetAmountType": "SPECIFIED_AMOUNT",
        "currencyCode": "USD",
    }
    if forecast is not None:
        document["forecastThresholdExceeded"] = forecast
    return json.dumps(document, indent=2)


@dataclass(frozen=True, kw_only=True)
class Guard:
    """The script, as its pod runs it, and the world that it finds."""

    folder: Path
    args: BudgetArgs = field(default_factory=lambda: budget_args("us-east"))

    def __post_init__(self) -> None:
        programs = self.folder / "bin"
        programs.mkdir()
        (programs / "curl").write_text(CURL)
        (programs / "curl").chmod(0o755)
        for name, text in {
            "guard.sh": script(Cloud.GCP),
            "token": "of-the-cluster",
            "operation": "DONE",
            "state": "",
        }.items():
            (self.folder / name).write_text(text)
        self.publish()
        for pool in POOLS:
            (self.folder / f"pool-{pool.name}").write_text(str(pool.usual))

    def publish(self, *texts: str) -> None:
        rows = [
            {"ackId": f"ack-{number}==", "message": {"data": base64.b64encode(text.encode()).decode()}}
            for number, text in enumerate(texts)
        ]
        (self.folder / "messages").write_text(json.dumps({"receivedMessages": rows} if rows else {}, indent=2))

    def run(self, *, month: str = "2026-11", day: str = "25") -> subprocess.CompletedProcess[str]:
        (self.folder / "asked").write_text("")
        date = self.folder / "bin" / "date"
        date.write_text(f'#!/bin/sh\n[ "$*" = "-u +%Y-%m-%d" ] && echo {month}-{day}\n')
        date.chmod(0o755)
        given: dict[str, Any] = numbers(self.args, cluster=CLUSTER, pools=POOLS, subscription=SUBSCRIPTION)
        return subprocess.run(
            ["/bin/sh", str(self.folder / "guard.sh")],
            capture_output=True,
            check=False,
            env={
                "CREDENTIALS": str(self.folder),
                "KUBERNETES_API": "https://kubernetes.default.svc",
                "OPERATION_CHECKS": "2",
                "OPERATION_PAUSE_SECONDS": "0",
                "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                "RECORDED": str(self.folder),
                **given,
            },
            text=True,
            timeout=180,
        )

    @property
    def bounds(self) -> dict[str, int]:
        return {pool.name: int((self.folder / f"pool-{pool.name}").read_text()) for pool in POOLS}

    @property
    def reduced_in(self) -> str:
        return (self.folder / "state").read_text()

    def asked(self, what: str) -> list[str]:
        """Bodies of the requests to addresses that contain `what`."""
        rows = (line.split("\t") for line in (self.folder / "asked").read_text().splitlines())
        return [body for address, body in rows if what in address]


USUAL = {pool.name: pool.usual for pool in POOLS}
REDUCED = {pool.name: pool.reduced for pool in POOLS}


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard that finds the usual bounds, nothing decided and no message."""
    return Guard(folder=tmp_path)


def test_within_the_budget_nothing_is_changed_and_the_message_is_taken(guard: Guard) -> None:
    guard.publish(message(412.4))

    done = guard.run()

    assert done.returncode == 0, done.stderr
    assert (
        done.stdout
        == "budget guard: 412 of 800 USD spent, forecast past 0 %: the pools may have 16 nodes, 0 of them changed\n"
    )
    assert (guard.bounds, guard.reduced_in) == (USUAL, "")
    assert guard.asked(":setAutoscaling") == []
    assert guard.asked(":acknowledge") == ['{"ackIds":["ack-0=="]}']


@pytest.mark.parametrize(
    "text", [message(800), message(1234.56), message(300, forecast=1.2)], ids=["spent", "well over", "forecast"]
)
def test_over_the_budget_every_pool_is_bounded_until_the_month_ends(guard: Guard, text: str) -> None:
    guard.publish(text)

    done = guard.run()

    assert done.returncode == 0, done.stderr
    assert (guard.bounds, guard.reduced_in) == (REDUCED, "2026-11")
    # Without another message, too: what was decided holds for the month.
    assert guard.run().returncode == 0
    assert (guard.bounds, guard.reduced_in) == (REDUCED, "2026-11")
    assert guard.asked(":acknowledge") == []
    assert guard.run(month="2026-12").returncode == 0
    assert (guard.bounds, guard.reduced_in) == (USUAL, "")


def test_on_the_first_day_of_a_month_its_messages_decide_already(guard: Guard) -> None:
    """They name their month, unlike the amounts of the other clouds."""
    guard.publish(message(900, since="2026-12-01"))

    assert guard.run(month="2026-12", day="01").returncode == 0
    assert (guard.bounds, guard.reduced_in) == (REDUCED, "2026-12")


def test_a_failure_after_a_change_says_that_something_was_changed(guard: Guard) -> None:
    guard.publish(message(900))
    (guard.folder / "fails").write_text(f"{ON_DEMAND}:setAutoscaling")

    assert guard.run().stderr == f"budget guard: the pool {ON_DEMAND} cannot be bounded; nothing more was changed\n"


def test_a_forecast_of_the_amount_alone_bounds_nothing(guard: Guard) -> None:
    guard.publish(message(300, forecast=1.0))

    assert guard.run().returncode == 0
    assert guard.bounds == USUAL


def test_what_is_asked_of_gke_is_only_the_bound(guard: Guard) -> None:
    guard.publish(message(900))
    guard.run()

    sent = [json.loads(body) for body in guard.asked(f"/{SPOT}:setAutoscaling")]
    assert sent == [
        {
            "autoscaling": {
                "enabled": True,
                "locationPolicy": "ANY",
                "totalMaxNodeCount": 2,
                "totalMinNodeCount": 0,
            }
        }
    ]


def test_of_several_messages_one_that_is_over_decides(guard: Guard) -> None:
    guard.publish(message(100), message(801), message(200))

    done = guard.run()

    assert done.stdout.startswith("budget guard: 801 of 800 USD spent")
    assert guard.bounds == REDUCED
    assert guard.asked(":acknowledge") == ['{"ackIds":["ack-0==","ack-1==","ack-2=="]}']


def test_a_message_about_last_month_decides_nothing(guard: Guard) -> None:
    guard.publish(message(2000, since="2026-10-01"))

    assert guard.run().returncode == 0
    assert (guard.bounds, guard.reduced_in) == (USUAL, "")
    assert len(guard.asked(":acknowledge")) == 1


def test_a_bound_that_somebody_changed_by_hand_is_put_back(guard: Guard) -> None:
    (guard.folder / f"pool-{ON_DEMAND}").write_text("50")

    done = guard.run()

    assert done.stdout == "budget guard: no message: the pools may have 16 nodes, 1 of them changed\n"
    assert guard.bounds == USUAL


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no document", "a message names no month"),
        (message(100).replace("2026-11-01", "yesterday"), "a message names no month"),
        (message(100).replace("100", '"much"'), "'much' is no amount"),
        (message(100, limit=0), "the budget's amount is 0"),
    ],
)
def test_a_message_that_cannot_be_understood_changes_nothing_and_stays(guard: Guard, text: str, words: str) -> None:
    guard.publish(text)

    done = guard.run()

    assert done.returncode == 1
    assert words in done.stderr
    assert (guard.bounds, guard.reduced_in) == (USUAL, "")
    assert guard.asked(":acknowledge") == []


@pytest.mark.parametrize(
    ("fails", "words"),
    [
        ("computeMetadata", "there are no credentials"),
        (":pull", "the messages cannot be read"),
        ("configmaps", "what was decided before cannot be read"),
        (f"nodePools/{SPOT}$", f"the pool {SPOT} cannot be read"),
        (":setAutoscaling", f"the pool {SPOT} cannot be bounded"),
    ],
)
def test_what_cannot_be_reached_fails_the_run_and_keeps_the_message(guard: Guard, fails: str, words: str) -> None:
    guard.publish(message(900))
    (guard.folder / "fails").write_text(fails)

    done = guard.run()

    assert done.returncode == 1
    assert words in done.stderr
    assert guard.asked(":acknowledge") == []
    # And the next run does what this one could not.
    (guard.folder / "fails").unlink()
    assert guard.run().returncode == 0
    assert (guard.bounds, guard.reduced_in) == (REDUCED, "2026-11")


def test_an_operation_that_does_not_end_is_left_to_the_next_run(guard: Guard) -> None:
    guard.publish(message(900))
    (guard.folder / "operation").write_text("RUNNING")

    done = guard.run()

    assert done.returncode == 1
    assert "operation operation-1 is not done yet" in done.stderr
    assert guard.asked(":acknowledge") == []
    (guard.folder / "operation").write_text("DONE")
    assert guard.run().returncode == 0
    assert guard.bounds == REDUCED


def test_amounts_below_a_dollar_are_read(guard: Guard) -> None:
    guard.publish(message(0.07), message(1.0e-7))

    assert guard.run().returncode == 0
    assert guard.bounds == USUAL

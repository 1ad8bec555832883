"""The guard's own script against a real API server, with the rights that the program gives it and a recorded AWS."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml

from clouds.aws.machines import AWS_INSTANCE_TYPES
from components.base.pods import ELASTIC_POOL
from components.budget.guard import GUARD, NUMBERS, SCRIPT
from components.controllers.aws_elastic_pool import node_pool_spec
from components.controllers.contract import ElasticPoolArgs
from components.namespaces.contract import BUDGET_NAMESPACE
from q2o_infra.plan.monitor import Registration
from sandbox.control_plane import ApiError, Client, ControlPlane, crds
from tests.support.stacks import planned
from tests.support.worlds import CloudOnly, RunningCluster

pytestmark = pytest.mark.sandbox

API_VERSION = "karpenter.sh/v1"
USUAL, REDUCED = "97", "4"
MARK = "q2o.dev/reduced-in"


def declared() -> list[Registration]:
    """What the program declares of the guard inside the cluster."""
    rows = [row for row in planned("us-east").resources if row.name.startswith("budget-")]
    return [row for row in rows if row.type.startswith("kubernetes:")]


def declared_one(kind: str, name: str) -> dict[str, Any]:
    (found,) = [
        row.inputs for row in declared() if row.inputs["kind"] == kind and row.inputs["metadata"]["name"] == name
    ]
    return found


def node_pool(*, drain_seconds: int = 600) -> dict[str, Any]:
    args = ElasticPoolArgs(
        drain_seconds=drain_seconds, instance_types=tuple(AWS_INSTANCE_TYPES.values()), nodes_maximum=97
    )
    return {
        "apiVersion": API_VERSION,
        "kind": "NodePool",
        "metadata": {"name": ELASTIC_POOL},
        "spec": node_pool_spec(args, zones=("use1-az1", "use1-az2", "use1-az4")),
    }


@dataclass(frozen=True, kw_only=True)
class Guard:
    """The script as its pod runs it."""

    client: Client
    server: str
    folder: Path

    def run(self, answer: str, *, today: str = "2026-11-25", code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run it once: AWS answers `answer` with exit code `code`, and it is `today`."""
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        (self.folder / "answer").write_text(answer)
        for name, text in {
            "aws": f'echo "$*" > "{self.folder}/asked"; cat "{self.folder}/answer"; exit {code}',
            "date": f'[ "$*" = "-u +%Y-%m-%d" ] && echo {today}',
        }.items():
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)
        return subprocess.run(
            ["/bin/sh", str(self.folder / SCRIPT)],
            capture_output=True,
            check=False,
            env={
                "CREDENTIALS": str(self.folder),
                "KUBERNETES_API": self.server,
                "PATH": f"{programs}:{os.environ['PATH']}",
                **declared_one("ConfigMap", NUMBERS)["data"],
            },
            text=True,
            timeout=180,
        )

    @property
    def limit(self) -> str:
        return str(self.pool()["spec"]["limits"]["nodes"])

    @property
    def mark(self) -> str | None:
        found: str | None = self.pool()["metadata"].get("annotations", {}).get(MARK)
        return found

    def pool(self) -> dict[str, Any]:
        return self.client.get(API_VERSION, "NodePool", ELASTIC_POOL)


@pytest.fixture(scope="module")
def account(plane: ControlPlane) -> Iterator[Client]:
    """The guard's namespace, account and rights, as the program declares them, and Karpenter's definitions."""
    client = plane.client
    crds.install(client, crds.load("karpenter"))
    order = [
        "Namespace",
        "ServiceAccount",
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "NetworkPolicy",
        "CronJob",
    ]
    rows = sorted((row.inputs for row in declared()), key=lambda manifest: order.index(manifest["kind"]))
    for manifest in rows:
        client.apply(manifest)
    yield client
    for manifest in reversed(rows):
        metadata = manifest["metadata"]
        client.delete(manifest["apiVersion"], manifest["kind"], metadata["name"], metadata.get("namespace"))


@pytest.fixture
def guard(account: Client, plane: ControlPlane, tmp_path: Path) -> Iterator[Guard]:
    """The guard with a token of its account, beside a pool at its usual limit."""
    account.create(node_pool())
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}}
    path = f"/api/v1/namespaces/{BUDGET_NAMESPACE}/serviceaccounts/{GUARD}/token"
    (tmp_path / "token").write_text(account.request("POST", path, body=asked)["status"]["token"])
    (cluster,) = yaml.safe_load(plane.kubeconfig.read_text())["clusters"]
    authority = cluster["cluster"].get("certificate-authority")
    encoded = cluster["cluster"].get("certificate-authority-data", "")
    (tmp_path / "ca.crt").write_bytes(Path(authority).read_bytes() if authority else base64.b64decode(encoded))
    (tmp_path / SCRIPT).write_text(declared_one("ConfigMap", GUARD)["data"][SCRIPT])
    yield Guard(client=account, server=plane.server, folder=tmp_path)
    account.delete(API_VERSION, "NodePool", ELASTIC_POOL)


@pytest.mark.parametrize(
    ("answer", "limit"),
    [
        ("800.0\t320.41\t610.5", USUAL),
        ("800.0\t680.99\t799.99", USUAL),
        ("800.0\t799.99\t959.99", USUAL),
        ("800.0\t800.0\t810.0", REDUCED),
        ("800.0\t1234.5\tNone", REDUCED),
        ("800.0\t240.0\t960.0", REDUCED),
        ("800.0\t240.0\tNone", USUAL),
        ("800\t0\tNone", USUAL),
    ],
    ids=["40%", "85%", "just-below", "100%", "far-over", "forecast-over", "no-forecast", "nothing-spent"],
)
def test_the_limit_follows_what_is_spent_and_forecast(guard: Guard, answer: str, limit: str) -> None:
    done = guard.run(answer)

    assert (done.returncode, done.stderr) == (0, "")
    assert guard.limit == limit
    assert guard.mark == ("2026-11" if limit == REDUCED else None)


def test_it_asks_for_its_own_budget_only(guard: Guard) -> None:
    guard.run("800.0\t320.41\t610.5")

    asked = (guard.folder / "asked").read_text()
    assert asked.startswith(
        "budgets describe-budget --region us-east-1 --account-id 111122223333 --budget-name q2o-us-east --query "
    )


def test_it_says_in_one_line_what_it_saw_and_did(guard: Guard) -> None:
    assert guard.run("800.0\t810.2\t990.0").stdout == (
        "budget guard: 810 of 800 USD spent, 990 forecast: the pool may have 4 nodes, and no longer 97\n"
    )
    assert guard.run("800.0\t810.2\t990.0").stdout == (
        "budget guard: 810 of 800 USD spent, 990 forecast: the pool may have 4 nodes, as before\n"
    )


def test_a_second_run_writes_nothing(guard: Guard) -> None:
    guard.run("800.0\t810.2\t990.0")
    before = guard.pool()["metadata"]["resourceVersion"]

    guard.run("800.0\t810.2\t990.0")

    assert guard.pool()["metadata"]["resourceVersion"] == before


def test_what_somebody_raised_by_hand_is_lowered_again(guard: Guard) -> None:
    guard.run("800.0\t810.2\t990.0")
    guard.client.patch(API_VERSION, "NodePool", ELASTIC_POOL, {"spec": {"limits": {"nodes": "50"}}})

    guard.run("800.0\t810.2\t990.0")

    assert guard.limit == REDUCED


def test_a_lowered_limit_stays_for_the_month_whatever_the_forecast_says_next(guard: Guard) -> None:
    guard.run("800.0\t240.0\t960.0", today="2026-11-10")

    guard.run("800.0\t250.0\t700.0", today="2026-11-11")

    assert (guard.limit, guard.mark) == (REDUCED, "2026-11")


def test_a_new_month_begins_with_the_usual_limit_once_its_figures_are_there(guard: Guard) -> None:
    """On the first day AWS may still tell the last month's figures, which are over the budget."""
    guard.run("800.0\t850.0\t880.0", today="2026-11-30")

    first = guard.run("800.0\t850.0\t880.0", today="2026-12-01")
    assert (first.returncode, guard.limit, guard.mark) == (0, REDUCED, "2026-11")
    assert "the first day of a month decides nothing" in first.stdout

    guard.run("800.0\t26.0\tNone", today="2026-12-02")
    assert (guard.limit, guard.mark) == (USUAL, None)


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ("", 254, "the budget cannot be read"),
        ("", 0, "the budget answers '', and not with three amounts"),
        ("None", 0, "the budget answers 'None', and not with three amounts"),
        ("800.0\tNone\tNone", 0, "'None' is no amount of money"),
        ("800.0\t12e3\tNone", 0, "'12e3' is no amount of money"),
        ("800.0\t-5.0\tNone", 0, "'-5.0' is no amount of money"),
        ("0.0\t5.0\tNone", 0, "the budget's amount is 0"),
        ("800.0\t900.0\tmuch", 0, "'much' is no amount of money"),
    ],
    ids=["refused", "empty", "one-word", "no-figure", "exponent", "negative", "no-amount", "no-forecast"],
)
def test_an_answer_that_cannot_be_understood_changes_nothing_and_the_run_fails(
    guard: Guard, answer: str, code: int, said: str
) -> None:
    before = guard.pool()

    done = guard.run(answer, code=code)

    assert done.returncode != 0
    assert f"budget guard: {said}; nothing was changed\n" in done.stderr
    assert guard.pool() == before


def test_a_pool_that_is_gone_fails_the_run(guard: Guard) -> None:
    guard.client.delete(API_VERSION, "NodePool", ELASTIC_POOL)

    done = guard.run("800.0\t900.0\tNone")

    assert done.returncode == 1
    assert "the pool elastic cannot be read; nothing was changed" in done.stderr


def test_its_rights_end_at_that_one_pool(guard: Guard) -> None:
    subject = f"system:serviceaccount:{BUDGET_NAMESPACE}:{GUARD}"

    def may(verb: str, resource: str, name: str = "", group: str = "karpenter.sh") -> bool:
        asked = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "resourceAttributes": {"group": group, "name": name, "resource": resource, "verb": verb},
                "user": subject,
            },
        }
        answer = guard.client.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body=asked)
        return bool(answer["status"]["allowed"])

    assert may("get", "nodepools", ELASTIC_POOL)
    assert may("patch", "nodepools", ELASTIC_POOL)
    refused = [("patch", "nodepools", "other"), ("list", "nodepools", ""), ("delete", "nodepools", ELASTIC_POOL)]
    assert not any(may(*row) for row in refused)
    assert not may("get", "secrets", group="")


def test_its_pod_is_admitted_where_pods_are_restricted(account: Client) -> None:
    template = declared_one("CronJob", GUARD)["spec"]["jobTemplate"]["spec"]["template"]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**template["metadata"], "name": "guard", "namespace": BUDGET_NAMESPACE},
        "spec": template["spec"],
    }
    account.create(pod, dry_run=True)

    with pytest.raises(ApiError, match="violates PodSecurity"):
        account.create({**pod, "spec": {**pod["spec"], "securityContext": {}}}, dry_run=True)


def test_a_second_up_leaves_the_limit_to_the_guard(
    account: Client, guard: Guard, plane: ControlPlane, tmp_path: Path
) -> None:
    guard.client.delete(API_VERSION, "NodePool", ELASTIC_POOL)
    place = CloudOnly(tmp_path / "sandbox", cluster=RunningCluster(plane))

    def up(**changed: Any) -> list[str]:
        def program() -> None:
            provider = kubernetes.Provider("cluster", kubeconfig="{}")
            declared = node_pool(**changed)
            kubernetes.apiextensions.CustomResource(
                "pool",
                api_version=declared["apiVersion"],
                kind=declared["kind"],
                metadata=declared["metadata"],
                spec=declared["spec"],
                opts=pulumi.ResourceOptions(ignore_changes=["spec.limits"], provider=provider),
            )

        return [line.split()[0] for line in place.up(program)]

    assert up() == ["create"]
    assert guard.limit == USUAL
    guard.run("800.0\t900.0\tNone")

    assert up() == []
    assert guard.limit == REDUCED
    assert up(drain_seconds=300) == ["update"]
    assert guard.pool()["spec"]["template"]["spec"]["terminationGracePeriod"] == "300s"
    assert (guard.limit, guard.mark) == (REDUCED, "2026-11")

"""The picture of a region: who stands before whom, the same bytes each time, and a page that keeps the rest."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from components.base.errors import PlanError
from q2o_infra.cli.main import q2o
from q2o_infra.order.checks import matching
from q2o_infra.plan.document import plan_document
from q2o_infra.plan.picture import BEGIN, END, put_between_marks, render_picture
from q2o_infra.plan.recorder import Recording
from tests.support.plans import linked, without
from tests.support.stacks import built_settings, planned

EVERYTHING = "*"


def picture(recording: Recording) -> str:
    return render_picture(plan_document("us-east", built_settings("us-east"), recording), recording)


def arrows(recording: Recording) -> set[str]:
    return set(re.findall(r"^  ([\w-]+ -\.?-?>{1} [\w-]+)$", picture(recording), flags=re.MULTILINE))


def test_every_component_stands_after_what_it_needs() -> None:
    assert arrows(planned("us-east")) == {
        "cluster --> budget",
        "cluster --> controllers",
        "cluster --> edge",
        "cluster --> recorder",
        "cluster --> redis",
        "cluster --> redis-backup",
        "cluster --> tiers",
        "cluster --> workloads",
        "controllers -.-> budget",
        "controllers -.-> edge",
        "controllers --> recorder",
        "controllers --> redis",
        "controllers -.-> workloads",
        "edge --> recorder",
        "edge --> workloads",
        "network --> cluster",
        "network --> controllers",
        "network --> edge",
        "recovery --> redis",
        "recovery --> redis-backup",
        "redis --> recorder",
        "redis --> workloads",
        "redis-backup -.-> redis",
        "tiers --> edge",
        "tiers --> recorder",
        "tiers --> redis",
        "tiers --> workloads",
        "workloads --> recorder",
    }


def test_an_edge_that_somebody_wrote_down_is_dotted() -> None:
    recording = linked(planned("us-east"), "Deployment workloads-api", "Vpc network-vpc")
    assert "network -.-> workloads" in arrows(recording)


def test_an_edge_that_goes_takes_its_arrow_along() -> None:
    recording = without(planned("us-east"), "* workloads-*", "NodePool controllers-node-pool")
    recording = without(recording, "* workloads-*", "Release controllers-cert-manager")
    assert "controllers -.-> workloads" not in arrows(recording)


def test_every_resource_of_a_component_is_counted() -> None:
    recording = planned("us-east")
    shown = dict(re.findall(r"<b>([\w-]+)</b><br/>(\d+) resources", picture(recording)))
    providers = len([row for row in recording.resources if row.type.startswith("pulumi:providers:")])
    assert sum(map(int, shown.values())) == sum(row.custom for row in recording.resources) - providers


def test_what_is_protected_is_counted() -> None:
    recording = planned("us-east")
    shown = sum(int(found) for found in re.findall(r"(\d+) protected", picture(recording)))
    assert shown == len([row for row in matching(recording, EVERYTHING) if row.protect])


def test_the_command_prints_the_picture_and_nothing_else() -> None:
    result = CliRunner().invoke(q2o, ["plan", "us-east", "--picture"])
    assert result.output == picture(planned("us-east"))


def test_a_picture_is_no_json() -> None:
    result = CliRunner().invoke(q2o, ["plan", "us-east", "--picture", "--json"])
    assert result.exit_code == 2
    assert "--json and --picture exclude each other: choose one of them." in result.output


def test_only_what_stands_between_the_marks_is_written_anew() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert put_between_marks(page, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert put_between_marks(put_between_marks(page, "new"), "new") == put_between_marks(page, "new")


@pytest.mark.parametrize(
    "page",
    [f"{BEGIN}\nno end\n", f"no begin\n{END}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n"],
    ids=["no-end", "no-begin", "turned-round", "twice"],
)
def test_a_page_without_its_marks_is_refused(page: str) -> None:
    with pytest.raises(PlanError, match="its marks are not there once each"):
        put_between_marks(page, "new")

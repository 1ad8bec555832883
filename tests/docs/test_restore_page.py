"""The page on restoring Redis: what it names is what the program makes, on each cloud."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from components.base.pods import system_node_selector, system_tolerations
from components.base.vocabulary import Cloud
from components.redis.labels import NODE_PODS
from q2o_infra.plan.recorder import Recording
from q2o_infra.stack_files import ROOT
from tests.support.stacks import planned_on

PAGE = (ROOT / "docs" / "how-to" / "restore-redis.md").read_text(encoding="utf-8")


def restore_pod() -> dict[str, Any]:
    (text,) = re.findall(r"<<END\n(.*?)\nEND\n", PAGE, flags=re.DOTALL)
    found: dict[str, Any] = yaml.safe_load(re.sub(r"\$\(kubectl .*\)", "image", text))
    return found


def inputs(recording: Recording, type_: str, name: str) -> dict[str, Any]:
    return next(row.inputs for row in recording.of_type(type_) if row.inputs["metadata"]["name"] == name)


def test_the_pod_that_restores_may_stand_on_the_system_pool_of_every_cloud() -> None:
    spec = restore_pod()["spec"]
    assert spec["tolerations"] == system_tolerations()
    assert spec["nodeSelector"] == system_node_selector()


def test_nothing_on_the_page_is_the_name_of_one_clouds_zone() -> None:
    assert not re.search(r"use1-az|us-east-1[a-f]|us-east1-[a-f]", PAGE)


@pytest.mark.parametrize("cloud", Cloud)
def test_names_of_the_page_are_those_of_the_program(cloud: Cloud) -> None:
    recording = planned_on(cloud)
    assert f"-l {next(iter(NODE_PODS))}={NODE_PODS['app.kubernetes.io/component']} " in PAGE
    nodes = inputs(recording, "kubernetes:core/v1:ConfigMap", "redis-settings")["data"]["nodes"]
    rows = [line.split() for line in nodes.splitlines()]
    # Name, host, port, shard, role, first and last slot, as the page says.
    assert [(row[3], row[4]) for row in rows] == [
        (str(shard), role) for shard in range(3) for role in ("primary", "replica")
    ]
    sets = {row.inputs["metadata"]["name"] for row in recording.of_type("kubernetes:apps/v1:StatefulSet")}
    assert {row[0].rpartition("-")[0] for row in rows} <= sets, "the page cuts the set's name out of the node's"


def test_the_account_on_azure_stands_where_the_page_looks_for_it() -> None:
    spec = inputs(planned_on(Cloud.AZURE), "kubernetes:batch/v1:CronJob", "redis-backup")["spec"]
    (sender,) = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    remote = next(row["value"] for row in sender["env"] if row["name"] == "BACKUP_REMOTE")
    assert remote.startswith(":azureblob,account=")
    assert '.spec.jobTemplate.spec.template.spec.containers[0].env[?(@.name=="BACKUP_REMOTE")].value' in PAGE


def test_the_bucket_is_an_output_of_the_stack() -> None:
    expected = yaml.safe_load((ROOT / "tests" / "stacks" / "us-east.yaml").read_text(encoding="utf-8"))
    (name,) = re.findall(r"BUCKET=\$\(pulumi stack output (\w+) ", PAGE)
    assert name in expected["outputs"]

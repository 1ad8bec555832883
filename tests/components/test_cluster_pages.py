"""What is written about the cluster and its controllers: the examples run, and the figures are those of the code."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions

from components.controllers.charts import chart_workloads
from components.controllers.values import (
    CertManagerValues,
    KarpenterValues,
    LoadBalancerControllerValues,
    MetricsServerValues,
)
from q2o_infra.plan.recorder import Recording, record

COMPONENTS = Path(__file__).parents[2] / "components"


def the_example(component: str, folder: Path) -> Path:
    text = (COMPONENTS / component / "README.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    example = folder / f"{component}.py"
    example.write_text(code)
    return example


def test_the_example_of_the_cluster_builds_one(tmp_path: Path) -> None:
    example = the_example("cluster", tmp_path)

    def program() -> None:
        runpy.run_path(str(example))

    recording = record(program)

    assert len(recording.of_type("aws:eks/cluster:Cluster")) == 1
    assert len(recording.of_type("aws:eks/addon:Addon")) == 5


def test_the_example_of_the_controllers_installs_them_into_the_example_of_the_cluster(tmp_path: Path) -> None:
    cluster_example, controllers_example = the_example("cluster", tmp_path), the_example("controllers", tmp_path)
    cluster_example.write_text(
        cluster_example.read_text().replace('EksCluster(\n    "', 'CLUSTER = EksCluster(\n    "')
    )

    recording = both(cluster_example, controllers_example)

    assert len(recording.of_type("kubernetes:helm.sh/v3:Release")) == 5
    assert len(recording.of_type("kubernetes:karpenter.sh/v1:NodePool")) == 1


def both(cluster_example: Path, controllers_example: Path) -> Recording:
    def program() -> None:
        cluster: Any = runpy.run_path(str(cluster_example))["CLUSTER"]
        cloud = cluster._providers["aws"]
        inside = kubernetes.Provider("inside", kubeconfig=cluster.kubeconfig, opts=ResourceOptions())
        runpy.run_path(str(controllers_example))["create_controllers"](cluster, cloud, inside)

    return record(program)


def test_the_table_of_what_is_asked_of_the_system_pool_is_what_the_charts_are_told() -> None:
    text = (COMPONENTS / "controllers" / "README.md").read_text()
    values = {
        "aws-load-balancer-controller": LoadBalancerControllerValues(
            cluster_name="c", location="l", network_id="n"
        ).rendered(),
        "cert-manager": CertManagerValues().rendered(),
        "karpenter": KarpenterValues(cluster_name="c", interruption_queue="q", location="l").rendered(),
        "metrics-server": MetricsServerValues().rendered(),
    }

    for chart, told in values.items():
        for row in chart_workloads(chart, namespace="n", values=told):
            limit = row.containers[0].resources.memory_limit_mib
            line = f"| {row.component} | {row.replicas} | {row.cpu_millicores} | {row.memory_mib} ({limit}) |"
            assert line in text

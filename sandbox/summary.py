"""What stands in a sandbox, for the screen and as data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, TypedDict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from components.base.vocabulary import Environment
from q2o_infra.gates.permission import exemption
from sandbox.control_plane import nodes
from sandbox.control_plane.client import Client
from sandbox.edge_summary import EdgeRow, edge_rows
from sandbox.settle import WorkloadStatus

POOL_LABEL = "q2o.dev/pool"
ZONE_LABEL = "topology.kubernetes.io/zone"
TYPE_LABEL = "node.kubernetes.io/instance-type"

_CLOUDS = {
    "aws": ("AWS", "Karpenter"),
    "azure": ("Azure", "Karpenter"),
    "gcp": ("Google Cloud", "GKE's autoscaler of nodes"),
}
"""By the vocabulary's word: what the cloud is called, and who brings nodes there."""


def simulated(cloud: str) -> str:
    """Return what is simulated of a region on `cloud`."""
    name, autoscaler = _CLOUDS[cloud]
    return (
        f"{name} (ids and outputs from one table), nodes (KWOK: no kubelet, no containers), "
        f"what charts and add-ons run (stand-ins of the same pods and requests), {autoscaler}"
    )


SIMULATED = simulated("aws")
"""What the README quotes."""
REAL = (
    "the program and its components, Pulumi's engine and its Kubernetes provider, the API server with its admission, "
    "schema and quotas, the scheduler, the controllers (deployments, autoscaling of pods, disruption budgets)"
)


class NodeRow(TypedDict):
    """Nodes of one pool, type and zone."""

    pool: str
    instance_type: str
    zone: str
    nodes: int


class Summary(TypedDict):
    """What `q2o up --json` and `q2o status --json` print."""

    stack: str
    environment: str
    engine: str
    changes: dict[str, int]
    resources_by_component: dict[str, int]
    nodes: list[NodeRow]
    workloads: list[dict[str, Any]]
    edge: list[EdgeRow]
    pods_ready: int
    pods_wanted: int
    kubeconfig: str
    simulated: str
    real: str
    missing: list[str]
    """Services of the phase that the program cannot build yet."""


def node_rows(client: Client) -> list[NodeRow]:
    """Return ready nodes by pool, type and zone."""
    counts = Counter(
        (labels.get(POOL_LABEL, ""), labels.get(TYPE_LABEL, ""), labels.get(ZONE_LABEL, ""))
        for node in nodes.list_nodes(client)
        if nodes.is_ready(node) and (labels := node["metadata"]["labels"])
    )
    return [
        {"pool": pool, "instance_type": type_, "zone": zone, "nodes": count}
        for (pool, type_, zone), count in sorted(counts.items())
    ]


def summarise(
    *,
    cloud: str,
    stack: str,
    engine: str,
    changes: dict[str, int],
    resources_by_component: dict[str, int],
    client: Client,
    workloads: list[WorkloadStatus],
    kubeconfig: Path,
    missing: tuple[str, ...],
) -> Summary:
    """Return the summary of a running sandbox."""
    return {
        "stack": stack,
        "environment": Environment.SANDBOX.value,
        "engine": engine,
        "changes": changes,
        "resources_by_component": resources_by_component,
        "nodes": node_rows(client),
        "workloads": [
            {"namespace": row.namespace, "kind": row.kind, "name": row.name, "ready": row.ready, "wanted": row.wanted}
            for row in workloads
        ],
        "edge": edge_rows(client),
        "pods_ready": sum(row.ready for row in workloads),
        "pods_wanted": sum(row.wanted for row in workloads),
        "kubeconfig": str(kubeconfig),
        "simulated": simulated(cloud),
        "real": REAL,
        "missing": list(missing),
    }


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in {"resources", "nodes", "ready", "wanted"} else "left")
    return table


def summary_table(summary: Summary) -> RenderableType:
    """Return the summary for a screen."""
    components = _table("component", "resources")
    for name, count in sorted(summary["resources_by_component"].items()):
        components.add_row(name, str(count))
    machines = _table("pool", "type", "zone", "nodes")
    for row in summary["nodes"]:
        machines.add_row(row["pool"], row["instance_type"], row["zone"], str(row["nodes"]))
    workloads = _table("namespace", "workload", "ready", "wanted")
    for found in summary["workloads"]:
        workloads.add_row(found["namespace"], found["name"], str(found["ready"]), str(found["wanted"]))
    edge = _table("url", "target group", "zone", "ready")
    for way in summary["edge"]:
        for zone, ready in way["zones"].items() or {"": 0}.items():
            edge.add_row(way["url"], way["target_group"], zone, str(ready))
    changed = ", ".join(f"{count} {action}" for action, count in sorted(summary["changes"].items()) if action != "same")
    stack = summary["stack"]
    return Group(
        Text(f"{stack} stands in the sandbox; {exemption(Environment.SANDBOX)}"),
        Text(f"engine: {summary['engine']}"),
        Text(f"changes: {changed or 'nothing changed'}"),
        Text(""),
        components,
        Text(""),
        machines,
        Text(""),
        workloads,
        Text(""),
        edge,
        Text(""),
        Text(f"pods: {summary['pods_ready']} of {summary['pods_wanted']} ready"),
        *([Text(f"not built yet: {', '.join(summary['missing'])}")] if summary["missing"] else []),
        Text(f"simulated: {summary['simulated']}"),
        Text(f"real: {summary['real']}"),
        Text(f"kubeconfig: {summary['kubeconfig']}"),
        Text(f"next: kubectl --kubeconfig {summary['kubeconfig']} get pods -A; make down STACK={stack}"),
    )
